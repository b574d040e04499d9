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

namespace earshot::respond::rules {

class PlainRegex {
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
    // Fills the captures (0 is all that matched) where it matches. unknown: ask RE2. Linear in the text's size.
    Verdict match(std::string_view text, std::span<std::string_view> captures) const {
        if (!plain_) return Verdict::unknown;
        return anchored_ ? match_at(text, 0, captures) : match_anywhere(text, captures);
    }

  private:
    static constexpr std::uint32_t kEndless = ~std::uint32_t(0);
    // For each byte: not one of them, one of them, or not to be told because it is a part of a character.
    enum Belongs : std::uint8_t { outside, inside, unclear };
    using Characters = std::array<std::uint8_t, 256>;
    struct Step {
        enum class Kind : std::uint8_t { literal, run, open, close, end, opaque } kind = Kind::opaque;
        // run: its characters as ranges of bytes, first and last, where there are so few (else 0): sixteen bytes are
        // compared at once, and all that a step needs is at hand.
        static constexpr std::size_t kRanges = 4;
        std::uint8_t range_count = 0;
        bool unclear_beyond_ascii = false;
        char first = 0;  // literal
        std::array<std::array<std::uint8_t, 2>, kRanges> ranges{};
        std::uint32_t at = 0;               // literal: in text_; run: of sets_; open, close: the group
        std::uint32_t size = 0;             // literal
        std::uint32_t group = 0;            // run: the capture that it is all of; 0: none
        std::uint32_t least = 1, most = 1;  // run
    };
    class Parser;

    void settle();
    void join_steps();
    void find_literal();
    bool each_run_ends() const;
    static void note_ranges(const Characters& set, Step& step);
    // Where the run that begins at `at` ends, `limit` at most; `text` is what both lie in.
    const char* end_of_run(const Step& step, const char* text, const char* at, const char* limit) const;
    Verdict match_anywhere(std::string_view text, std::span<std::string_view> captures) const;
    Verdict match_at(std::string_view text, std::size_t from, std::span<std::string_view> captures) const;

    std::vector<Step> steps_;
    std::string text_;  // of the literals
    std::vector<Characters> sets_;
    std::string literal_;
    std::string first_;  // the literal that it begins with wherever that is; may be empty
    bool anchored_ = false, at_beginning_ = false, plain_ = false;
};

}  // namespace earshot::respond::rules
