#include "respond/rules/parse.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/i18n.h"
#include "base/nearest.h"
#include "base/toml.h"
#include "base/toml_problem.h"
#include "text/grapheme.h"
#include "text/safe.h"

namespace earshot::respond::rules {

namespace {

constexpr std::string_view kRuleKeys[] = {"name",  "exact",    "prefix",   "contains",   "regex", "hex",
                                          "check", "device",   "answer",   "answer-hex", "delay", "once",
                                          "limit", "continue", "register", "heartbeat",  "close"};
constexpr std::string_view kGreetKeys[] = {"name", "answer", "answer-hex", "delay", "close"};
constexpr std::string_view kEveryKeys[] = {"name", "interval", "answer", "answer-hex", "device", "limit", "close"};
constexpr std::string_view kHeartbeatKeys[] = {"every", "missed"};
constexpr std::string_view kDeviceKeys[] = {"replaced", "replaced-hex", "within"};
constexpr Section kSections[] = {{"rule", true, kRuleKeys},
                                 {"greet", true, kGreetKeys},
                                 {"every", true, kEveryKeys},
                                 {"heartbeat", false, kHeartbeatKeys},
                                 {"device", false, kDeviceKeys}};
constexpr struct {
    std::string_view key;
    Match match;
} kMatches[] = {{"exact", Match::exact},
                {"prefix", Match::prefix},
                {"contains", Match::contains},
                {"regex", Match::regex},
                {"hex", Match::hex}};
constexpr std::size_t kMostRules = 10'000;
constexpr std::size_t kLargestFile = std::size_t(4) << 20;  // bytes

// Its member functions give what a table's key says; the first thing that is wrong is kept and all else is vain.
class Reader {
  public:
    Reader(const std::string& path, RuleSet& to) : path_(path), to_(to) {}

    Status read(const toml::table& file);

  private:
    bool failed() const { return error_.has_value(); }
    void fail(const toml::source_region& at, const std::string& message) {
        if (!error_) {
            error_ = Error{Reason::usage, fmt::format("{}:{}:{}: {}", path_, at.begin.line, at.begin.column, message)};
        }
    }
    void fail(const toml::node& at, const std::string& message) { fail(at.source(), message); }

    void check_keys(const toml::table& table, std::string_view where, std::span<const std::string_view> keys);
    void read_section(const Section& section, const toml::node& node);
    void read_table(std::string_view section, const toml::table& table);

    std::optional<std::string> text(const toml::table& table, std::string_view key);
    bool truth(const toml::table& table, std::string_view key);
    std::uint64_t count(const toml::table& table, std::string_view key, std::uint64_t otherwise);
    Millis duration(const toml::table& table, std::string_view key);
    std::optional<Answer> answer(const toml::table& table, const std::string& key, const Groups& groups);
    std::optional<Answer> one_answer(const toml::table& table, const toml::node& node, std::string_view key, Form form,
                                     const Groups& groups);
    template <typename T>
    T take(Result<T> made, const toml::node& at) {
        if (made) return std::move(*made);
        fail(at, made.error().message);
        return T{};
    }

    Effect effect(const toml::table& table, const Groups& groups);
    void read_rule(const toml::table& table);
    void read_every(const toml::table& table);
    void read_match(const toml::table& table, Rule& rule, Groups& groups);

