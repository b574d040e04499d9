#include "tests/support/tiny_terminal.h"

#include <cstdlib>

#include "text/grapheme.h"
#include "text/width.h"

namespace earshot::test {

void TinyTerminal::line_feed() {
    if (++row_ == rows_.size()) rows_.emplace_back();
}

void TinyTerminal::put(std::string_view cluster, int width) {
    if (column_ + width > columns_) {
        line_feed();
        column_ = 0;
    }
    auto& cells = rows_[row_];
    if (cells.size() < static_cast<std::size_t>(column_ + width))
        cells.resize(static_cast<std::size_t>(column_ + width), " ");
    for (int i = 0; i < width; ++i) cells[static_cast<std::size_t>(column_ + i)] = i == 0 ? std::string(cluster) : "";
    column_ += width;
}

void TinyTerminal::control(char final, std::string_view parameters) {
    const int count = parameters.empty() ? 1 : std::atoi(std::string(parameters).c_str());
    if (final == 'm' || final == 'h' || final == 'l') return;
    if (final == 'A') {
        row_ -= std::min(row_, static_cast<std::size_t>(count));
    } else if (final == 'C') {
        column_ = std::min(column_ + count, columns_ - 1);
    } else if (final == 'K' && parameters.empty()) {
        if (rows_[row_].size() > static_cast<std::size_t>(column_))
            rows_[row_].resize(static_cast<std::size_t>(column_));
    } else if (final == 'J' && parameters.empty()) {
        rows_.resize(row_ + 1);
        if (rows_[row_].size() > static_cast<std::size_t>(column_))
            rows_[row_].resize(static_cast<std::size_t>(column_));
    } else {
        unknown_ += std::string(parameters) + final;
    }
}

void TinyTerminal::write(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const char c = bytes[at];
        if (c == '\x1b' && at + 1 < bytes.size() && bytes[at + 1] == '[') {
            std::size_t end = at + 2;
            while (end < bytes.size() && (bytes[end] < '@' || bytes[end] > '~')) ++end;
            control(bytes[end], bytes.substr(at + 2, end - at - 2));
            at = end + 1;
        } else if (c == '\x1b' && at + 1 < bytes.size() && (bytes[at + 1] == '7' || bytes[at + 1] == '8')) {
            if (bytes[at + 1] == '7') {
                saved_row_ = row_, saved_column_ = column_;
            } else {
                row_ = saved_row_, column_ = saved_column_;
            }
            at += 2;
        } else if (c == '\r' || c == '\n') {
            c == '\r' ? static_cast<void>(column_ = 0) : line_feed();
            ++at;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            unknown_ += c;
            ++at;
        } else {
            const std::size_t end = text::next_grapheme(bytes, at);
            const std::string_view cluster = bytes.substr(at, end - at);
            put(cluster, text::cluster_width(cluster));
            at = end;
        }
    }
}

std::string TinyTerminal::row(std::size_t from_end) const {
    if (from_end >= rows_.size()) return {};
    std::string line;
    for (const std::string& cell : rows_[rows_.size() - 1 - from_end]) line += cell;
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

std::string TinyTerminal::text() const {
    std::string out;
    for (std::size_t i = rows_.size(); i-- > 0;) out += row(i) + "\n";
    return out;
}

}  // namespace earshot::test
