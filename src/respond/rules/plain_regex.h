// A regex that needs no automaton: literals and runs of characters of which each ends where the next thing begins, so
// that one walk over the message gives the same captures as RE2. Most rules are such; the rest, and what this cannot
// tell, is RE2's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/inline_vector.h"

namespace earshot::respond::rules {

// What most messages ask lies in three cache lines: a hundred rules asked in turn otherwise push each other out.
class alignas(64) PlainRegex {
  public:
    // Of a pattern that RE2 accepts. nullopt: nothing can be said about it.
    static std::optional<PlainRegex> parse(std::string_view pattern);

    // All that it matches holds this; empty: nothing is known.
    const std::string& literal() const { return literal_; }
    // ... and begins with it.
    bool begins_with_literal() const { return at_beginning_; }
    // match() tells, mostly.
    bool is_plain() const { return plain_; }

    enum class Verdict : std::uint8_t { no, yes, unknown };
    static constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);
    // Fills the captures (0 is all that matched) where it matches. unknown: ask RE2. Linear in the text's size.
    // `literal_at`: where the literal stands first, for who knows it.
    Verdict match(std::string_view text, std::size_t literal_at, std::span<std::string_view> captures) const {
        if (!plain_) return Verdict::unknown;
        return anchored_ ? match_at(text, 0, false, captures) : match_anywhere(text, literal_at, captures);
    }

  private:
    static constexpr std::uint32_t kEndless = ~std::uint32_t(0);
    // For each byte: not one of them, one of them, or not to be told because it is a part of a character.
    enum Belongs : std::uint8_t { outside, inside, unclear };
    using Characters = std::array<std::uint8_t, 256>;
    // As it is read.
    struct Step {
        enum class Kind : std::uint8_t { literal, run, open, close, end, opaque } kind = Kind::opaque;
        std::uint32_t at = 0;               // literal: in text_; run: of sets_; open, close: the group
        std::uint32_t size = 0;             // literal
        std::uint32_t least = 1, most = 1;  // run
    };
    // As it is walked: a literal and the run behind it, of which either may be missing. All that most messages ask is
    // here, side by side.
    struct Link {
        // The run's characters as ranges of bytes, where there are so few (else 0): sixteen bytes are compared at once.
        static constexpr std::size_t kRanges = 4;
        std::uint64_t word = 0;  // the literal's first bytes
        std::uint32_t at = 0;    // the literal, in text_
        std::uint32_t size = 0;
        std::uint32_t least = 0, most = 0;                   // characters of the run; 0: there is none
        std::array<std::uint32_t, kRanges> first{}, span{};  // each byte four times
        std::uint32_t set = 0;                               // the run's, of sets_
        std::uint8_t range_count = 0;
        bool unclear_beyond_ascii = false;
    };
    static constexpr std::size_t kMostLinks = 24, kLongestLiteral = 0xFFFF;
    // Where a group begins or ends: so many bytes behind a mark. There is one before each link's literal and one before
    // its run, and one at the end.
    struct Place {
        std::uint16_t mark = 0, bytes = 0;
    };
    struct Group {
        Place begin, end;
    };
    class Parser;

    void settle();
    void link_steps();
    void find_literal();
    bool each_run_ends() const;
    static void note_ranges(const Characters& set, Link& link);
    bool is_literal_at(const Link& link, const char* at, const char* end) const;
    // Where the run that begins at `at` ends, `limit` at most; `text` is what both lie in.
    const char* end_of_run(const Link& link, const char* text, const char* at, const char* limit) const;
    Verdict match_anywhere(std::string_view text, std::size_t literal_at, std::span<std::string_view> captures) const;
    // `begun`: the first link's literal is known to stand at `from`.
    Verdict match_at(std::string_view text, std::size_t from, bool begun, std::span<std::string_view> captures) const;

    // What a match asks stands first, side by side.
    bool anchored_ = false, to_end_ = false, at_beginning_ = false, plain_ = false;
    bool leads_ = false;             // the literal is what each match begins with
    InlineVector<Group, 4> groups_;  // from 1
    InlineVector<Link, 2> links_;
    std::vector<Characters> sets_;
    std::string text_;  // of the literals
    std::string literal_;
    std::vector<Step> steps_;
};

}  // namespace earshot::respond::rules
