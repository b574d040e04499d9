#include "view/editor/row.h"

#include <algorithm>
#include <utility>

#include "base/i18n.h"
#include "text/code_point.h"
#include "text/grapheme.h"
#include "text/safe.h"

namespace earshot::view {
namespace {

// What one character of the line looks like.
struct Cell {
    std::string_view text;
    int width = 0;
    bool marked = false;  // shown by its code
};

// Draws cells of a line into a window of some columns.
class Painter {
  public:
    Painter(std::string_view line, const RowOptions& options, int columns)
        : line_(line), options_(options), columns_(columns) {}

    struct Window {
        std::string text;
        int cursor = -1;            // column; -1: outside
        std::size_t cursor_at = 0;  // byte of text
        int width = 0;
    };

    Window paint(std::size_t left, std::size_t cursor) {
        Window window;
        if (left > 0 && columns_ > 2) mark(window, "<");
        const int limit = columns_ - 1;  // the last column is for the cursor at the end, or the mark of more
        std::size_t at = left;
        bool more = false;
        while (at < line_.size()) {
            const std::size_t end = text::next_grapheme(line_, at);
            const Cell cell = cell_of(at, end);
            const bool last = end == line_.size() && cursor != line_.size();
            if (window.width + cell.width > (last ? columns_ : limit)) {
                more = true;
                if (at == left) paint_cut(window, cell, limit, at == cursor);
                break;
            }
            if (at == cursor) note_cursor(window, window.width);
            put(window, cell.text, cell.width, cell.marked);
            at = end;
        }
        if (more) {
            for (; window.width < limit; ++window.width) window.text.push_back(' ');
            if (window.width < columns_) mark(window, ">");
        } else if (cursor == line_.size()) {
            note_cursor(window, window.width);
        }
        return window;
    }

    // The border so far left of `at` that what stands between is at most `columns` wide.
    std::size_t back_from(std::size_t at, int columns) {
        while (at > 0) {
            const std::size_t before = text::previous_grapheme(line_, at);
            columns -= cell_of(before, at).width;
            if (columns < 0) break;
            at = before;
        }
        return at;
    }

  private:
    Cell cell_of(std::size_t begin, std::size_t end) {
        const std::string_view cluster = line_.substr(begin, end - begin);
        if (cluster.size() == 1 && cluster[0] >= 0x20 && cluster[0] < 0x7f) return {cluster, 1};
        code_.clear();
        text::append_safe(cluster, {}, {.reverse_video = false, .strict_joiners = false, .lines = false}, code_);
        int width = text::cluster_width(cluster, options_.ambiguous);
        if (code_ == cluster && width > 0) return {cluster, width};
        if (code_ == cluster) {  // combining marks without a base: they would join what stands before
            code_.insert(0, "\u25cc");
            return {code_, text::cluster_width(code_, options_.ambiguous), true};
        }
        return {code_, text::text_width(code_, options_.ambiguous), true};
    }

    // A cell wider than the whole window: as much of its code as there is room for.
    void paint_cut(Window& window, const Cell& cell, int limit, bool at_cursor) const {
        if (at_cursor) note_cursor(window, std::min(window.width, std::max(limit, 0)));
        if (!cell.marked || limit <= window.width) return;
        const std::string_view start = text::cut_to_width(cell.text, limit - window.width, options_.ambiguous);
        put(window, start, text::text_width(start, options_.ambiguous), true);
    }

    static void note_cursor(Window& window, int column) {
        window.cursor = column;
        window.cursor_at = window.text.size();
    }

    void put(Window& window, std::string_view text, int width, bool marked) const {
        const bool reverse = marked && options_.reverse_video;
        if (reverse) window.text += "\x1b[7m";
        window.text += text;
        if (reverse) window.text += "\x1b[27m";
        window.width += width;
    }
    void mark(Window& window, std::string_view sign) const { put(window, sign, 1, true); }

    std::string_view line_;
    const RowOptions& options_;
    int columns_;
    std::string code_;  // of the cell in hand
};

// The end of a prompt that is too long says more than its start: there stands whom the line goes to.
std::string_view keep_end(std::string_view prompt, int columns, text::Ambiguous ambiguous) {
    std::size_t at = prompt.size();
    while (at > 0) {
        const std::size_t before = text::previous_grapheme(prompt, at);
        columns -= text::cluster_width(prompt.substr(before, at - before), ambiguous);
        if (columns < 0) break;
        at = before;
    }
    return prompt.substr(at);
}

std::string prompt_of(const LineEditor& editor, const RowOptions& options) {
    std::string prompt;
    std::string plain(options.prompt);
    if (const auto& search = editor.search()) {
        plain =
            search->found ? tr_format("(search) {}: ", search->pattern) : tr_format("(no match) {}: ", search->pattern);
    }
    text::append_safe(plain, {}, {.reverse_video = true, .strict_joiners = false, .lines = false}, prompt);
    // Codes in a prompt need no reverse video; without it no backslash must be doubled.
    for (const std::string_view sgr : {"\x1b[7m", "\x1b[27m"}) {
        for (std::size_t at = 0; (at = prompt.find(sgr, at)) != std::string::npos;) prompt.erase(at, sgr.size());
    }
    return prompt;
}

}  // namespace

Row RowView::render(const LineEditor& editor, const RowOptions& options) {
    Row row;
    if (options.columns < 1) return row;
    const std::string whole = prompt_of(editor, options);
    const int most = std::min(std::max(options.columns / 2, options.columns - 20), options.columns - 1);
    const std::string_view prompt = keep_end(whole, most, options.ambiguous);
    const int prompt_width = text::text_width(prompt, options.ambiguous);
    const int columns = options.columns - prompt_width;

    const std::string_view line = editor.line();
    const std::size_t cursor = editor.cursor();
    Painter painter(line, options, columns);
    left_ = text::grapheme_floor(line, std::min(left_, line.size()));
    // Nothing stays hidden for which there is room, after the line became shorter or the row another.
    const bool fits = left_ > 0 && painter.back_from(line.size(), columns - 1) == 0;
    if (fits || std::exchange(columns_, columns) != columns) left_ = 0;
    if (cursor <= left_ && left_ > 0) left_ = painter.back_from(cursor, columns / 3);
    Painter::Window window = painter.paint(left_, cursor);
    if (window.cursor < 0) {
        left_ = painter.back_from(cursor, std::min(columns * 2 / 3, std::max(columns - 5, 0)));
        window = painter.paint(left_, cursor);
    }
    if (window.cursor < 0) {
        left_ = cursor;
        window = painter.paint(left_, cursor);
    }
    if (!prompt.empty() && !options.prompt_style.empty()) {
        row.text.append("\x1b[").append(options.prompt_style).append("m").append(prompt).append("\x1b[0m");
    } else {
        row.text += prompt;
    }
    row.cursor_at = row.text.size() + window.cursor_at;
    row.text += window.text;
    row.width = prompt_width + window.width;
    row.cursor_column = prompt_width + std::clamp(window.cursor, 0, columns - 1);
    return row;
}

}  // namespace earshot::view
