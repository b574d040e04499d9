// The text of the line and the cursor in it, with undo; it remembers what of the text was pasted. Every change goes
// through replace(), so that the cursor always stands between graphemes and every change can be taken back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace earshot::view {

class EditBuffer {
  public:
    static constexpr std::size_t kMaxSize = std::size_t{16} << 20;      // bytes of text
    static constexpr std::size_t kMaxUndoSize = std::size_t{64} << 20;  // bytes kept to take changes back

    enum class Origin : std::uint8_t {
        typed,
        typed_on,  // one more character: undone together with those typed just before it
        pasted,
    };

    const std::string& text() const { return text_; }
    std::size_t cursor() const { return cursor_; }
    bool starts_pasted() const { return pasted_begin_ == 0 && pasted_end_ > 0; }
    // Whether anything from byte `begin` to `end` may have been pasted.
    bool holds_pasted(std::size_t begin, std::size_t end) const { return pasted_begin_ < end && begin < pasted_end_; }

    // Puts `with` in the place of bytes `begin` to `end`; the cursor goes behind it. False: the text would be too long.
    bool replace(std::size_t begin, std::size_t end, std::string_view with, Origin origin = Origin::typed);
    // To `to` or the border before it; false where it stands there already.
    bool move(std::size_t to);
    // Takes the last change back; false: there is none.
    bool undo();
    // The text; the buffer is as new.
    std::string take();

    // Borders around byte `at`: the character, the word (letters and digits), the run between spaces.
    std::size_t character_left(std::size_t at) const;
    std::size_t character_right(std::size_t at) const;
    std::size_t word_left(std::size_t at) const;
    std::size_t word_right(std::size_t at) const;
    std::size_t blank_left(std::size_t at) const;

  private:
    struct Edit {
        std::size_t at = 0;
        std::size_t inserted = 0;  // bytes
        std::size_t cursor = 0;    // these three as they were before
        std::size_t pasted_begin = 0;
        std::size_t pasted_end = 0;
        std::string removed;
        bool grows = false;  // a typed_on may join
    };
    bool joins_last(std::size_t begin, std::size_t end, std::string_view with) const;
    void note_pasted(std::size_t begin, std::size_t end, std::size_t inserted, bool pasted);
    void trim_undo();

    std::string text_;
    std::size_t cursor_ = 0;
    std::size_t pasted_begin_ = 0;  // between these stands all that was pasted; nothing where they are equal
    std::size_t pasted_end_ = 0;
    std::deque<Edit> edits_;
    std::size_t undo_size_ = 0;
};

}  // namespace earshot::view
