// Which of many literals stand in a message, at its beginning or anywhere in it, in a time that does not grow with
// their number: so a rule is asked only where the message holds what all its matches hold.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace earshot::respond::rules {

class LiteralIndex {
  public:
    using Number = std::uint16_t;
    // Shorter ones are not worth looking for.
    static constexpr std::size_t kShortestInside = 4;

    // What has that number begins with `literal`, which is not empty.
    void add_beginning(Number number, std::string_view literal);
    // ... has `literal` somewhere in it, which has at least kShortestInside bytes.
    void add_inside(Number number, std::string_view literal);
    // After the last add, before the first find().
    void compile();

    struct Found {
        Number number = 0;
        std::size_t at = 0;  // where the literal stands in the text
        friend bool operator==(const Found&, const Found&) = default;
    };
    // One of each number, where its literal stands first; in the order of numbers.
    static void unite(std::vector<Found>& found);
    // Appends those whose literals are there, in any order, some more than once; of each the first place is among them.
    void find(std::string_view text, std::vector<Found>& found) const {
        if (!beginnings_.empty() && !text.empty()) find_beginnings(text, found);
        if (inside_.empty() || text.size() < kWindow) return;
        stems_.empty() ? find_windows(text, found) : find_stems(text, found);
    }

  private:
    static constexpr std::size_t kWord = 8;    // bytes at most that are looked up of a beginning
    static constexpr std::size_t kWindow = 4;  // ... inside
    struct Literal {
        Number number = 0;
        std::string text;
    };
    // The literals that begin with one byte, by where the bytes stand that tell them apart.
    struct Place {
        std::uint32_t at = 0, size = 0;
        std::uint64_t mask = 0;  // of a word, the bytes that are meant
        friend bool operator==(const Place&, const Place&) = default;
    };
    // The first is where nearly all messages are looked at; the rest stand in more_places_.
    struct Places {
        Place first{.at = kNowhere};
        std::uint32_t more = 0, more_end = 0;
    };
    static constexpr std::uint32_t kNowhere = ~std::uint32_t(0) / 2;                // no message reaches so far
    static constexpr std::uint32_t kNone = ~std::uint32_t(0), kIsWord = kNone - 1;  // the word is all of the literal
    // What a message is compared with.
    struct Beginning {
        std::uint64_t word = 0;
        std::uint32_t literal = kNone;
        Number number = 0;
        std::uint16_t next = 0;  // of those whose words have one hash: its place, 0 for none
    };
    // Hash chains: heads and `next` are index + 1, 0 for none.
    struct Window {
        std::uint32_t window = 0;
        std::uint32_t literal = 0;
        std::uint32_t at = 0;  // of the window in the literal
        std::uint32_t next = 0;
    };
    // Two bytes that stand side by side in several literals, and how far from them the window begins that tells these
    // apart. Sixteen places of a text are compared with a stem at once.
    struct Stem {
        std::array<std::uint8_t, 2> bytes{};
        std::uint32_t to_window = 0;
    };
    // To how many literals a stem leads, and how many of them share a window: the more and the fewer the better.
    struct Reach {
        std::size_t literals = 0, chain = 0;
        friend bool operator<=(const Reach& a, const Reach& b) {
            return a.literals < b.literals || (a.literals == b.literals && a.chain >= b.chain);
        }
    };
    static constexpr std::size_t kMostStems = 4;
    static constexpr std::uint32_t kFarthestWindow = 12;
    static constexpr std::size_t kMostForStems = 1000;  // literals

    static Place place_of(const Literal& literal);
    static std::uint64_t word_at(std::string_view text, const Place& place);
    std::size_t window_slot(std::uint32_t window) const;
    void make_window_heads(std::size_t windows);
    std::size_t bucket_of(std::uint64_t word) const;
    void choose_factor(const std::vector<std::uint64_t>& words);
    std::size_t longest_chain(std::size_t stride) const;
    void compile_beginnings();
    void compile_inside();
    bool compile_stems();
    std::optional<Stem> choose_stem(const std::vector<std::uint32_t>& literals) const;
    Reach reach(const Stem& stem, const std::vector<std::uint32_t>& literals) const;
    static std::size_t window_of(const Stem& stem, std::string_view literal);
    void compile_windows();
    void add_window(std::uint32_t literal, std::size_t at);
    void find_beginnings(std::string_view text, std::vector<Found>& found) const;
    void find_windows(std::string_view text, std::vector<Found>& found) const;
    void find_stems(std::string_view text, std::vector<Found>& found) const;
    template <std::size_t kCount>
    void find_each_stem(std::string_view text, std::vector<Found>& found) const;
    void look_at_stem(std::string_view text, std::size_t at, std::vector<Found>& found) const;
    void look_at_window(std::string_view text, std::size_t at, std::vector<Found>& found) const;
    void look_behind(const Stem& stem, std::string_view text, std::size_t at, std::vector<Found>& found) const;
    void compare_chain(std::uint32_t first, std::uint32_t window, std::string_view text, std::size_t at,
                       std::vector<Found>& found) const;

    std::vector<Literal> beginnings_, inside_;
    std::array<Places, 256> places_;  // by the first byte
    std::vector<Place> more_places_;
    std::vector<std::uint16_t> buckets_;  // a power of two; places in words_
    std::vector<Beginning> words_;        // the first is none
    std::uint64_t bucket_factor_ = 0;
    unsigned bucket_shift_ = 0;
    std::vector<std::uint32_t> window_heads_;  // a power of two
    unsigned window_shift_ = 0;
    std::vector<Window> windows_;
    std::size_t stride_ = 1;   // every so many bytes a window is looked up, where there are no stems
    std::vector<Stem> stems_;  // each literal inside has one; empty: they have too little in common
};

}  // namespace earshot::respond::rules
