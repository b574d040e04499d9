#include "trace/row_line.h"

#include <utility>

namespace earshot::trace {

void RowLine::number(Row& row) {
    row.index = next_index_++;
    if (!row.time) return;
    if (last_time_) row.delta = *row.time - *last_time_;
    last_time_ = row.time;
}

void RowLine::push(Row row) {
    if (holding_) {
        held_.push_back(std::move(row));
        return;
    }
    number(row);
    ready_.push_back(std::move(row));
}

void RowLine::release() {
    holding_ = false;
    for (Row& row : std::exchange(held_, {})) push(std::move(row));
}

std::vector<Row> RowLine::take() { return std::exchange(ready_, {}); }

}  // namespace earshot::trace
