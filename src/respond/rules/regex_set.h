// All regular expressions of a rules file. RE2, so no pattern and no message can make it slow; most are answered
// without it (PlainRegex), and those of which nothing is known beforehand are asked together, in one pass.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "respond/rules/answer.h"
#include "respond/rules/plain_regex.h"

namespace earshot::respond::rules {

class RegexSet {
  public:
    RegexSet();
    ~RegexSet();
    RegexSet(RegexSet&&) noexcept;
    RegexSet& operator=(RegexSet&&) noexcept;

    // Gives its index, from 0. Errors: usage, what is wrong with it.
    Result<std::size_t> add(std::string_view pattern);
    // These will be asked by find(): after the last add(), before the first find(). False: too large for one pass.
    bool compile(std::span<const std::size_t> together);

    std::size_t size() const;
    const Groups& groups(std::size_t index) const;
    // What can be said of it without RE2.
    const std::optional<PlainRegex>& plain(std::size_t index) const;
    // Which of `together` match, as places in it, in any order. False: not known in one pass, ask each.
    bool find(std::string_view text, std::vector<int>& found) const;
    // Fills the captures (0 is all that matched) where it matches. `literal_at`: where the literal of its plain()
    // stands first, or kUnknown.
    bool match(std::size_t index, std::string_view text, std::size_t literal_at,
               std::span<std::string_view> captures) const {
        if (const auto& plain = plains_[index]; plain) {
            const PlainRegex::Verdict verdict = plain->match(text, literal_at, captures);
            if (verdict != PlainRegex::Verdict::unknown) return verdict == PlainRegex::Verdict::yes;
        }
        return match_by_automaton(index, text, captures);
    }
    // The same by RE2 in any case.
    bool match_by_automaton(std::size_t index, std::string_view text, std::span<std::string_view> captures) const;

  private:
    struct Regex;
    struct Together;
    std::vector<std::unique_ptr<Regex>> regexes_;
    std::vector<std::optional<PlainRegex>> plains_;
    std::unique_ptr<Together> together_;
};

}  // namespace earshot::respond::rules
