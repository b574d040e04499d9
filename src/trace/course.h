// The states of both ends along the rows: applies what each arrow does to its sender and its receiver, and writes the
// changes beside it. Where a SYN or a FIN goes to an end that cannot be looked into, its row is held until the next
// segment shows whether it arrived.
#pragma once

#include <array>
#include <optional>
#include <utility>

#include "trace/end_state.h"
#include "trace/row.h"
#include "trace/row_line.h"

namespace earshot::trace {

class Course {
  public:
    explicit Course(std::optional<End> self) : self_(self) {}

    const EndState& end(End end) const { return ends_[static_cast<std::size_t>(end)]; }
    std::optional<State> state(End end) const { return this->end(end).state(); }
    std::optional<StateChange> shown(End end) const;

    // The row of first states, before the SYN of `caller`.
    void announce(End caller);
    // Both ends are taken to be in the middle of a conversation.
    void begin_in_the_middle();
    // An answer came to a SYN that was not captured.
    void assume_call(End caller, std::uint32_t sequence);
    void become(End end, State state) { at(end).become(state); }

    // What `segment` does to both ends; true where a state has changed or may have.
    struct Delivery {
        bool arrives = true;        // false: it is known to be lost, or its receiver will not believe it
        bool in_order = true;       // nothing is missing before it
        bool sender_counts = true;  // false: it may not come from the end that it names
    };
    bool apply(const Segment& segment, Delivery delivery);
    // The row of what was applied or has become, with the changes beside it.
    void push(Row row);
    // A row of what came before that.
    void push_before(Row row) { line_.push(std::move(row)); }

    // Says whether a held SYN or FIN has arrived; `answer`: the next segment; none: nothing came.
    void settle(const Segment* answer);
    // Since when a row is held.
    std::optional<WallTime> held_since() const;

    RowLine& line() { return line_; }

  private:
    struct Waiting {
        Segment segment;
        std::size_t row = 0;                      // its place among the held
        std::optional<std::size_t> first_states;  // that of the row of first states
    };

    EndState& at(End end) { return ends_[static_cast<std::size_t>(end)]; }
    bool is_self(End end) const { return self_ == end; }
    void stamp(Row& row);
    std::optional<StateChange>& column(Row& row, End end) { return end == End::client ? row.client : row.server; }
    bool has_arrived(const Segment& held, const Segment& answer) const;

    std::optional<End> self_;
    std::array<EndState, 2> ends_;
    std::array<std::optional<State>, 2> shown_;
    RowLine line_;
    std::optional<std::size_t> first_states_;
    bool waits_ = false;  // what was applied last is held with its row
    std::optional<Waiting> waiting_;
};

}  // namespace earshot::trace