    const std::string& path_;
    RuleSet& to_;
    std::optional<Error> error_;
};

Status Reader::read(const toml::table& file) {
    for (const Section& section : kSections) {
        if (const toml::node* const node = file.get(section.name)) read_section(section, *node);
    }
    std::vector<std::string_view> names;
    for (const Section& section : kSections) names.emplace_back(section.name);
    check_keys(file, "", names);
    if (failed()) return *error_;
    return Ok{};
}

void Reader::check_keys(const toml::table& table, std::string_view where, std::span<const std::string_view> keys) {
    for (const auto& [key, node] : table) {
        const std::string_view name = key.str();
        if (std::find(keys.begin(), keys.end(), name) != keys.end()) continue;
        const std::string shown = text::safe_line(name.substr(0, text::grapheme_floor(name, 40)));
        const std::string_view near = nearest(name, {keys.begin(), keys.end()});
        std::string message = where.empty() ? tr_format("there is no “{}” in a rules file", shown)
                                            : tr_format("there is no “{}” in [{}]", shown, where);
        if (!near.empty()) message += tr_format(", did you mean “{}”?", near);
        fail(key.source(), message);
    }
}

void Reader::read_section(const Section& section, const toml::node& node) {
    if (!section.repeats) {
        if (!node.is_table()) return fail(node, tr_format("“{}” is a table: write [{}]", section.name, section.name));
        check_keys(*node.as_table(), section.name, section.keys);
        return read_table(section.name, *node.as_table());
    }
    const toml::array* const tables = node.as_array();
    if (!tables || !std::all_of(tables->begin(), tables->end(), [](const toml::node& one) { return one.is_table(); })) {
        return fail(node, tr_format("“{}” is a list of tables: write [[{}]]", section.name, section.name));
    }
    if (tables->size() > kMostRules) return fail(node, tr_format("more than {} are too many", kMostRules));
    for (const toml::node& one : *tables) {
        if (failed()) return;
        check_keys(*one.as_table(), section.name, section.keys);
        read_table(section.name, *one.as_table());
    }
}

void Reader::read_table(std::string_view section, const toml::table& table) {
    if (failed()) return;
    if (section == "rule") return read_rule(table);
    if (section == "every") return read_every(table);
    if (section == "greet") {
        to_.greets.push_back(effect(table, {}));
    } else if (section == "heartbeat") {
        to_.heartbeat_every = duration(table, "every");
        to_.heartbeat_missed = count(table, "missed", 3);
        if (to_.heartbeat_every == Millis(0)) fail(table, tr("a heartbeat needs its time: every = \"30s\""));
    } else {
        to_.replaced = answer(table, "replaced", {});
        to_.name_within = duration(table, "within");
    }
}

// --- values

std::optional<std::string> Reader::text(const toml::table& table, std::string_view key) {
    const toml::node* const node = table.get(key);
    if (!node) return std::nullopt;
    if (const auto* value = node->as_string()) return value->get();
    fail(*node, tr_format("“{}” is a text: write it in quotes", key));
    return std::nullopt;
}

bool Reader::truth(const toml::table& table, std::string_view key) {
    const toml::node* const node = table.get(key);
    if (!node) return false;
    if (const auto* value = node->as_boolean()) return value->get();
    fail(*node, tr_format("“{}” is true or false", key));
    return false;
}

std::uint64_t Reader::count(const toml::table& table, std::string_view key, std::uint64_t otherwise) {
    const toml::node* const node = table.get(key);
    if (!node) return otherwise;
    const auto* value = node->as_integer();
    if (value && value->get() > 0) return static_cast<std::uint64_t>(value->get());
    fail(*node, tr_format("“{}” is a whole number above 0", key));
    return otherwise;
}

// "200ms", "1.5s", "2m", "1h", or a number of seconds.
std::optional<double> seconds_of(const toml::node& node) {
    if (const auto* number = node.as_integer()) return static_cast<double>(number->get());
    if (const auto* number = node.as_floating_point()) return number->get();
    const auto* value = node.as_string();
    if (!value) return std::nullopt;
    const std::string& text = value->get();
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc()) return std::nullopt;
    const std::string_view unit(read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr));
    if (unit == "ms") return number / 1000;
    if (unit == "s") return number;
    if (unit == "m") return number * 60;
    if (unit == "h") return number * 3600;
    return std::nullopt;
}

Millis Reader::duration(const toml::table& table, std::string_view key) {
    const toml::node* const node = table.get(key);
    if (!node) return Millis(0);
    const std::optional<double> seconds = seconds_of(*node);
    constexpr double kMost = 3600.0 * 24 * 365;
    if (seconds && *seconds >= 0.001 && *seconds <= kMost) {
        return Millis(static_cast<Millis::rep>(std::ceil(*seconds * 1000)));
    }
    fail(*node, tr_format("“{}” is a time of at least a millisecond: \"200ms\", \"1.5s\", \"2m\", \"1h\"", key));
    return Millis(0);
}

std::optional<Answer> Reader::one_answer(const toml::table& table, const toml::node& node, std::string_view key,
                                         Form form, const Groups& groups) {
    const auto value = text(table, key);
    if (!value) return std::nullopt;
    auto made = Answer::parse(*value, form, groups);
    if (made) return std::move(*made);
    fail(node, made.error().message);
    return std::nullopt;
}

// From KEY or KEY-hex.
std::optional<Answer> Reader::answer(const toml::table& table, const std::string& key, const Groups& groups) {
    const toml::node* const as_text = table.get(key);
    const toml::node* const as_hex = table.get(key + "-hex");
    if (as_text && as_hex) fail(*as_hex, tr_format("“{}” and “{}-hex” are two answers: write one", key, key));
    if (as_hex) return one_answer(table, *as_hex, key + "-hex", Form::hex, groups);
    if (as_text) return one_answer(table, *as_text, key, Form::text, groups);
    return std::nullopt;
}

// --- tables

