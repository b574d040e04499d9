#include "trace/course.h"

#include <utility>

namespace earshot::trace {

std::optional<StateChange> Course::shown(End end) const {
    const auto state = this->state(end);
    if (!state) return std::nullopt;
    return StateChange{*state, is_self(end) ? Sight::seen : Sight::inferred};
}

void Course::announce(End caller) {
    settle(nullptr);
    become(caller, State::closed);
    Row row;
    row.body = NoteRow{NoteRow::Kind::listening, 0, std::nullopt};
    if (is_self(other(caller))) {
        become(other(caller), State::listen);
    } else {
        line_.hold();
        first_states_ = line_.place();
    }
    push(std::move(row));
}

void Course::begin_in_the_middle() {
    become(End::client, State::established);
    become(End::server, State::established);
}

void Course::assume_call(End caller, std::uint32_t sequence) {
    Segment syn;
    syn.from = caller;
    syn.seq = sequence;
    syn.flags = kSyn;
    at(caller).send(syn, at(other(caller)));
    at(other(caller)).receive(syn, false);
}

bool Course::apply(const Segment& segment, Delivery delivery) {
    EndState& sender = at(segment.from);
    EndState& receiver = at(other(segment.from));
    const bool opens = segment.has(kSyn) && !segment.has(kAck);
    const bool finishes = segment.has(kFin) && !segment.has(kRst);
    const bool settles_by_itself = is_self(other(segment.from));
    if (delivery.sender_counts) sender.send(segment, receiver);
    waits_ = delivery.arrives && !settles_by_itself && !segment.has(kRst) && (opens || finishes);
    if (delivery.arrives && !(opens && waits_)) receiver.receive(segment, settles_by_itself && delivery.in_order);
    if (delivery.arrives && !settles_by_itself) receiver.receive_after(segment, sender);
    if (waits_) return true;
    return sender.state() != shown_[static_cast<std::size_t>(segment.from)] ||
           receiver.state() != shown_[static_cast<std::size_t>(other(segment.from))];
}

void Course::stamp(Row& row) {
    for (const End end : {End::client, End::server}) {
        auto& shown = shown_[static_cast<std::size_t>(end)];
        if (state(end) == shown) continue;
        shown = state(end);
        if (shown) column(row, end) = StateChange{*shown, is_self(end) ? Sight::seen : Sight::inferred};
    }
}

void Course::push(Row row) {
    stamp(row);
    const auto* arrow = std::get_if<SegmentRow>(&row.body);
    if (waits_ && arrow) {
        line_.hold();
        waiting_ = Waiting{arrow->segment, line_.place(), std::exchange(first_states_, std::nullopt)};
    }
    const bool nothing_to_wait_for = arrow && !waiting_ && first_states_;
    waits_ = false;
    line_.push(std::move(row));
    if (!nothing_to_wait_for) return;
    first_states_.reset();
    line_.release();
}

std::optional<WallTime> Course::held_since() const { return waiting_ ? waiting_->segment.seen_at() : std::nullopt; }

bool Course::has_arrived(const Segment& held, const Segment& answer) const {
    if (!held.has(kSyn)) {
        return answer.from != held.from && covers(answer, held.seq + held.extent());
    }
    if (answer.from == held.from) return !answer.has(kSyn) && answer.has(kAck);  // its answer was not captured
    return !answer.has(kRst) && covers(answer, held.seq + 1);
}

void Course::settle(const Segment* answer) {
    if (!waiting_) return;
    const Waiting waiting = *std::exchange(waiting_, std::nullopt);
    const End receiver = other(waiting.segment.from);
    if (answer) {
        const bool arrived = has_arrived(waiting.segment, *answer);
        // A reset or a SYN of its own comes from an end where nobody listened.
        const bool was_closed = answer->from == receiver && (answer->has(kRst) || answer->has(kSyn)) && !arrived;
        if (waiting.first_states && (arrived || was_closed)) {
            become(receiver, arrived ? State::listen : State::closed);
            stamp(line_.held(*waiting.first_states));
        }
        if (arrived) {
            at(receiver).receive(waiting.segment, true);
            stamp(line_.held(waiting.row));
        }
    }
    line_.release();
}

}  // namespace earshot::trace
