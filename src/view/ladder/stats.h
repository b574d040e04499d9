// What `/stats` says: the kernel's account of a connection in words, beside each figure how it went of late.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "trace/fact.h"

namespace earshot::view {

// As many signs as values, each as high as its value between none and the highest. `blocks`: U+2581 to U+2588, else
// ASCII. They are one column wide where a terminal takes "ambiguous" characters for narrow.
std::string sparkline(std::span<const double> values, bool blocks);

struct StatsLook {
    int width = 80;      // columns; no line is wider
    bool blocks = true;  // false: no UTF-8, or a terminal that draws block elements two columns wide
};

// `history`: accounts at equal intervals, the latest last; the sparklines show its end as room allows. Totals are
// since the beginning; their sparklines show what each interval added.
std::vector<std::string> stats_lines(std::span<const trace::Account> history, std::chrono::milliseconds interval,
                                     const StatsLook& look);

}  // namespace earshot::view