Effect Reader::effect(const toml::table& table, const Groups& groups) {
    Effect made;
    made.name = text(table, "name").value_or(tr_format("line {}", table.source().begin.line));
    made.answer = answer(table, "answer", groups);
    made.delay = duration(table, "delay");
    made.device = text(table, "device");
    made.closes = truth(table, "close");
    made.limit = count(table, "limit", 0);
    if (truth(table, "once")) {
        if (const toml::node* const limit = table.get("limit")) fail(*limit, tr("“once” is a limit of 1: write one"));
        made.limit = 1;
    }
    if (const toml::node* const node = table.get("register")) {
        if (auto registers = one_answer(table, *node, "register", Form::text, groups)) {
            made.registers = std::make_unique<const Answer>(std::move(*registers));
        }
    }
    made.only_copies =
        made.answer && made.answer->copies() && made.delay == Millis(0) && !made.closes && !made.registers;
    made.is_conditional = made.limit > 0 || made.device;
    made.counts = (made.answer && made.answer->counts()) || made.limit > 0;
    made.totals = made.answer && made.answer->totals();
    if (made.counts || made.totals) made.counter = to_.counters++;
    made.only_copies &= !made.counts && !made.totals;
    made.captures =
        std::max(made.answer ? made.answer->captures() : 0, made.registers ? made.registers->captures() : 0);
    return made;
}

void Reader::read_every(const toml::table& table) {
    Every made{duration(table, "interval"), effect(table, {})};
    if (made.interval == Millis(0)) fail(table, tr("[[every]] needs its interval: interval = \"10s\""));
    to_.everies.push_back(std::move(made));
}

void Reader::read_match(const toml::table& table, Rule& rule, Groups& groups) {
    const toml::node* found = nullptr;
    for (const auto& [key, match] : kMatches) {
        const toml::node* const node = table.get(key);
        if (!node) continue;
        if (found) {
            return fail(*node, tr("a rule matches by one of exact, prefix, contains, regex and hex"));
        }
        found = node;
        rule.match = match;
        const auto value = text(table, key);
        if (!value) return;
        if (match == Match::regex) {
            const auto index = to_.regexes.add(*value);
            if (!index) return fail(*node, tr_format("the regex does not compile: {}", index.error().message));
            rule.regex = static_cast<std::uint32_t>(*index);
            groups = to_.regexes.groups(*index);
        } else if (match == Match::hex) {
            rule.hex = take(HexPattern::parse(*value), *node);
            groups.count = rule.hex.groups();
        } else {
            rule.literal = *value;
            if (value->empty() && match != Match::exact) fail(*node, tr_format("“{}” is empty", key));
        }
    }
}

void Reader::read_rule(const toml::table& table) {
    Rule rule;
    Groups groups;
    read_match(table, rule, groups);
    if (failed()) return;
    if (const auto name = text(table, "check")) {
        rule.check = find_checksum(*name);
        if (!rule.check) {
            fail(*table.get("check"), tr_format("unknown checksum “{}”: crc16modbus, sum8, xor8 or crc32",
                                                text::safe_line(name->substr(0, text::grapheme_floor(*name, 40)))));
        }
    }
    rule.heartbeat = truth(table, "heartbeat");
    rule.carries_on = truth(table, "continue");
    rule.effect = effect(table, groups);
    to_.rules.push_back(std::move(rule));
}

}  // namespace

std::span<const Section> sections() { return kSections; }

Result<std::shared_ptr<const RuleSet>> parse_rules(std::string_view text, const std::string& path) {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        const auto& at = parsed.error().source().begin;
        return Error{Reason::usage, fmt::format("{}:{}:{}: {}", path, at.line, at.column,
                                                text::safe_line(toml_problem(parsed.error().description())))};
    }
    auto made = std::make_shared<RuleSet>();
    if (const Status read = Reader(path, *made).read(parsed.table()); !read) return read.error();
    if (made->rules.empty() && made->greets.empty() && made->everies.empty()) {
        return Error{Reason::usage,
                     tr_format("{}: there is no rule in it: write [[rule]], [[greet]] or [[every]]", path)};
    }
    made->compile();
    return std::shared_ptr<const RuleSet>(std::move(made));
}

Result<std::shared_ptr<const RuleSet>> read_rules(const std::string& path) {
    const auto cannot = [&](const std::string& why) {
        return Error{Reason::usage, tr_format("cannot read the rules {}: {}", path, why)};
    };
    std::FILE* const file = std::fopen(path.c_str(), "re");
    if (!file) return cannot(errno_text(errno));
    std::string text;
    char piece[4096];
    std::size_t size = 0;
    while (text.size() <= kLargestFile && (size = std::fread(piece, 1, sizeof piece, file)) > 0)
        text.append(piece, size);
    const int error = std::ferror(file) != 0 ? errno : 0;
    std::fclose(file);
    if (error != 0) return cannot(errno_text(error));
    if (text.size() > kLargestFile) return cannot(tr_format("it has more than {} bytes", kLargestFile));
    return parse_rules(text, path);
}

}  // namespace earshot::respond::rules
