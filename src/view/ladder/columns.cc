#include "view/ladder/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text/grapheme.h"
#include "text/width.h"

namespace earshot::view {
namespace {

// What must not begin a line in Chinese.
bool closes(std::string_view cluster) {
    constexpr std::array<std::string_view, 10> kClosing = {"，", "。", "？", "！", "：", "；", "、", "）", "」", "”"};
    return std::find(kClosing.begin(), kClosing.end(), cluster) != kClosing.end();
}

void trim_end(std::string& line) {
    while (line.ends_with(' ')) line.pop_back();
}

}  // namespace

std::string repeated(std::string_view text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
}

std::string left_in(std::string_view text, int columns) {
    std::string out(text::cut_to_width(text, columns));
    return out + repeated(" ", columns - text::text_width(out));
}

std::string right_in(std::string_view text, int columns) {
    const std::string_view cut = text::cut_to_width(text, columns);
    return repeated(" ", columns - text::text_width(cut)).append(cut);
}

std::string centred_in(std::string_view text, int columns) {
    const std::string_view cut = text::cut_to_width(text, columns);
    const int left = columns - text::text_width(cut);
    return left_in(repeated(" ", (left + 1) / 2).append(cut), columns);
}

std::vector<std::string> wrapped(std::string_view text, int columns) {
    columns = std::max(columns, 2);  // a wide character has to fit
    std::vector<std::string> lines;
    std::string line;
    std::size_t may_break = 0;  // bytes of `line` before the last place to break it; 0: none
    int width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t next = text::next_grapheme(text, at);
        const std::string_view cluster = text.substr(at, next - at);
        at = next;
        const int wide = text::cluster_width(cluster);
        if (cluster != " " && wide == 2 && !closes(cluster) && !line.empty()) may_break = line.size();
        if (width + wide > columns && cluster != " ") {
            std::string rest = may_break == 0 ? std::string() : line.substr(may_break);
            if (may_break != 0) line.resize(may_break);
            trim_end(line);
            if (!line.empty()) lines.push_back(std::move(line));
            line = std::move(rest);
            width = text::text_width(line);
            may_break = 0;
        }
        if (line.empty() && cluster == " ") continue;
        line += cluster;
        width += wide;
        if (cluster == " " || wide == 2) may_break = line.size();
    }
    trim_end(line);
    if (!line.empty()) lines.push_back(std::move(line));
    for (std::string& each : lines) each.resize(text::cut_to_width(each, columns).size());
    return lines;
}

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
    return digits;
}

std::string byte_count_text(std::uint64_t bytes, std::uint64_t most) {
    if (bytes < most) return grouped(bytes) + " B";
    constexpr std::array<const char*, 4> kUnits = {"MiB", "GiB", "TiB", "PiB"};
    double amount = static_cast<double>(bytes) / (1 << 20);
    std::size_t unit = 0;
    for (; amount >= 1000 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
    return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

}  // namespace earshot::view
