#include "app/parse.h"

#include <getopt.h>

#include <algorithm>

#include "app/config.h"
#include "app/option_rules.h"
#include "app/option_table.h"
#include "app/option_values.h"
#include "app/target.h"
#include "base/i18n.h"
#include "frame/framer.h"
#include "respond/replies.h"

namespace earshot::app {

namespace {

constexpr int kFirstLong = 256;  // getopt's value of a long option: beyond every short one's character

struct Given {
    const OptionRow* row;
    std::string value;
};

// The command line taken apart, before anything has a meaning.
struct Scanned {
    std::vector<Given> given;  // in order
    std::vector<std::string> positional;
    bool help = false;
};

std::vector<const OptionRow*> all_rows() {
    std::vector<const OptionRow*> rows;
    for (const OptionGroup& group : option_groups()) {
        for (const OptionRow& row : group.rows) rows.push_back(&row);
    }
    return rows;
}

std::string shown_name(const OptionRow& row) {
    return row.name[0] != '\0' ? std::string("--") + row.name : std::string("-") + row.short_name;
}

Error wrong_verb(const OptionRow& row, Verb verb) {
    return usage_error(tr_format("{} does not belong to {}: \"earshot help {}\" shows what does", shown_name(row),
                                 verb_name(verb), verb_name(verb)));
}

Error unknown_long(std::string_view word, Verb verb) {
    const std::string_view name =
        word.substr(2, word.find('=') == std::string_view::npos ? word.npos : word.find('=') - 2);
    std::vector<std::string_view> own;
    std::string meant;
    for (const OptionRow* row : all_rows()) {
        if (row->name[0] == '\0') continue;
        if (row->belongs_to(verb)) own.emplace_back(row->name);
        if (!std::string_view(row->name).starts_with(name)) continue;
        meant += (meant.empty() ? "--" : ", --") + std::string(row->name);
    }
    if (!meant.empty()) return usage_error(tr_format("--{} may mean {}: write one of them", name, meant));
    if (const std::string_view near = nearest(name, own); !near.empty()) {
        return usage_error(tr_format("there is no option --{}: did you mean --{}?", name, near));
    }
    return usage_error(
        tr_format("there is no option --{}: \"earshot help {}\" shows those there are", name, verb_name(verb)));
}

Error getopt_error(int kind, const char* word, const std::vector<const OptionRow*>& rows, Verb verb) {
    const OptionRow* row = nullptr;
    if (optopt >= kFirstLong) {
        row = rows[static_cast<std::size_t>(optopt - kFirstLong)];
    } else if (optopt != 0) {
        row = find_short_option(static_cast<char>(optopt));
    }
    if (row != nullptr && !row->belongs_to(verb)) return wrong_verb(*row, verb);
    if (row != nullptr && kind == ':') {
        return usage_error(tr_format("{} needs a value: {} {}", shown_name(*row), shown_name(*row), row->argument));
    }
    if (row != nullptr) return usage_error(tr_format("{} takes no value", shown_name(*row)));
    if (optopt != 0) {
        return usage_error(tr_format("there is no option -{}: \"earshot help {}\" shows those there are",
                                     static_cast<char>(optopt), verb_name(verb)));
    }
    return unknown_long(word, verb);
}

// Drives getopt_long over every row of the table, those of other verbs too: so a name means the same after every verb
// (--keep is never taken as a short form of --keepalive), and a misplaced one can be told from an unknown one.
Result<Scanned> scan(std::span<const char* const> words, Verb verb) {
    const std::vector<const OptionRow*> rows = all_rows();
    std::vector<option> longs;
    // "-": words in between come as option 1, in their order, whatever POSIXLY_CORRECT says; ":": a missing value is
    // told from an unknown option.
    std::string shorts = "-:";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const OptionRow& row = *rows[i];
        const int has_value = row.is_flag() ? no_argument : required_argument;
        if (row.name[0] != '\0') longs.push_back({row.name, has_value, nullptr, kFirstLong + static_cast<int>(i)});
        if (row.short_name != 0) shorts += std::string(1, row.short_name) + (row.is_flag() ? "" : ":");
    }
    longs.push_back({nullptr, 0, nullptr, 0});

    std::vector<std::string> storage(words.begin(), words.end());
    storage.insert(storage.begin(), "earshot");
    std::vector<char*> argv;
    argv.reserve(storage.size() + 1);
    for (std::string& word : storage) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int argc = static_cast<int>(storage.size());

