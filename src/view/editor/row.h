// The editor as one row of the terminal, scrolled sideways so that the cursor is in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "text/width.h"
#include "view/editor/line_editor.h"

namespace earshot::view {

struct RowOptions {
    int columns = 80;
    std::string_view prompt;        // plain text; shown safely, its end where it is too long
    std::string_view prompt_style;  // SGR parameters for it ("1;32"); empty: none
    bool reverse_video = false;     // for control characters in the line and the marks of a cut line
    text::Ambiguous ambiguous = text::Ambiguous::narrow;
};

struct Row {
    std::string text;  // at most `columns` wide, no line break, ends with SGR off; clear to the end of the row after it
    int cursor_column = 0;  // 0 to columns - 1
    int width = 0;          // columns that `text` takes
    // Bytes of `text` before the cursor. Terminals disagree about the width of some emoji: print so much, save the
    // cursor (ESC 7), print the rest, restore it (ESC 8), and it stands right in all of them. No SGR is on there.
    std::size_t cursor_at = 0;

    friend bool operator==(const Row&, const Row&) = default;
};

// Keeps where the window on the line begins, so that it moves only when it must.
class RowView {
  public:
    // Costs a few times the window, whatever the line's length.
    Row render(const LineEditor& editor, const RowOptions& options);

  private:
    int columns_ = 0;       // of the window, when it was last drawn
    std::size_t left_ = 0;  // byte of the line where the window begins: a grapheme border
};

}  // namespace earshot::view
