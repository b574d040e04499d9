#include "view/console/screen.h"

#include <algorithm>
#include <utility>

#include "base/i18n.h"

namespace earshot::view {

void Screen::print(std::string_view line) {
    if (waiting_.size() + line.size() > kMaxWaiting && !waiting_.empty()) {
        ++skipped_;
        return;
    }
    waiting_ += line;
    waiting_ += "\r\n";
}

void Screen::resize(int columns) {
    columns_ = std::max(columns, 10);
    valid_ = false;
}

// From wherever the cursor is in the live rows to their first column, and everything below gone. A terminal that became
// narrower has wrapped them, so rows are counted at the present width. Erased in two steps: tmux takes an erasure from
// the screen's very first cell for a cleared screen and puts a copy of it into the scrollback.
void Screen::append_erase(std::string& out) {
    if (!drawn_) return;
    int up = shown_.cursor / columns_;
    for (const int width : shown_widths_) up += 1 + std::max(width - 1, 0) / columns_;
    out += '\r';
    if (up > 0) out += fmt::format("\x1b[{}A", up);
    out += "\x1b[K\x1b[C\x1b[J\r";
}

std::string Screen::draw(const LiveRows& rows) {
    std::string out;
    if (!has_lines() && valid_ && rows == shown_) return out;
    if (std::exchange(clear_, false)) {
        out += "\x1b[H\x1b[2J";
    } else {
        append_erase(out);
    }
    out += waiting_;
    waiting_.clear();
    if (skipped_ > 0) {
        out += tr_format("-- {} lines came too fast to show; /again shows the last 256 KiB of what came", skipped_);
        out += "\r\n";
        skipped_ = 0;
    }
    shown_widths_.clear();
    for (const std::string& row : rows.above) {
        out += row;
        out += "\r\n";
        shown_widths_.push_back(columns_ - 1);
    }
    // The terminal itself remembers where the cursor stands: it may take an emoji for wider or narrower than we do.
    out.append(rows.prompt, 0, rows.cursor_at);
    if (rows.cursor_at < rows.prompt.size()) {
        out +=
            "\x1b"
            "7";
        out.append(rows.prompt, rows.cursor_at);
        out +=
            "\x1b"
            "8";
    }
    shown_ = rows;
    valid_ = true;
    drawn_ = true;
    return out;
}

std::string Screen::leave() {
    std::string out;
    append_erase(out);
    out += waiting_;
    waiting_.clear();
    if (skipped_ > 0) {
        out += tr_format("-- {} lines came too fast to show", std::exchange(skipped_, 0));
        out += "\r\n";
    }
    drawn_ = false;
    valid_ = false;
    return out;
}

}  // namespace earshot::view