    Scanned scanned;
    optind = 0;  // glibc: begin anew
    opterr = 0;
    for (;;) {
        const int found = ::getopt_long(argc, argv.data(), shorts.c_str(), longs.data(), nullptr);
        if (found == -1) break;
        if (found == 1) {
            scanned.positional.emplace_back(optarg);
            continue;
        }
        if (found == '?' || found == ':')
            return getopt_error(found, argv[static_cast<std::size_t>(optind - 1)], rows, verb);
        const OptionRow* row = found >= kFirstLong ? rows[static_cast<std::size_t>(found - kFirstLong)]
                                                   : find_short_option(static_cast<char>(found));
        if (!row->belongs_to(verb)) return wrong_verb(*row, verb);
        if (row->short_name == 'h') {
            scanned.help = true;
            return scanned;
        }
        scanned.given.push_back({row, row->is_flag() ? "true" : optarg});
    }
    for (int i = optind; i < argc; ++i) scanned.positional.emplace_back(argv[static_cast<std::size_t>(i)]);
    return scanned;
}

Status apply(Options& options, const OptionRow& row, const std::string& value) {
    auto applied = row.apply(options, value);
    if (!applied) return usage_error(shown_name(row) + ": " + applied.error().message);
    return Ok{};
}

// Options that repeat have their values joined at the place of the first; others are applied in order, so that the last
// one holds.
Status apply_all(Options& options, const std::vector<Given>& given) {
    std::vector<const OptionRow*> joined;
    for (const Given& each : given) {
        std::string value = each.value;
        if (each.row->repeats) {
            if (std::find(joined.begin(), joined.end(), each.row) != joined.end()) continue;
            joined.push_back(each.row);
            value.clear();
            for (const Given& other : given) {
                if (other.row == each.row) value += (value.empty() ? "" : ",") + other.value;
            }
        }
        if (auto applied = apply(options, *each.row, value); !applied) return applied;
        if (each.row->name[0] != '\0') options.named.emplace_back(each.row->name);
    }
    return Ok{};
}

// Where the file and the command line name two sides of one choice, the command line's side holds.
void let_command_line_win(Options& options) {
    if (options.was_named("once") && !options.was_named("keep")) options.keep = false;
    if (options.was_named("keep") && !options.was_named("once")) options.once = false;
    if (options.was_named("tls-verify") && options.tls.verify == TlsVerify::none && !options.was_named("tls-pin")) {
        options.tls.pin.clear();
    }
    if (options.was_named("tls-pin") && !options.was_named("tls-verify") && options.tls.verify == TlsVerify::none) {
        options.tls.verify.reset();
    }
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t", at)) != std::string_view::npos) {
        const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
        words.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

Error at_line(const std::string& path, const Setting& setting, const std::string& message) {
    return usage_error(fmt::format("{}:{}: {}", path, setting.line, message));
}

// The file is for conversations.
bool is_for_file(const OptionRow& row) { return (row.verbs & (kConnect | kListen | kTap)) != 0; }

Error unknown_key(const std::string& path, const Setting& setting) {
    std::vector<std::string_view> names{"target"};
    for (const OptionRow* row : all_rows()) {
        if (is_for_file(*row)) names.emplace_back(row->name);
    }
    const std::string_view near = nearest(setting.key, names);
    return at_line(path, setting,
                   near.empty() ? tr_format("\"{}\" is no option", setting.key)
                                : tr_format("\"{}\" is no option: did you mean {}?", setting.key, near));
}

// Every line of the file is checked, those for the other verb too; what it says for this one goes into `options`, and a
// target into `target`.
Status apply_file(Options& options, const std::string& path, const std::vector<Setting>& settings,
                  std::vector<std::string>& target) {
    for (const Setting& setting : settings) {
        const bool for_all = setting.section.empty();
        const VerbRow* const named = find_verb(setting.section);
        const Verb section = named ? named->verb : Verb::none;
        const bool applies = for_all || section == options.verb;
        if (setting.key == "target") {
            if (applies) target = words_of(setting.value);
            continue;
        }
        const OptionRow* row = find_option(setting.key);
        if (row == nullptr || !is_for_file(*row)) return unknown_key(path, setting);
        if (row->name == std::string_view("config") || row->name == std::string_view("help")) {
            return at_line(path, setting, tr_format("\"{}\" belongs on the command line", setting.key));
        }
        if (!for_all && !row->belongs_to(section)) {
            return at_line(path, setting, tr_format("\"{}\" does not belong to {}", setting.key, setting.section));
        }
        if (row->is_flag() != (setting.value == "true" || setting.value == "false")) {
            return at_line(path, setting,
                           row->is_flag() ? tr_format("\"{}\" is true or false", setting.key)
                                          : tr_format("\"{}\" needs a value: {}", setting.key, row->argument));
        }
        Options elsewhere;
        Options& into = applies && row->belongs_to(options.verb) ? options : elsewhere;
        if (auto applied = row->apply(into, setting.value); !applied) {
            return at_line(path, setting, setting.key + ": " + applied.error().message);
        }
    }
    return Ok{};
}

Status take_place(Options& options, std::span<const std::string> words) {
    auto parsed = parse_target(words, options.verb == Verb::connect ? TargetUse::call : TargetUse::listen);
    if (!parsed) return parsed.error();
    options.target = std::move(parsed->place);
    options.tls.on = options.tls.on || parsed->tls;
    return Ok{};
}

// LISTEN TARGET: a word each.
Status take_both_places(Options& options, std::span<const std::string> words) {
    if (words.size() < 2) {
        return usage_error(tr("a tap needs two places: where to listen and whom to call, as in 9000 example.net:80"));
    }
    if (words.size() > 2) return usage_error(tr_format("\"{}\" is one word too many after LISTEN TARGET", words[2]));
    if (Status listen = take_place(options, words.first(1)); !listen) return listen;
    auto target = parse_target(words.subspan(1), TargetUse::call);
    if (!target) return target.error();
    options.relay_to = std::move(target->place);
    options.relay_tls = target->tls;
    return Ok{};
}

// What stands behind --reply relay: is a place as well.
Status take_relay_target(Options& options) {
    const respond::ReplyChoice choice = respond::parse_reply(options.reply);
    if (!choice.reply || !choice.reply->is_call) return Ok{};
    const std::string word(choice.argument);
    auto target = parse_target({&word, 1}, TargetUse::call);
    if (!target) return usage_error(fmt::format("--reply {}: {}", choice.reply->name, target.error().message));
    options.relay_to = std::move(target->place);
    options.relay_tls = target->tls;
    return Ok{};
}

Result<Options> parse_conversation(Verb verb, std::span<const char* const> words, const ConfigReader& read_config,
                                   bool has_sockets) {
    auto scanned = scan(words, verb);
    if (!scanned) return scanned.error();
    Options options;
    options.verb = verb;
    if (scanned->help) {
        options.verb = Verb::help;
        options.topic = verb_name(verb);
        return options;
    }
    for (const Given& given : scanned->given) {
        if (given.row->name != std::string_view("config")) continue;
        if (auto applied = apply(options, *given.row, given.value); !applied) return applied.error();
    }
    std::vector<std::string> target;
    if (!options.config.empty()) {
        auto settings = read_config(options.config);
        if (!settings) return settings.error();
        if (auto applied = apply_file(options, options.config, *settings, target); !applied) return applied.error();
    }
    if (auto applied = apply_all(options, scanned->given); !applied) return applied.error();
    let_command_line_win(options);
    if (!scanned->positional.empty()) target = scanned->positional;
    const bool is_placed = has_sockets && verb == Verb::listen && target.empty();
    const Status placed = is_placed           ? Status(Ok{})
                          : verb == Verb::tap ? take_both_places(options, target)
                                              : take_place(options, target);
    if (!placed) return placed.error();
    if (options.frame) {
        auto framer = frame::make_framer(*options.frame, options.max_message);
        if (!framer) return usage_error("--frame: " + framer.error().message);
    }
    if (const Status aimed = take_relay_target(options); !aimed) return aimed.error();
    if (auto checked = check_rules(options); !checked) return checked.error();
    return options;
}

Result<Options> parse_recode(std::span<const char* const> words) {
    auto scanned = scan(words, Verb::recode);
    if (!scanned) return scanned.error();
    Options options;
    options.verb = Verb::recode;
    if (scanned->help) {
        options.verb = Verb::help;
        options.topic = verb_name(Verb::recode);
        return options;
    }
    if (auto applied = apply_all(options, scanned->given); !applied) return applied.error();
    options.recode.files = std::move(scanned->positional);
    return options;
}

Result<Options> parse_demo(std::span<const char* const> words) {
    auto scanned = scan(words, Verb::demo);
    if (!scanned) return scanned.error();
    Options options;
    options.verb = Verb::demo;
    if (!scanned->positional.empty()) {
        return usage_error(tr_format("demo takes no \"{}\": it runs by itself", scanned->positional.front()));
    }
    if (auto applied = apply_all(options, scanned->given); !applied) return applied.error();
    if (auto checked = check_rules(options); !checked) return checked.error();
    return options;
}

Result<Options> parse_ladder(std::span<const char* const> words) {
    auto scanned = scan(words, Verb::ladder);
    if (!scanned) return scanned.error();
    Options options;
    options.verb = Verb::ladder;
    if (scanned->help) {
        options.verb = Verb::help;
        options.topic = verb_name(Verb::ladder);
        return options;
    }
    if (auto applied = apply_all(options, scanned->given); !applied) return applied.error();
    if (scanned->positional.empty()) {
        return usage_error(tr("which capture is missing: write earshot ladder FILE, or - for the standard input"));
    }
    if (scanned->positional.size() > 1) {
        return usage_error(tr_format("\"{}\" is one word too many after FILE", scanned->positional[1]));
    }
    options.ladder.file = scanned->positional[0];
    const auto outputs = options.ladder.outputs();
    if (std::count_if(outputs.begin(), outputs.end(), [](const std::string* path) { return *path == "-"; }) > 1) {
        return usage_error(tr("only one form can go to the standard output: name files for the others"));
    }
    return options;
}

Result<Options> parse_help(std::span<const char* const> words) {
    Options options;
    options.verb = Verb::help;
    if (words.size() > 1) return usage_error(tr_format("\"{}\" is one word too many after help", words[1]));
    if (!words.empty()) {
        if (find_verb(words[0]) == nullptr)
            return usage_error(tr_format("there is no command \"{}\" to help with", words[0]));
        options.topic = words[0];
    }
    return options;
}

Result<Options> parse_completion(std::span<const char* const> words) {
    Options options;
    options.verb = Verb::completion;
    constexpr std::string_view kKnown[] = {"bash", "zsh", "fish"};
    if (words.size() != 1 || std::find(std::begin(kKnown), std::end(kKnown), words[0]) == std::end(kKnown)) {
        return usage_error(tr("completion takes the name of a shell: bash, zsh or fish"));
    }
    options.topic = words[0];
    return options;
}

Error unknown_verb(std::string_view word) {
    if (word.starts_with("-")) {
        return usage_error(
            tr_format("{} stands before a command: write earshot connect or earshot listen, then options", word));
    }
    std::vector<std::string_view> names;
    for (const VerbRow& row : verbs()) names.emplace_back(row.name);
    if (const std::string_view near = nearest(word, names); !near.empty()) {
        return usage_error(tr_format("there is no command \"{}\": did you mean {}?", word, near));
    }
    return usage_error(tr_format("there is no command \"{}\": \"earshot help\" shows those there are", word));
}

}  // namespace

const char* verb_name(Verb verb) {
    for (const VerbRow& row : verbs()) {
        if (row.verb == verb) return row.name;
    }
    return verb == Verb::version ? "version" : "";
}

Result<Options> parse(std::span<const char* const> words, const ConfigReader& read_config, bool has_sockets) {
    Options options;
    if (words.empty()) return options;
    const std::string_view word = words[0];
    const auto rest = words.subspan(1);
    if (word == "--version" || word == "version") {
        options.verb = Verb::version;
        return options;
    }
    if (word == "--help" || word == "-h") return parse_help(rest);
    const VerbRow* row = find_verb(word);
    if (row == nullptr) return unknown_verb(word);
    const bool asks_help =
        std::any_of(rest.begin(), rest.end(), [](std::string_view w) { return w == "--help" || w == "-h"; });
    switch (row->verb) {
        case Verb::connect:
        case Verb::listen:
        case Verb::tap:
            return parse_conversation(row->verb, rest, read_config, has_sockets);
        case Verb::recode:
            return parse_recode(rest);
        case Verb::ladder:
            return parse_ladder(rest);
        case Verb::completion:
            if (!asks_help) return parse_completion(rest);
            break;
        case Verb::help:
            return asks_help ? parse_help({}) : parse_help(rest);
        case Verb::encodings:
            options.verb = Verb::encodings;
            if (!asks_help && !rest.empty()) return usage_error(tr_format("encodings takes no \"{}\"", rest[0]));
            if (!asks_help) return options;
            break;
        default:
            if (!asks_help) return parse_demo(rest);
    }
    options.verb = Verb::help;
    options.topic = row->name;
    return options;
}

Result<Options> parse(std::span<const char* const> words, bool has_sockets) {
    return parse(words, read_config, has_sockets);
}

}  // namespace earshot::app
