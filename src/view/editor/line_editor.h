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
    std::string text;  // interrupt: the cleared line. paste_block: lines with \n between, none at the end
    std::vector<std::string> candidates;  // list
    bool paste_cut = false;               // the paste was longer than KeyDecoder::kMaxPaste and lost its end
};

// The incremental search in the history while it goes on.
struct HistorySearch {
    std::string pattern;
    bool found = true;  // false: the pattern is nowhere; the last match stays in view
};

class LineEditor {
  public:
    static constexpr std::size_t kMaxLine = std::size_t{16} << 20;  // bytes

    // Both must outlive the editor; a null completer completes nothing.
    explicit LineEditor(History& history, Completer completer = nullptr);

    EditorResult press(const Key& key);

    // Valid UTF-8 but for bytes a caller put in; the cursor is a byte offset at a grapheme border. While a search goes
    // on this is its match.
    std::string_view line() const { return line_; }
    std::size_t cursor() const { return cursor_; }
    bool empty() const { return line_.empty(); }
    const std::optional<HistorySearch>& search() const { return search_; }
    // Whether the line's first character came out of a paste, so that its '/' is no command.
    bool line_starts_pasted() const { return pasted_begin_ == 0 && pasted_end_ > 0; }

    // The line, and an empty one in its place; forgets undo. The caller adds it to the history, in the form that
    // typing it again would need (a pasted "/x" as "//x").
    std::string take_line();
    // Replaces the line (undoable).
    void set_line(std::string_view line);
    // At `offset` or the border before it: the character that could not be sent.
    void set_cursor(std::size_t offset);

  private:
    struct Edit {
        std::size_t at = 0;
        std::string removed;
        std::size_t inserted = 0;  // bytes
        std::size_t cursor = 0;    // what these were before
        std::size_t pasted_begin = 0;
        std::size_t pasted_end = 0;
        bool typing = false;  // one typed character may join the one before
    };
    enum class Last : std::uint8_t { other, typing, kill, tab };

    EditorResult edit_key(const Key& key);
    EditorResult plain_key(const Key& key);
    EditorResult ctrl_char(char32_t letter);
    EditorResult alt_char(char32_t letter);
    EditorResult moving_key(const Key& key);
    EditorResult search_key(const Key& key, bool& ended);
    EditorResult quoted_key(const Key& key);

    EditorResult move(std::size_t to);
    EditorResult type(char32_t character);
    EditorResult paste(const Key& key);
    EditorResult kill(std::size_t begin, std::size_t end, bool forward);
    EditorResult erase(std::size_t begin, std::size_t end);
    EditorResult yank();
    EditorResult transpose();
    EditorResult change_case(char32_t command);
    EditorResult undo();
    EditorResult complete();
    EditorResult accept();
    EditorResult interrupt();

    EditorResult history_step(bool older);
    EditorResult start_search(bool older);
    EditorResult search_on(bool older, bool step);
    void end_search(bool restore);

    bool replace(std::size_t begin, std::size_t end, std::string_view text, bool typing = false);
    void note_pasted(std::size_t begin, std::size_t end, std::size_t inserted);
    void put(std::string text, std::size_t cursor);
    void trim_undo();
    std::size_t word_left(std::size_t at) const;
    std::size_t word_right(std::size_t at) const;
    std::size_t blank_left(std::size_t at) const;

    History& history_;
    Completer completer_;
    std::string line_;
    std::size_t cursor_ = 0;
    std::size_t pasted_begin_ = 0;  // bytes from begin to end hold whatever was pasted; nothing where they are equal
    std::size_t pasted_end_ = 0;
    std::deque<Edit> edits_;
    std::size_t undo_size_ = 0;  // bytes held by edits_
    std::string killed_;
    bool killed_pasted_ = false;
    Last last_ = Last::other;
    bool last_kill_forward_ = true;
    bool quoting_ = false;  // after Ctrl-V

    std::optional<std::size_t> at_entry_;  // of the history; none: the draft
    std::string draft_;
    std::optional<HistorySearch> search_;
    std::size_t search_at_ = 0;  // the entry matched; history_.size(): the line as it was
    std::string before_search_;
    std::size_t cursor_before_search_ = 0;
};

}  // namespace earshot::view
