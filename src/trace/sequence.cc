#include "trace/sequence.h"

#include <algorithm>
#include <chrono>

namespace earshot::trace {

using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t kControl = kSyn | kFin | kRst;
constexpr auto kFastWithin = 20ms;      // a retransmission this soon after the third duplicate ACK is a fast one
constexpr auto kReorderedWithin = 3ms;  // as long as no round trip is known

// Time between two segments; a clock that was set back makes it long, not short.
std::chrono::nanoseconds since(WallTime then, WallTime now) {
    return now < then ? std::chrono::nanoseconds::max() : now - then;
}

}  // namespace

const Marked* Remarks::find(Remark remark) const {
    const auto found = std::ranges::find(all(), remark, &Marked::remark);
    return found == all().end() ? nullptr : &*found;
}

struct SequenceAnalysis::Look {
    const Segment& segment;
    Flow& ours;    // of its sender
    Flow& theirs;  // of the other end
    WallTime time;
    std::uint32_t end;     // one past its last number
    bool repeats_numbers;  // no payload, nothing new in seq and ack
    Finding finding;

    void mark(Remark remark, std::uint32_t count = 0) { finding.marks.add(remark, count); }
};

void SequenceAnalysis::set_bases(const Look& look) {
    const Segment& segment = look.segment;
    if (segment.has(kSyn)) {
        // A SYN,ACK with another number is a new beginning of its sender.
        if (look.ours.base && *look.ours.base != segment.seq && look.ours.syn != segment.seq) look.ours = Flow{};
        look.ours.syn = segment.seq;
    }
    // Without the SYN the first number seen is relative 1, as if the SYN stood before it.
    if (!look.ours.base) look.ours.base = segment.has(kSyn) ? segment.seq : segment.seq - 1;
    if (!look.theirs.base && segment.has(kAck)) look.theirs.base = segment.ack - 1;
}

void SequenceAnalysis::learn_scale(const Segment& segment) {
    if (!segment.has(kSyn)) return;
    Flow& ours = flow(segment.from);
    Flow& theirs = flow(other(segment.from));
    ours.scale = segment.options.window_scale ? Scale::known : Scale::none;
    ours.shift = std::min<std::uint8_t>(segment.options.window_scale.value_or(0), 14);
    // It holds only where both ends offered it (RFC 7323, 2.2).
    if (!segment.has(kAck)) return;
    if (ours.scale == Scale::none || theirs.scale == Scale::none) ours.scale = theirs.scale = Scale::none;
}

std::uint64_t SequenceAnalysis::scaled_window(const Flow& flow, std::uint32_t window) const {
    return flow.scale == Scale::known ? std::uint64_t{window} << flow.shift : window;
}

bool SequenceAnalysis::is_window_probe(const Look& look) const {
    return look.segment.length == 1 && look.segment.seq == look.ours.next && look.theirs.window == 0U;
}

void SequenceAnalysis::mark_windows(Look& look) {
    const Segment& segment = look.segment;
    const bool control = (segment.flags & kControl) != 0;
    if (segment.window == 0 && !control) look.mark(Remark::zero_window);
    if (look.ours.next && !segment.has(kRst) && seq_before(*look.ours.next, segment.seq))
        look.mark(Remark::lost_before);
    if (segment.length <= 1 && !control && look.ours.next && segment.seq == *look.ours.next - 1) {
        look.mark(Remark::keepalive);
        // Wireshark stops at the keepalive; against a closed window it is how Linux probes.
        if (look.theirs.window == 0U) look.mark(Remark::zero_window_probe);
    }
    if (look.repeats_numbers && segment.window != 0 && segment.window != look.ours.window) {
        look.mark(Remark::window_update);
        look.finding.reopens_window = look.ours.window == 0U;
    }
    if (segment.length > 0 && !control && look.theirs.scale != Scale::unknown && look.theirs.ack &&
        look.theirs.window) {
        const auto edge = *look.theirs.ack + scaled_window(look.theirs, *look.theirs.window);
        if (look.end == static_cast<std::uint32_t>(edge)) look.mark(Remark::window_full);
    }
}

void SequenceAnalysis::mark_repeats(Look& look) {
    if (!look.repeats_numbers || look.segment.window == 0 || look.segment.window != look.ours.window) return;
    if (look.theirs.was_keepalive) return look.mark(Remark::keepalive_ack);
    look.ours.duplicate_acks = std::max(look.ours.duplicate_acks, 0) + 1;
    look.mark(Remark::duplicate_ack, static_cast<std::uint32_t>(look.ours.duplicate_acks));
}

// The ACK of something that the capture has not shown.
void SequenceAnalysis::mark_unseen_acknowledged(Look& look) {
    Flow& theirs = look.theirs;
    if (!look.segment.has(kAck) || !theirs.contiguous || !seq_before(*theirs.contiguous, look.segment.ack)) return;
    bool is_news = false;
    if (theirs.next && seq_before(*theirs.contiguous, *theirs.next)) {
        theirs.contiguous = theirs.next;
        is_news = true;
    } else {
        is_news = theirs.duplicate_acks == 0;
        theirs.duplicate_acks = -1;
    }
    if (is_news && !look.finding.marks.has(Remark::lost_before)) look.mark(Remark::lost_before);
}

