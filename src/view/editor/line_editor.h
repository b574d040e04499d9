// The line that is being typed at the console: keys in, the line and what to do about it out. Pure: no terminal, no
// clock. The console draws it with RowView (row.h) and decides what an accepted line means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "view/editor/edit_buffer.h"
#include "view/editor/history.h"
#include "view/editor/keys.h"

namespace earshot::view {

// What the line's word at the cursor can become: each candidate would replace bytes begin to end of the line.
struct Completion {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::vector<std::string> candidates;  // whole replacements, a space at the end where one belongs
};
using Completer = std::function<Completion(std::string_view line, std::size_t cursor)>;

enum class Action : std::uint8_t {
    none,          // nothing to draw
    redraw,        // line, cursor or search changed
    accepted,      // Enter: the line stands there until take_line(); a console that refuses it just leaves it
    eof,           // Ctrl-D on an empty line
    interrupt,     // Ctrl-C: the line has been cleared; EditorResult::text is what it was
    list,          // Tab again: print EditorResult::candidates above the row
    paste_block,   // a paste of more than one line: EditorResult::text; the line is as it was
    clear_screen,  // Ctrl-L
    bell,          // nothing to do about this key: no such history, completion, match; the line is full
};

struct EditorResult {
    Action action = Action::none;
    std::string text{};  // interrupt: the cleared line. paste_block: lines with \n between, none at the end
    std::vector<std::string> candidates{};  // list
    bool paste_cut = false;                 // the paste was longer than KeyDecoder::kMaxPaste and lost its end
};

// The incremental search in the history while it goes on.
struct HistorySearch {
    std::string pattern;
    bool found = true;  // false: the pattern is nowhere; the last match stays in view
};

class LineEditor {
  public:
    // The history must outlive the editor; a null completer completes nothing.
    explicit LineEditor(History& history, Completer completer = nullptr);

    EditorResult press(const Key& key);

    // Valid UTF-8 unless a caller put in what is not; the cursor is a byte offset at a grapheme border. While a search
    // goes on this is its match. Good until the next call.
    std::string_view line() const;
    std::size_t cursor() const;
    bool empty() const { return line().empty(); }
    const std::optional<HistorySearch>& search() const { return search_; }
    // Whether the line's first character came out of a paste, so that its '/' is no command.
    bool line_starts_pasted() const { return buffer_.starts_pasted(); }

    // The line, and an empty one in its place. The caller adds it to the history, in the form that typing it again
    // needs (a pasted "/x" as "//x").
    std::string take_line();
    // Replaces the line (undo brings the old one back); the cursor goes to its end. `pasted`: its '/' is no command.
    void set_line(std::string_view line, bool pasted = false);
    // At `offset` or the border before it: the character that could not be sent.
    void set_cursor(std::size_t offset) { buffer_.move(offset); }

  private:
    friend struct KeyBindings;
    struct Killed {
        std::string text;
        bool pasted = false;
    };
    enum class Last : std::uint8_t { other, kill_left, kill_right, yank };

    EditorResult editing_key(const Key& key);
    EditorResult quoted_key(const Key& key);
    EditorResult type(char32_t character);
    EditorResult insert_paste(const Key& key);

    EditorResult move(std::size_t to);
    EditorResult erase(std::size_t begin, std::size_t end);
    EditorResult kill(std::size_t begin, std::size_t end, Last side);
    EditorResult yank();
    EditorResult yank_older();
    EditorResult transpose();
    enum class Case : std::uint8_t { upper, lower, capital };
    EditorResult change_case(Case to);
    EditorResult undo();
    EditorResult complete();
    EditorResult accept();
    EditorResult interrupt();
    EditorResult remove_or_eof();

    EditorResult show_entry(std::optional<std::size_t> entry);
    EditorResult older();
    EditorResult newer();
    EditorResult search_key(const Key& key);
    EditorResult start_search();
    EditorResult look_for(std::string pattern, bool older, bool beyond);
    void end_search(bool keep);

    History& history_;
    Completer completer_;
    EditBuffer buffer_;

    std::deque<Killed> ring_;  // newest first
    std::size_t yanked_begin_ = 0;
    std::size_t yanked_index_ = 0;  // in ring_
    Last last_ = Last::other;       // what the key before did, for runs of kills and yanks
    Last previous_ = Last::other;   // the same while a key is being handled
    bool quoting_ = false;          // after Ctrl-V

    std::optional<std::size_t> entry_;  // of the history, shown; none: the draft
    Killed draft_;                      // what was typed before the history was looked at
    std::optional<HistorySearch> search_;
    std::string last_pattern_;
    std::size_t match_ = 0;     // the entry found; history_.size(): none yet, the line itself shows
    std::size_t match_at_ = 0;  // bytes before the pattern in it
};

}  // namespace earshot::view
