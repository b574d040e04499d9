// The rows on their way out of a ladder: numbered, with the time since the row before, and held back for as long as
// what follows may still say more about them.
#pragma once

#include <cstddef>
#include <vector>

#include "trace/row.h"

namespace earshot::trace {

class RowLine {
  public:
    // The rows that come from now on are held until release(); they can be changed by their place.
    void hold() { holding_ = true; }
    void release();
    // The place of the next row among those held.
    std::size_t place() const { return held_.size(); }
    Row& held(std::size_t place) { return held_[place]; }

    void push(Row row);
    std::vector<Row> take();

  private:
    void number(Row& row);

    bool holding_ = false;
    std::vector<Row> held_, ready_;
    std::uint64_t next_index_ = 0;
    std::optional<WallTime> last_time_;
};

}  // namespace earshot::trace
