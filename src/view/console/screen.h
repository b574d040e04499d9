// The console's part of the terminal: finished lines go up into the scrollback, a few live rows (messages under way and
// the prompt) stay below and are drawn anew. Pure: terminal control sequences come out, nothing is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace earshot::view {

struct LiveRows {
    std::vector<std::string> above;  // rows before the prompt's, each at most columns - 1 wide
    std::string prompt;              // the prompt's row, at most columns - 1 wide
    std::size_t cursor_at = 0;       // byte of it where the cursor stands
    int cursor = 0;                  // and the column we take that to be

    friend bool operator==(const LiveRows&, const LiveRows&) = default;
};

class Screen {
  public:
    static constexpr std::size_t kMaxWaiting = 256 * 1024;  // bytes of lines not yet drawn; more is skipped and counted

    explicit Screen(int columns) : columns_(columns) {}

    // A line for the scrollback, without \n, in terminal form. Lines that do not fit into what may wait are skipped;
    // the next draw says how many.
    void print(std::string_view line);
    void resize(int columns);
    int columns() const { return columns_; }
    bool has_lines() const { return !waiting_.empty() || skipped_ > 0; }
    // What brings the terminal up to date: the waiting lines, then the live rows. Empty where nothing has changed.
    std::string draw(const LiveRows& rows);
    // Takes the live rows away for good.
    std::string leave();
    // The terminal was cleared or written to by others: the next draw draws all live rows.
    void forget() { valid_ = false; }
    // The next draw begins on an empty screen, in its first row.
    void clear() { clear_ = true, valid_ = false; }

  private:
    void append_erase(std::string& out);

    int columns_;
    std::string waiting_;
    std::size_t skipped_ = 0;
    LiveRows shown_;
    std::vector<int> shown_widths_;  // of the rows above the prompt's
    bool valid_ = false;             // shown_ is on the terminal
    bool drawn_ = false;             // something is
    bool clear_ = false;
};

}  // namespace earshot::view
