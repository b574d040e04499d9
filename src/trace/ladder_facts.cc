// The ladder's dealings with facts: all that it has where nothing is captured, and what a capture has missed.
#include <utility>

#include "trace/ladder_machine.h"

namespace earshot::trace {

namespace {

// A capture may be this late with a segment that a fact speaks of.
constexpr auto kCaptureIsLate = std::chrono::seconds(1);

}  // namespace

void Ladder::Machine::add(const Fact& fact) {
    if (const auto* account = std::get_if<Account>(&fact.body)) {
        account_ = *account;
        account_time_ = fact.time;
    }
    if (options_.source != Source::kernel) return complete(fact);
    expire_time_wait(fact.time);
    for (const Inferred& step : inference_.conclude(fact)) infer(step, fact.time);
    if (std::holds_alternative<CallTimedOut>(fact.body) || std::holds_alternative<ConnectionLost>(fact.body))
        gave_up_ = true;
    const auto* read = std::get_if<StateRead>(&fact.body);
    if (!read || read->state || !begun_ || !options_.self) return;
    // Forgotten without a way there that could be told: no row, but nothing follows.
    if (course_.state(*options_.self) != State::closed) gave_up_ = true;
    course_.become(*options_.self, State::closed);
}

void Ladder::Machine::infer(const Inferred& step, std::optional<WallTime> now) {
    const End self = options_.self.value_or(End::client);
    begun_ = true;
    const auto* segment = std::get_if<Segment>(&step.what);
    if (!segment) {
        const NoteRow& told = std::get<NoteRow>(step.what);
        if (told.kind == NoteRow::Kind::listening) return course_.announce(End::client);
        if (told.kind == NoteRow::Kind::begins_in_the_middle) return find_open(step);
        course_.settle(nullptr);
        if (step.self) course_.become(self, *step.self);
        return note(step.time, told);
    }
    course_.settle(segment);
    if (step.self) course_.become(self, *step.self);
    if (step.peer) course_.become(other(self), *step.peer);
    Segment timed = *segment;
    timed.sent_at = step.time;
    timed.arrived_at.reset();
    bool changed = step.self || step.peer;
    if (!changed && segment->has(kSyn)) changed = course_.apply(timed, {});
    Finding finding;
    finding.is_known = step.is_saved;
    place(timed, finding, Sight::inferred, changed);
    watch_time_wait(nullptr, now);
}

// The conversation was there before us: the row of first states says so, and what the kernel knows.
void Ladder::Machine::find_open(const Inferred& found) {
    const End self = options_.self.value_or(End::client);
    Row row;
    row.time = found.time;
    row.body = std::get<NoteRow>(found.what);
    if (options_.source != Source::kernel) course_.begin_in_the_middle();
    if (!found.self) return course_.push_before(std::move(row));
    course_.become(self, *found.self);
    if (found.peer) course_.become(other(self), *found.peer);
    course_.push(std::move(row));
}

// With a capture only what no segment shows is of interest.
void Ladder::Machine::complete(const Fact& fact) {
    if (std::holds_alternative<FoundOpen>(fact.body) && !begun_) {
        for (const Inferred& step : inference_.conclude(fact)) infer(step, fact.time);
    }
    if (std::holds_alternative<CallRefused>(fact.body)) refused_ = true;
    if (std::holds_alternative<CallTimedOut>(fact.body) || std::holds_alternative<ConnectionLost>(fact.body))
        give_up(fact.time);
    const auto* read = std::get_if<StateRead>(&fact.body);
    if (read && !read->state) forget(fact.time);
    if (!options_.self) return;
    const bool sent = std::holds_alternative<ResetSent>(fact.body);
    if (!sent && !std::holds_alternative<ResetReceived>(fact.body)) return;
    reset_by_ = sent ? *options_.self : other(*options_.self);
    told_at_ = fact.time;
}

void Ladder::Machine::infer_arrow(std::optional<WallTime> time, End from, std::uint8_t flags) {
    Row row;
    row.time = time;
    SegmentRow arrow;
    arrow.sight = Sight::inferred;
    arrow.numbers_known = false;
    arrow.segment.from = from;
    arrow.segment.flags = flags;
    row.body = std::move(arrow);
    settle_fold();
    course_.push(std::move(row));
}

// The capture has not shown the end that facts told of; `now`: none where nothing follows.
void Ladder::Machine::draw_missed(std::optional<WallTime> now) {
    if ((!reset_by_ && !gone_) || !begun_ || !options_.self) return;
    if (now && (!told_at_ || *now - *told_at_ < kCaptureIsLate)) return;
    const End self = *options_.self;
    const auto state = course_.state(self);
    if (state == State::closed || state == State::time_wait) return;
    course_.settle(nullptr);
    course_.become(self, State::closed);
    if (reset_by_) {
        course_.become(other(self), State::closed);
        infer_arrow(told_at_, *reset_by_, kRst);
    } else if (state == State::last_ack) {
        course_.become(other(self), State::time_wait);
        infer_arrow(std::nullopt, other(self), kAck);
        watch_time_wait(nullptr, told_at_);
    } else {
        gave_up_ = true;  // it is not known how it ended
    }
}

// The kernel has no such connection any more.
void Ladder::Machine::forget(std::optional<WallTime> time) {
    gone_ = true;
    told_at_ = time;
    if (!options_.self) return;
    course_.settle(nullptr);
    if (course_.state(*options_.self) == State::time_wait) end_time_wait(*options_.self, time);
}

void Ladder::Machine::give_up(std::optional<WallTime> time) {
    if (!options_.self || course_.state(*options_.self) == State::closed) return;
    course_.settle(nullptr);
    const bool calling = course_.state(*options_.self) == State::syn_sent;
    course_.become(*options_.self, State::closed);
    gave_up_ = true;
    note(time, {NoteRow::Kind::gave_up, calling ? calls_ : 0, std::nullopt});
}

}  // namespace earshot::trace
