// A stretch of data in order that is counted instead of drawn. The first segments of a run are drawn; what follows is
// folded until something worth a row comes or the run falls quiet.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "trace/row.h"
#include "trace/sequence.h"
#include "trace/stretch.h"

namespace earshot::trace {

class Fold {
  public:
    explicit Fold(std::size_t fold_after) : fold_after_(fold_after) {}

    // Takes an unremarkable segment into the fold: true. False: it is to be drawn.
    bool take(const Segment& segment, const Finding& finding, Sight sight);
    // Those of a stretch, which were plain.
    void take(const Stretch& stretch);
    bool is_open() const { return count_ > 0; }
    Sight sight() const { return row_.sight; }
    // Since when nothing has come; none: the run is over or has not begun.
    std::optional<WallTime> last() const { return last_; }
    // The run is over: the next data are drawn again.
    void end_run();
    // The open fold as a row; a single segment is drawn as itself.
    Row close();

    // What may be folded at all: data and pure ACKs that are not part of a story of their own.
    // A capture that loses packets says so itself: its gaps are not drawn one by one.
    bool is_plain(const Segment& segment, const Finding& finding, bool lossy) const;

  private:
    std::size_t fold_after_;
    std::size_t drawn_ = 0;    // data segments of the run that were drawn
    std::uint64_t count_ = 0;  // segments in the open fold
    FoldRow row_;
    bool first_known_ = false;
    Segment first_;
    Finding first_finding_;
    std::optional<WallTime> last_;
};

// The row of a segment that is drawn.
SegmentRow draw(const Segment& segment, const Finding& finding, Sight sight);

}  // namespace earshot::trace
