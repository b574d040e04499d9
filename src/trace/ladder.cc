#include "trace/ladder.h"

#include <utility>

#include "trace/ladder_machine.h"

namespace earshot::trace {

namespace {

// Twice the maximum segment lifetime, as Linux has it (TCP_TIMEWAIT_LEN): for ends whose kernel cannot be asked.
constexpr auto kTimeWait = std::chrono::seconds(60);

constexpr std::size_t index_of(End end) { return static_cast<std::size_t>(end); }

}  // namespace

void Ladder::Machine::begin(const Segment& segment) {
    begun_ = true;
    const bool syn = segment.has(kSyn) && !segment.has(kRst);
    if (syn && !segment.has(kAck)) {
        course_.announce(segment.from);
    } else if (syn) {
        course_.assume_call(other(segment.from), segment.ack - 1);
    } else {
        course_.begin_in_the_middle();
        Row row;
        row.body = NoteRow{NoteRow::Kind::begins_in_the_middle, 0, std::nullopt};
        course_.push_before(std::move(row));  // without states: what they were is not known
    }
}

void Ladder::Machine::add(const Segment& segment) {
    const auto time = segment.seen_at();
    expire_time_wait(time);
    course_.settle(&segment);
    const bool another = analysis_.is_another_call(segment);
    const bool half_open = another && course_.end(other(segment.from)).is_synchronized() &&
                           course_.state(other(segment.from)) != State::time_wait;
    if (another) {
        analysis_.restart();
        gave_up_ = refused_ = gone_ = false;
        reset_by_.reset();
    }
    if (!begun_) begin(segment);
    if (segment.has(kSyn) && !segment.has(kAck)) ++calls_;

    const bool believable = !segment.has(kRst) || lossy_ || analysis_.is_acceptable_reset(segment);
    Finding finding = analysis_.look_at(segment, believable);
    if (half_open) finding.marks.add(Remark::unexpected);
    remark_on_states(segment, believable, finding);
    const bool lost = segment.sent_at && !segment.arrived_at && analysis_.sees_both_ends(segment.from);
    const bool in_order = !finding.marks.has(Remark::lost_before) && !finding.marks.has(Remark::out_of_order);
    const bool changed = course_.apply(segment, {believable && !lost, in_order, believable});
    place(segment, finding, Sight::seen, changed);
    if (changed || segment.has(kFin)) watch_time_wait(&segment, time);
    if (dropped_ > 0 && !fold_.is_open()) dropped(time, 0);
}

void Ladder::Machine::add(const Stretch& stretch) {
    if (fold_.is_open() && fold_.sight() != Sight::seen) settle_fold();
    for (const End end : {End::client, End::server}) analysis_.pass_over(end, stretch.from(end));
    fold_.take(stretch);
}

bool Ladder::Machine::is_folding() const {
    const auto is_steady = [&](End end) {
        const auto state = course_.state(end);
        return state == State::established || state == State::fin_wait_2 || state == State::close_wait;
    };
    const bool folds = fold_.is_open() && fold_.sight() == Sight::seen && analysis_.is_whole();
    return folds && is_steady(End::client) && is_steady(End::server);
}

void Ladder::Machine::remark_on_states(const Segment& segment, bool believable, Finding& finding) const {
    if ((segment.flags & (kSyn | kFin | kRst)) == 0 && segment.length == 0) return;
    const EndState& sender = course_.end(segment.from);
    const EndState& peer = course_.end(other(segment.from));
    if (!believable) return finding.marks.add(Remark::unexpected);
    if (segment.has(kRst)) return;
    if (segment.has(kSyn)) {
        const bool crosses = !segment.has(kAck) && peer.state() == State::syn_sent;
        if (crosses) finding.marks.add(Remark::simultaneous_open);
        return;
    }
    const bool after_fin = sender.has_numbered_fin() && sender.state() != State::closed && segment.length > 0 &&
                           !seq_before(segment.seq, sender.fin_end());
    if (sender.has_reset() || after_fin) return finding.marks.add(Remark::unexpected);
    if (segment.has(kFin) && !sender.has_sent_fin() && peer.has_numbered_fin() && segment.has(kAck) &&
        !covers(segment, peer.fin_end()))
        finding.marks.add(Remark::simultaneous_close);
}

void Ladder::Machine::place(const Segment& segment, const Finding& finding, Sight sight, bool changed) {
    const auto time = segment.seen_at();
    end_quiet_run(time);
    const bool folds =
        !changed && (!fold_.is_open() || fold_.sight() == sight) && fold_.is_plain(segment, finding, lossy_);
    if (folds && fold_.take(segment, finding, sight)) return;
    settle_fold();
    Row row;
    row.time = time;
    row.body = draw(segment, finding, sight);
    course_.push(std::move(row));
}

void Ladder::Machine::dropped(std::optional<WallTime> time, std::uint64_t packets) {
    dropped_ += packets;
    if (dropped_ == 0) return;
    lossy_ = true;
    if (fold_.is_open()) return;  // told when the fold is settled: a busy capture must not cut it into pieces
    NoteRow row{NoteRow::Kind::capture_dropped, std::exchange(dropped_, 0), std::nullopt};
    note(time, row);
}

void Ladder::Machine::settle_fold() {
    if (fold_.is_open()) course_.push_before(fold_.close());
}

void Ladder::Machine::end_quiet_run(std::optional<WallTime> now) {
    if (!now || !fold_.last() || *now - *fold_.last() < options_.quiet) return;
    settle_fold();
    fold_.end_run();
}

void Ladder::Machine::note(std::optional<WallTime> time, NoteRow note) {
    settle_fold();
    Row row;
    row.time = time;
    row.body = note;
    course_.push(std::move(row));
}

void Ladder::Machine::watch_time_wait(const Segment* segment, std::optional<WallTime> time) {
    for (const End end : {End::client, End::server}) {
        auto& since = time_wait_since_[index_of(end)];
        if (course_.state(end) != State::time_wait) {
            since.reset();
            continue;
        }
        // Another FIN of the other end begins the wait anew (RFC 9293, 3.10.7.4).
        if (!since || (segment && segment->has(kFin) && segment->from != end)) since = time;
        if (gone_ && options_.self == end) end_time_wait(end, time);
    }
}

void Ladder::Machine::end_time_wait(End end, std::optional<WallTime> time) {
    time_wait_since_[index_of(end)].reset();
    course_.become(end, State::closed);
    note(time, {NoteRow::Kind::time_wait_over, 0, std::nullopt});
}

void Ladder::Machine::expire_time_wait(std::optional<WallTime> now) {
    if (!now) return;
    for (const End end : {End::client, End::server}) {
        if (options_.self == end) continue;  // the kernel itself will say
        const auto since = time_wait_since_[index_of(end)];
        if (since && *now - *since >= kTimeWait) {
            course_.settle(nullptr);
            if (course_.state(end) == State::time_wait) end_time_wait(end, std::nullopt);
        }
    }
}

void Ladder::Machine::tick(WallTime now) {
    if (const auto held = course_.held_since(); held && now - *held >= options_.quiet) course_.settle(nullptr);
    end_quiet_run(now);
    if (dropped_ > 0) dropped(now, 0);
    if (options_.source != Source::kernel) draw_missed(now);
    expire_time_wait(now);
}

void Ladder::Machine::finish(std::optional<WallTime> time) {
    if (std::exchange(finished_, true)) return;
    course_.settle(nullptr);
    settle_fold();
    dropped(time, 0);
    if (options_.source != Source::kernel) draw_missed(std::nullopt);
    expire_time_wait(time);
    if (refused_ && options_.self && course_.state(*options_.self) == State::syn_sent) give_up(time);
    if (account_) note(account_time_, {NoteRow::Kind::account, 0, account_});
    const auto waits = [&](End end) { return course_.state(end) == State::time_wait; };
    if (options_.self && waits(*options_.self)) {
        note(time, {NoteRow::Kind::still_in_time_wait, 0, std::nullopt});
    } else if (waits(End::client) || waits(End::server)) {
        note(time, {NoteRow::Kind::time_wait_goes_on, 0, std::nullopt});
    } else if (begun_ && !is_over() && options_.source != Source::kernel) {
        note(time, {NoteRow::Kind::capture_ended, 0, std::nullopt});
    }
}

bool Ladder::Machine::is_over() const {
    if (!begun_) return false;
    const auto closed = [&](End end) { return course_.state(end).value_or(State::closed) == State::closed; };
    if (gave_up_ && options_.self) return closed(*options_.self);
    return closed(End::client) && closed(End::server);
}

Ladder::Ladder(LadderOptions options) : machine_(std::make_unique<Machine>(options)) {}
Ladder::~Ladder() = default;
Ladder::Ladder(Ladder&&) noexcept = default;
Ladder& Ladder::operator=(Ladder&&) noexcept = default;

void Ladder::add(const Segment& segment) { machine_->add(segment); }
void Ladder::add(const Fact& fact) { machine_->add(fact); }
void Ladder::add(const Stretch& stretch) { machine_->add(stretch); }
void Ladder::dropped(std::optional<WallTime> time, std::uint64_t packets) { machine_->dropped(time, packets); }
void Ladder::tick(WallTime now) { machine_->tick(now); }
void Ladder::finish(std::optional<WallTime> time) { machine_->finish(time); }
std::vector<Row> Ladder::take() { return machine_->take(); }
std::optional<StateChange> Ladder::state_of(End end) const { return machine_->state_of(end); }
bool Ladder::is_folding() const { return machine_->is_folding(); }
std::optional<std::uint32_t> Ladder::next_number(End end) const { return machine_->next_number(end); }
bool Ladder::is_over() const { return machine_->is_over(); }

}  // namespace earshot::trace
