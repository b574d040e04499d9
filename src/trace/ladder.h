// The ladder of one connection: segments and kernel facts in, rows out. A pure state machine of both ends (RFC 9293,
// figure 5) that knows retransmissions, duplicate ACKs, windows and every way to end. No socket and no clock in it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "trace/fact.h"
#include "trace/row.h"
#include "trace/segment.h"
#include "trace/stretch.h"

namespace earshot::trace {

struct LadderOptions {
    Source source = Source::kernel;
    std::optional<End> self;     // our end: its state can be known; none: a file
    std::size_t fold_after = 4;  // data segments in order that are drawn before a run folds; 0: never folds
    std::chrono::nanoseconds quiet = std::chrono::milliseconds(200);  // a fold this long without news is settled
};

class Ladder {
  public:
    explicit Ladder(LadderOptions options);
    ~Ladder();
    Ladder(Ladder&&) noexcept;
    Ladder& operator=(Ladder&&) noexcept;

    // Segments in the order they were captured. A SYN with another initial number begins another connection in the same
    // ladder: numbers count anew. With source `packets` facts that a segment shows anyway draw nothing; what the
    // capture has missed is drawn, inferred, a second after a fact has told of it.
    void add(const Segment& segment);
    void add(const Fact& fact);
    // Segments that were counted where they passed, after those added before. While a run is being folded: they
    // go into the fold, as if each had been added.
    void add(const Stretch& stretch);
    // Packets that the capture could not take, since the last call.
    void dropped(std::optional<WallTime> time, std::uint64_t packets);
    // Time goes by (live; ten times a second is often enough): settles an open fold and rows that wait, ends a
    // TIME-WAIT.
    void tick(WallTime now);
    // Nothing follows: everything is settled; an end that is still in TIME-WAIT is said to be.
    void finish(std::optional<WallTime> time);

    // Rows that will not change any more and have not been taken yet. The row of a SYN or FIN to an end that cannot be
    // looked into waits for the next segment, or `quiet` long: it shows whether the arrow arrived and what it found.
    std::vector<Row> take();
    // Whether plain data in order leave no row of their own now, nor can change a state.
    bool is_folding() const;
    // One past the highest number that the end has sent; none: nothing of it has been seen.
    std::optional<std::uint32_t> next_number(End end) const;
    // Both ends as they stand.
    std::optional<StateChange> state_of(End end) const;
    // Nothing can follow: both ends closed, TIME-WAIT over.
    bool is_over() const;

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace earshot::trace
