#include "respond/rules/regex_set.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

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

// Where the `]` stands that ends the class which begins at `at`.
std::size_t end_of_class(std::string_view pattern, std::size_t at) {
    std::size_t i = at + 1;
    if (i < pattern.size() && pattern[i] == '^') ++i;
    if (i < pattern.size() && pattern[i] == ']') ++i;
    for (; i < pattern.size() && pattern[i] != ']'; ++i) {
        if (pattern[i] == '\\') ++i;
        if (!pattern.substr(i).starts_with("[:")) continue;
        const std::size_t end = pattern.find(":]", i);
        if (end != std::string_view::npos) i = end + 1;
    }
    return i;
}

// `^` at the very beginning holds for all of it: nothing but what stands in parentheses is an alternative, and no flag
// gives it another meaning.
bool is_anchored(std::string_view pattern) {
    if (!pattern.starts_with('^') && !pattern.starts_with("\\A")) return false;
    int depth = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '\\') {
            ++i;
        } else if (c == '[') {
            i = end_of_class(pattern, i);
        } else if (c == '(') {
            if (pattern.substr(i).starts_with("(?") && !pattern.substr(i).starts_with("(?:") &&
                !pattern.substr(i).starts_with("(?P<")) {
                return false;
            }
            ++depth;
        } else if (c == ')') {
            --depth;
        } else if (c == '|' && depth == 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

struct RegexSet::Regex {
    explicit Regex(std::string_view pattern) : re(re2::StringPiece(pattern.data(), pattern.size()), options()) {}
    RE2 re;
    Groups groups;
    std::uint8_t lowest = 0, highest = 0xFF;  // first bytes of what may match
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
    std::string lowest, highest;
    if (is_anchored(pattern) && regex->re.PossibleMatchRange(&lowest, &highest, 8) && !lowest.empty() &&
        !highest.empty()) {
        regex->lowest = static_cast<std::uint8_t>(lowest[0]);
        regex->highest = static_cast<std::uint8_t>(highest[0]);
    }
    if (!together_) together_ = std::make_unique<Together>();
    const int index = together_->set.Add(re2::StringPiece(pattern.data(), pattern.size()), nullptr);
    EARSHOT_CHECK(index == static_cast<int>(regexes_.size()));
    regexes_.push_back(std::move(regex));
    return regexes_.size() - 1;
}

void RegexSet::compile() {
    if (together_ && !together_->set.Compile()) together_.reset();  // too large: each is asked
}

std::size_t RegexSet::size() const { return regexes_.size(); }

const Groups& RegexSet::groups(std::size_t index) const { return regexes_[index]->groups; }

bool RegexSet::may_begin_with(std::size_t index, std::uint8_t byte) const {
    return byte >= regexes_[index]->lowest && byte <= regexes_[index]->highest;
}

bool RegexSet::find(std::string_view text, std::vector<int>& found) const {
    found.clear();
    if (!together_) return false;
    RE2::Set::ErrorInfo error{};
    if (!together_->set.Match(re2::StringPiece(text.data(), text.size()), &found, &error)) {
        return error.kind == RE2::Set::kNoError;
    }
    std::sort(found.begin(), found.end());
    return true;
}

bool RegexSet::match(std::size_t index, std::string_view text, std::span<std::string_view> captures) const {
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
