// Bulk data are counted in the kernel while nothing but plain data pass (net/flow_counter): when that is worth it, and
// where between the captured segments what was counted belongs.
#include <algorithm>
#include <array>
#include <chrono>

#include "talk/tracer_trace.h"

namespace earshot::talk {

namespace {

using std::chrono::milliseconds;

// So many plain segments in a row, in such a time: some thousands a second.
constexpr int kRun = 64;
constexpr auto kRunTime = milliseconds(20);
// What a processor had in hand when counting stopped is in the table by then.
constexpr auto kSettles = milliseconds(5);
// What passed before counting began has been handed out by then: several times what frames gather for.
constexpr auto kHandedOut = milliseconds(50);
// The capture has lost what would join the numbers.
constexpr auto kNeverJoins = milliseconds(1000);

// Nothing acknowledged is still on its way to us from the capture.
bool acknowledges_known(const trace::Ladder& ladder, const trace::Stretch& stretch) {
    using trace::End;
    return std::ranges::all_of(std::array{End::client, End::server}, [&](End end) {
        const trace::Stretch::Way& from = stretch.from(end);
        const std::uint64_t bytes = stretch.from(other(end)).bytes;
        const std::uint32_t known = *ladder.next_number(other(end)) + static_cast<std::uint32_t>(bytes);
        return from.is_empty() || trace::seq_not_after(from.ack, known);
    });
}

}  // namespace

// After each segment of a conversation.
void Tracer::consider_counting(Trace& trace, WallTime time) {
    Counting& counting = trace.counting;
    if (!trace.ladder.is_folding()) {
        counting.run = 0;
        return;
    }
    if (counting.run == 0) counting.run_began = time;
    if (++counting.run < kRun) return;
    counting.run = 0;
    if (time - counting.run_began < kRunTime) count_in_kernel(trace);
}

void Tracer::count_in_kernel(Trace& trace) {
    using trace::End;
    Counting& counting = trace.counting;
    if (counting.unjoined || (counting.is_running && !counting.stopped)) return;
    if (counting.slot && counting.counter->read(*counting.slot).has_control) stop_counting(trace);
    if (!counting.slot) {
        counting.counter = tap_->counter();
        const auto client = trace.ladder.next_number(End::client), server = trace.ladder.next_number(End::server);
        if (!counting.counter || !client || !server) {
            counting.is_possible = counting.counter != nullptr;
            return;
        }
        counting.since = loop_.clock().wall();
        counting.slot = counting.counter->watch(trace.places->first, trace.places->second, {*client, *server});
        counting.taken = {};
        return;
    }
    // Only when what has been drawn is newer than the beginning of the watch no SYN or FIN can have been overlooked.
    if (counting.run_began <= counting.since) return;
    counting.started = loop_.clock().wall();
    counting.is_running = true;
    counting.stopped.reset();
    counting.counter->start(*counting.slot);
}

// Before a segment captured at `time` is added, or time goes by. What was counted goes before any segment that was
// captured since, for the first one handed over again ended the counting; and behind those captured before, as their
// numbers tell.
void Tracer::take_counted(Trace& trace, WallTime time, bool whatever_numbers) {
    using trace::End;
    Counting& counting = trace.counting;
    if (!counting.is_running || time < counting.started) return;
    if (!trace.ladder.next_number(End::client) || !trace.ladder.next_number(End::server)) {
        return release_counter(trace);  // another conversation has begun between the same ends
    }
    net::FlowCounter::Tally tally = counting.counter->read(*counting.slot);
    trace::Stretch stretch = tally.counted;
    const bool is_folding = trace.ladder.is_folding();
    bool joins = true, news = false;
    for (const End end : {End::client, End::server}) {
        trace::Stretch::Way& way = stretch.from(end);
        const trace::Stretch::Way& taken = counting.taken.from(end);
        way.bytes = static_cast<std::uint32_t>(way.bytes - taken.bytes);
        way.segments -= taken.segments;
        way.pure_acks = static_cast<std::uint32_t>(way.pure_acks - taken.pure_acks);
        const std::uint32_t after = *trace.ladder.next_number(end) + static_cast<std::uint32_t>(way.bytes);
        joins = joins && (way.bytes == 0 || after == way.next);
        news = news || way.bytes > 0 || (way.count() > 0 && is_folding);
    }
    joins = joins && acknowledges_known(trace.ladder, stretch);
    if (!news || joins) {
        counting.unjoined.reset();
    } else if (!counting.unjoined) {
        counting.unjoined = time;
    }
    if (news && (joins || whatever_numbers)) {
        counting.taken = tally.counted;
        trace.ladder.add(stretch);
        counting.counter->go_on(*counting.slot);
        touch(trace);
    }
    if (tally.is_running || counting.unjoined) return;
    if (!counting.stopped) {
        counting.stopped = time;
        counting.run = 0;
    }
    if (time - *counting.stopped <= kSettles) return;
    counting.is_running = false;
    if (tally.has_control) release_counter(trace);  // another flow may need the slot; this one ends
}

// Ten times a second.
void Tracer::look_at_counted(Trace& trace, WallTime now) {
    Counting& counting = trace.counting;
    if (!counting.is_running || now - counting.started < kHandedOut) return;
    take_counted(trace, now);
    if (counting.unjoined && now - *counting.unjoined > kNeverJoins) stop_counting(trace);
}

void Tracer::stop_counting(Trace& trace) {
    Counting& counting = trace.counting;
    if (!counting.slot) return;
    counting.counter->stop(*counting.slot);
    take_counted(trace, loop_.clock().wall(), true);
    release_counter(trace);
}

void Tracer::release_counter(Trace& trace) {
    Counting& counting = trace.counting;
    if (counting.slot) counting.counter->release(*counting.slot);
    counting.slot.reset();
    counting.is_running = false;
}

}  // namespace earshot::talk