void SequenceAnalysis::mark_order(Look& look) {
    const Segment& segment = look.segment;
    const Flow& ours = look.ours;
    const Flow& theirs = look.theirs;
    if (segment.extent() == 0 || segment.has(kRst) || look.finding.marks.has(Remark::keepalive)) return;
    const auto resent = [&](Remark remark) {
        look.mark(remark, count_resent(look.ours, segment.seq, segment.seq + segment.extent()));
    };
    if (segment.length > 0 && theirs.ack && seq_not_after(segment.seq + segment.length, *theirs.ack))
        return resent(Remark::retransmission);  // what has been acknowledged already
    bool is_behind = ours.next && seq_before(segment.seq, *ours.next);
    // A segment that begins with the byte a probe carried is new.
    if (segment.length > 1 && ours.next && segment.seq == *ours.next - 1) is_behind = false;
    if (!is_behind) return;
    const auto limit = first_round_trip_ > 0ns ? first_round_trip_ : std::chrono::nanoseconds(kReorderedWithin);
    if (theirs.duplicate_acks >= 2 && theirs.ack == segment.seq && since(theirs.time, look.time) < kFastWithin)
        return resent(Remark::fast_retransmission);
    if (since(ours.next_time, look.time) < limit && (look.end != *ours.next || ours.advance == 0))
        return look.mark(Remark::out_of_order);
    resent(Remark::retransmission);
}

std::uint32_t SequenceAnalysis::count_resent(Flow& flow, std::uint32_t begin, std::uint32_t end) {
    for (Resent& known : flow.resent) {
        if (known.count == 0 || seq_before(begin, known.begin) || !seq_before(begin, known.end)) continue;
        if (seq_before(known.end, end)) known.end = end;
        return ++known.count;
    }
    flow.resent[flow.resent_next] = {begin, end, 1};
    flow.resent_next = (flow.resent_next + 1) % flow.resent.size();
    return 1;
}

void SequenceAnalysis::remember(const Look& look, bool is_probe) {
    const Segment& segment = look.segment;
    Flow& ours = look.ours;
    if (!ours.next || seq_before(*ours.next + ((segment.flags & (kSyn | kFin)) != 0 ? 1U : 0U), look.end))
        ours.advance = segment.length;
    if (!is_probe && (!ours.next || seq_before(*ours.next, look.end))) {
        ours.next = look.end;
        ours.next_time = look.time;
    }
    if (!is_probe && (!ours.contiguous || *ours.contiguous == segment.seq)) ours.contiguous = ours.next;
    ours.window = segment.window;
    ours.ack = segment.has(kAck) ? std::optional(segment.ack) : std::nullopt;
    ours.time = look.time;
    if (segment.sent_at && segment.arrived_at) ours.seen_twice = true;
    ours.was_keepalive = look.finding.marks.has(Remark::keepalive);
    if (segment.has(kSyn) && !segment.has(kAck)) syn_time_ = look.time;
    const bool completes = !segment.has(kSyn) && segment.has(kAck) && syn_time_ && look.finding.ack == 1;
    if (completes && first_round_trip_ == 0ns) first_round_trip_ = std::max(look.time - *syn_time_, 0ns);
}

Finding SequenceAnalysis::look_at(const Segment& segment, bool believable) {
    Flow& ours = flow(segment.from);
    Look look{
        segment, ours, flow(other(segment.from)), segment.seen_at().value_or(ours.time), segment.seq + segment.extent(),
        false,   {}};
    set_bases(look);
    learn_scale(segment);
    look.finding.seq = segment.seq - *ours.base;
    look.finding.ack = segment.has(kAck) ? segment.ack - *look.theirs.base : 0;
    look.finding.window = segment.has(kSyn) ? segment.window : scaled_window(ours, segment.window);
    look.repeats_numbers = segment.length == 0 && (segment.flags & kControl) == 0 && segment.has(kAck) &&
                           segment.seq == ours.next && segment.ack == ours.ack;

    if (!believable) return look.finding;

    const bool is_probe = is_window_probe(look);
    if (is_probe) {
        look.mark(Remark::zero_window_probe);
    } else {
        mark_windows(look);
        mark_repeats(look);
    }
    if (!segment.has(kAck) || segment.ack != ours.ack) ours.duplicate_acks = 0;
    mark_unseen_acknowledged(look);
    mark_order(look);
    remember(look, is_probe);
    return look.finding;
}

void SequenceAnalysis::pass_over(End from, const Stretch::Way& way) {
    if (way.is_empty()) return;
    Flow& ours = flow(from);
    if (way.bytes > 0) {
        if (ours.contiguous == ours.next) ours.contiguous = way.next;
        ours.next = way.next;
        ours.next_time = way.last.value_or(ours.next_time);
        ours.advance = way.last_length;
    }
    ours.was_keepalive = false;
    if (!way.last) return;
    if (ours.ack != way.ack) ours.duplicate_acks = 0;
    ours.ack = way.ack;
    ours.window = way.window;
    ours.time = *way.last;
}

bool SequenceAnalysis::is_whole() const {
    return std::ranges::all_of(flows_, [](const Flow& flow) { return flow.contiguous == flow.next; });
}

bool SequenceAnalysis::is_acceptable_reset(const Segment& segment) const {
    const Flow& ours = flow(segment.from);
    const Flow& theirs = flow(other(segment.from));
    if (!theirs.ack && theirs.next) return segment.has(kAck) && segment.ack == *theirs.next;  // answers a SYN
    if (theirs.ack && segment.seq == *theirs.ack) return true;
    if (!ours.next) return true;
    const std::uint32_t oldest = theirs.ack.value_or(*ours.next);
    return seq_not_after(oldest, segment.seq) && seq_not_after(segment.seq, *ours.next);
}

bool SequenceAnalysis::is_another_call(const Segment& segment) const {
    if (!segment.has(kSyn) || segment.has(kAck)) return false;
    const auto& base = flow(segment.from).base;
    return base && *base != segment.seq;
}

}  // namespace earshot::trace
