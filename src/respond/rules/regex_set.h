// All regular expressions of a rules file: one pass over a message says which of them match. RE2, so no pattern and no
// message can make it slow.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "respond/rules/answer.h"

namespace earshot::respond::rules {

class RegexSet {
  public:
    RegexSet();
    ~RegexSet();
    RegexSet(RegexSet&&) noexcept;
    RegexSet& operator=(RegexSet&&) noexcept;

    // Gives its index, from 0. Errors: usage, what is wrong with it.
    Result<std::size_t> add(std::string_view pattern);
    // After the last add(), before the first find().
    void compile();

    std::size_t size() const;
    const Groups& groups(std::size_t index) const;
    // Whether a message that begins with this byte may match at all; what cannot be told is true.
    bool may_begin_with(std::size_t index, std::uint8_t byte) const;
    // The indexes of all that match, ascending, where that is known in one pass; false: ask each.
    bool find(std::string_view text, std::vector<int>& found) const;
    // Fills the captures (0 is all that matched) where it matches.
    bool match(std::size_t index, std::string_view text, std::span<std::string_view> captures) const;

  private:
    struct Regex;
    struct Together;
    std::vector<std::unique_ptr<Regex>> regexes_;
    std::unique_ptr<Together> together_;
};

}  // namespace earshot::respond::rules
