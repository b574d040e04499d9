// Enough of a terminal to see what the console drew: text with widths, line ends, cursor moves and erasing. What it
// does not know it reports, so that no new sequence slips through untested.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace earshot::test {

class TinyTerminal {
  public:
    explicit TinyTerminal(int columns) : columns_(columns) {}

    void write(std::string_view bytes);
    // All rows from the first ever written, trailing blanks cut.
    std::string text() const;
    std::string row(std::size_t from_end) const;  // 0: the last one with anything on it or the cursor
    int cursor_column() const { return column_; }
    const std::string& unknown() const { return unknown_; }

  private:
    void put(std::string_view cluster, int width);
    void control(char final, std::string_view parameters);
    void line_feed();

    int columns_;
    std::vector<std::vector<std::string>> rows_{1};  // a cell each; the second cell of a wide character is empty
    std::size_t row_ = 0;
    int column_ = 0;
    std::size_t saved_row_ = 0;
    int saved_column_ = 0;
    std::string unknown_;
};

}  // namespace earshot::test
