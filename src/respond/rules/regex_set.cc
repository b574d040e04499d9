#include "respond/rules/regex_set.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <utility>

namespace earshot::respond::rules {

namespace {

RE2::Options options() {
    RE2::Options made;
    made.set_log_errors(false);
    return made;
}

RE2::Options options_together() {
    RE2::Options made = options();
    made.set_max_mem(std::int64_t(64) << 20);  // bytes, for the states of all together; only what is met is made
    return made;
}

}  // namespace

struct RegexSet::Regex {
    explicit Regex(std::string_view pattern) : re(re2::StringPiece(pattern.data(), pattern.size()), options()) {}
    RE2 re;
    Groups groups;
};

struct RegexSet::Together {
    Together() : set(options_together(), RE2::UNANCHORED) {}
    RE2::Set set;
};

RegexSet::RegexSet() = default;
RegexSet::~RegexSet() = default;
RegexSet::RegexSet(RegexSet&&) noexcept = default;
RegexSet& RegexSet::operator=(RegexSet&&) noexcept = default;

Result<std::size_t> RegexSet::add(std::string_view pattern) {
    auto regex = std::make_unique<Regex>(pattern);
    if (!regex->re.ok()) return Error{Reason::usage, regex->re.error()};
    regex->groups.count = static_cast<std::size_t>(regex->re.NumberOfCapturingGroups());
    for (const auto& [name, index] : regex->re.NamedCapturingGroups()) {
        regex->groups.names.emplace(name, static_cast<std::size_t>(index));
    }
    plains_.push_back(PlainRegex::parse(pattern));
    regexes_.push_back(std::move(regex));
    return regexes_.size() - 1;
}

bool RegexSet::compile(std::span<const std::size_t> together) {
    auto made = std::make_unique<Together>();
    for (const std::size_t index : together) made->set.Add(regexes_[index]->re.pattern(), nullptr);
    if (!made->set.Compile()) return false;
    together_ = std::move(made);
    return true;
}

std::size_t RegexSet::size() const { return regexes_.size(); }

const Groups& RegexSet::groups(std::size_t index) const { return regexes_[index]->groups; }

const std::optional<PlainRegex>& RegexSet::plain(std::size_t index) const { return plains_[index]; }

bool RegexSet::find(std::string_view text, std::vector<int>& found) const {
    found.clear();
    if (!together_) return false;
    RE2::Set::ErrorInfo error{};
    return together_->set.Match(re2::StringPiece(text.data(), text.size()), &found, &error) ||
           error.kind == RE2::Set::kNoError;
}

bool RegexSet::match_by_automaton(std::size_t index, std::string_view text,
                                  std::span<std::string_view> captures) const {
    constexpr std::size_t kAtOnce = 16;
    re2::StringPiece few[kAtOnce];
    std::vector<re2::StringPiece> many(captures.size() > kAtOnce ? captures.size() : 0);
    re2::StringPiece* const pieces = many.empty() ? few : many.data();
    if (!regexes_[index]->re.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED, pieces,
                                   static_cast<int>(captures.size()))) {
        return false;
    }
    for (std::size_t i = 0; i < captures.size(); ++i) captures[i] = {pieces[i].data(), pieces[i].size()};
    return true;
}

}  // namespace earshot::respond::rules
