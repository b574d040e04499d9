#include "view/ladder/stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/i18n.h"
#include "text/width.h"
#include "view/ladder/columns.h"

namespace earshot::view {
namespace {

using trace::Account;

constexpr int kSpark = 20;        // columns
constexpr int kSpaces = 2;        // between words and sparkline
constexpr int kFewestWords = 20;  // columns; where there is less room the sparklines go

std::string millis_text(std::uint32_t micros) {
    return fmt::format("{:.{}f} ms", micros / 1000.0, micros < 1000 ? 3 : 1);
}

std::string rate_text(std::uint64_t bytes_a_second) {
    constexpr std::array<const char*, 4> kUnits = {"B/s", "kB/s", "MB/s", "GB/s"};
    double amount = static_cast<double>(bytes_a_second);
    std::size_t unit = 0;
    for (; amount >= 1000 && unit + 1 < kUnits.size(); ++unit) amount /= 1000;
    return fmt::format("{:.{}f} {}", amount, unit == 0 ? 0 : 1, kUnits[unit]);
}

// From a million on in MiB: a figure at a glance.
std::string size_text(std::uint64_t bytes) { return byte_count_text(bytes, 1'000'000); }

// What a figure says, in pieces; those at the end are left out where there is no room.
using Pieces = std::vector<std::string>;

Pieces round_trip(const Account& it) {
    Pieces pieces{millis_text(it.rtt_us), tr_format("variance {}", millis_text(it.rtt_variance_us))};
    if (it.min_rtt_us != 0) pieces.push_back(tr_format("least {}", millis_text(it.min_rtt_us)));
    return pieces;
}

Pieces window(const Account& it) {
    const auto segments = static_cast<unsigned long>(it.congestion_window);
    Pieces pieces{
        fmt::format(fmt::runtime(tr_plural("{} segment", "{} segments", segments)), grouped(it.congestion_window))};
    if (it.mss != 0) pieces.push_back(tr_format("{} B each", grouped(it.mss)));
    return pieces;
}

Pieces in_flight(const Account& it) {
    Pieces pieces{size_text(it.in_flight)};
    if (it.not_sent != 0) pieces.push_back(tr_format("{} not sent yet", size_text(it.not_sent)));
    return pieces;
}

Pieces delivery(const Account& it) { return {rate_text(it.delivery_rate)}; }

Pieces retransmits(const Account& it) {
    const auto segments = static_cast<unsigned long>(it.retransmits);
    return {fmt::format(fmt::runtime(tr_plural("{} segment", "{} segments", segments)), grouped(it.retransmits))};
}

Pieces sent(const Account& it) { return {size_text(it.sent), tr_format("acknowledged {}", size_text(it.acked))}; }
Pieces received(const Account& it) { return {size_text(it.received)}; }

Pieces windows(const Account& it) {
    return {tr_format("theirs {}", size_text(it.send_window)), tr_format("ours {}", size_text(it.receive_window))};
}

// As many pieces as have room, the first in any case.
std::string line_of(const Pieces& pieces, int columns) {
    std::string line = pieces.front();
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        std::string longer = line + ", " + pieces[i];
        if (text::text_width(longer) > columns) break;
        line = std::move(longer);
    }
    return line;
}

// A line: its name, its words now, and what its sparkline shows.
struct Figure {
    const char* name;  // a msgid
    Pieces (*words)(const Account&);
    double (*value)(const Account&);
    bool total;  // grows only: what was added counts
};

constexpr Figure kFigures[] = {
    {msgid("round trip"), round_trip, [](const Account& it) { return static_cast<double>(it.rtt_us); }, false},
    {msgid("congestion window"), window, [](const Account& it) { return static_cast<double>(it.congestion_window); },
     false},
    {msgid("in flight"), in_flight, [](const Account& it) { return static_cast<double>(it.in_flight); }, false},
    {msgid("delivery rate"), delivery, [](const Account& it) { return static_cast<double>(it.delivery_rate); }, false},
    {msgid("retransmitted"), retransmits, [](const Account& it) { return static_cast<double>(it.retransmits); }, true},
    {msgid("sent"), sent, [](const Account& it) { return static_cast<double>(it.sent); }, true},
    {msgid("received"), received, [](const Account& it) { return static_cast<double>(it.received); }, true},
    {msgid("window"), windows, [](const Account& it) { return static_cast<double>(it.send_window); }, false},
};

std::vector<double> values_of(const Figure& figure, std::span<const Account> history) {
    std::vector<double> values;
    for (std::size_t i = figure.total ? 1 : 0; i < history.size(); ++i) {
        const double before = figure.total ? figure.value(history[i - 1]) : 0;
        values.push_back(std::max(0.0, figure.value(history[i]) - before));
    }
    if (values.size() > kSpark) values.erase(values.begin(), values.end() - kSpark);
    return values;
}

int name_columns() {
    int widest = 0;
    for (const Figure& figure : kFigures) widest = std::max(widest, text::text_width(tr(figure.name)));
    return widest;
}

}  // namespace

std::string sparkline(std::span<const double> values, bool blocks) {
    static constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr std::array<std::string_view, 8> kAscii = {"_", ".", ":", "-", "=", "+", "*", "#"};
    const double highest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    std::string out;
    for (const double value : values) {
        const double part = highest > 0 ? std::max(value, 0.0) / highest : 0;
        const auto height = static_cast<std::size_t>(part * 7 + 0.5);
        out += (blocks ? kBlocks : kAscii)[std::min<std::size_t>(height, 7)];
    }
    return out;
}

std::vector<std::string> stats_lines(std::span<const Account> history, std::chrono::milliseconds interval,
                                     const StatsLook& look) {
    if (history.empty()) return {std::string(text::cut_to_width(tr("the kernel has said nothing yet"), look.width))};
    const int name = name_columns() + 2;
    const int room = look.width - name;
    const bool sparks = history.size() > 1 && room - kSpark - kSpaces >= kFewestWords;
    const int words = sparks ? room - kSpark - kSpaces : std::max(room, 0);
    std::vector<std::string> lines;
    for (const Figure& figure : kFigures) {
        std::string line =
            left_in(tr(figure.name), name) + left_in(line_of(figure.words(history.back()), words), words);
        if (sparks) line += repeated(" ", kSpaces) + sparkline(values_of(figure, history), look.blocks);
        line.resize(text::cut_to_width(line, look.width).size());
        while (line.ends_with(' ')) line.pop_back();
        lines.push_back(std::move(line));
    }
    if (!sparks) return lines;
    const auto shown = std::min<std::size_t>(history.size(), kSpark);
    const double seconds = static_cast<double>(interval.count()) * static_cast<double>(shown) / 1000;
    const std::string span = tr_format("the last {:.0f} s", seconds);
    lines.push_back(repeated(" ", name + words + kSpaces) + std::string(text::cut_to_width(span, kSpark)));
    return lines;
}

}  // namespace earshot::view
