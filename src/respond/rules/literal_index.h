// Which of many literals stand in a message, at its beginning or anywhere in it, in a time that does not grow with
// their number: so a rule is asked only where the message holds what all its matches hold.
#pragma once

#include <array>
#include <cstdint>
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

    // Appends the numbers whose literals are there, in any order, some more than once.
    void find(std::string_view text, std::vector<Number>& found) const {
        if (!beginnings_.empty() && !text.empty()) find_beginnings(text, found);
        if (!inside_.empty()) find_inside(text, found);
    }

  private:
    static constexpr std::size_t kWord = 8;      // bytes at most that are looked up of a beginning
    static constexpr std::size_t kWindow = 4;    // ... inside
    static constexpr std::size_t kSlots = 4096;  // for what is inside
    struct Literal {
        Number number = 0;
        std::string text;
    };
    // The literals that begin with one byte, by where the bytes stand that tell them apart.
    struct Place {
        std::uint32_t at = 0, size = 0;
        friend bool operator==(const Place&, const Place&) = default;
    };
    // Of a table with open addressing: a message meets one line of memory for each place that is looked up.
    struct Beginning {
        std::uint64_t word = 0;
        std::uint32_t literal = 0;  // + 1; 0: nobody's
        Number number = 0;
        bool is_all = false;  // the word is the whole literal
    };
    // Hash chains: heads and `next` are index + 1, 0 for none.
    struct Window {
        std::uint32_t window = 0;
        std::uint32_t literal = 0;
        std::uint32_t at = 0;  // of the window in the literal
        std::uint32_t next = 0;
    };

    static Place place_of(const Literal& literal);
    static std::uint64_t word_at(std::string_view text, Place place);
    static std::size_t window_slot(std::uint32_t window);
    std::size_t beginning_slot(std::uint64_t word) const;
    std::size_t longest_chain(std::size_t stride) const;
    void compile_beginnings();
    void compile_inside();
    void find_beginnings(std::string_view text, std::vector<Number>& found) const;
    void find_inside(std::string_view text, std::vector<Number>& found) const;

    std::vector<Literal> beginnings_, inside_;
    std::array<std::vector<Place>, 256> places_;  // by the first byte
    std::vector<Beginning> beginning_slots_;      // a power of two, at most half of them taken
    unsigned beginning_shift_ = 0;
    std::vector<std::uint32_t> window_heads_;
    std::vector<Window> windows_;
    std::size_t stride_ = 1;  // every so many bytes a window is looked up
};

}  // namespace earshot::respond::rules
