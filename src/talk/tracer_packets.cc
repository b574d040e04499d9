// What the tracer makes of captured packets: whose each is, and when the last of a conversation has come.
#include <algorithm>
#include <utility>

#include "talk/tracer_trace.h"
#include "trace/packet.h"

namespace earshot::talk {

void Tracer::watch_packets(const std::function<Status(PacketTap&)>& watch) {
    if (!options_.packets || tap_failed_) return;
    if (!tap_) {
        PacketTap::Handler handler{.on_packet = [this](trace::Packet& packet) { take(packet); },
                                   .on_frame = {},
                                   .on_lost = options_.on_trouble};
        if (options_.on_frame) {
            handler.on_frame = [this](trace::Packet& packet, const PacketTap::Seen& seen) { record(packet, seen); };
        }
        tap_ = std::make_unique<PacketTap>(loop_, std::move(handler));
    }
    const Status watching = watch(*tap_);
    if (watching) return;
    tap_failed_ = true;  // what others can see goes on
    if (options_.on_trouble) options_.on_trouble(watching.error());
}

void Tracer::listening(std::span<const net::Endpoint> bound) {
    for (const net::Endpoint& each : bound) {
        if (each.is_ip()) doors_.push_back(each.port());
    }
    if (!doors_.empty()) watch_packets([&](PacketTap& tap) { return tap.watch_listener(bound); });
}

bool Tracer::hides(const Trace& trace) const {
    return trace.heading.self == trace::End::client ? options_.hides_calls : options_.hides_callers;
}

void Tracer::set_places(Trace& trace, Places places) {
    if (trace.places == places) return;
    if (trace.places) {
        if (const auto old = by_places_.find(*trace.places); old != by_places_.end() && old->second == &trace) {
            by_places_.erase(old);
        }
    }
    trace.places = places;
    trace.heading.client = places.first.text();
    trace.heading.server = places.second.text();
    by_places_[std::move(places)] = &trace;
}

Tracer::Trace* Tracer::find_unnamed(const Places& places) {
    const auto found = by_places_.find(places);
    return found != by_places_.end() && !found->second->id ? found->second : nullptr;
}

void Tracer::take(trace::Packet& packet) {
    Trace* const trace = trace_of(packet);
    if (!trace || trace->over) return;
    if (hides(*trace)) packet.segment.payload.clear();
    const WallTime time = packet.segment.seen_at().value_or(WallTime());
    if (trace->counting.is_running) take_counted(*trace, time);
    trace->ladder.add(packet.segment);
    if (trace->counting.is_possible) consider_counting(*trace, time);
    if (!trace->touched) touch(*trace);  // once a batch: bulk data come a hundred thousand packets a second
    if (waits_for_packets(trace) && is_shown_to_its_end(*trace)) {
        std::erase(wait_for_packets_, trace);
        std::erase(flushing_, trace);
        packets_are_here({trace});
    }
}

// A frame is written as it was captured: before its packet is known to be somebody's twin.
void Tracer::record(trace::Packet& packet, const PacketTap::Seen& seen) {
    Trace* const trace = trace_of(packet);
    if (!trace || trace->over) return;
    if (hides(*trace)) packet.segment.payload.clear();
    options_.on_frame(trace->number, trace->heading.self.value_or(trace::End::client), seen);
}

// Whose packet it is, with the end that sent it filled in.
Tracer::Trace* Tracer::trace_of(trace::Packet& packet) {
    using trace::End;
    packet.segment.from = End::client;
    if (packet.segment.has(trace::kSyn) && !packet.segment.has(trace::kAck)) {
        if (Trace* const begun = trace_begun_by(packet)) return begun;
    }
    if (const auto sent = by_places_.find({packet.from, packet.to}); sent != by_places_.end()) return sent->second;
    packet.segment.from = End::server;
    const auto answered = by_places_.find({packet.to, packet.from});
    return answered == by_places_.end() ? nullptr : answered->second;
}

// A SYN that begins something: one of our calls, or a caller's. None: it is another of a conversation that is known.
Tracer::Trace* Tracer::trace_begun_by(const trace::Packet& syn) {
    Places places(syn.from, syn.to);
    for (Trace* const trace : calling_) {
        if (trace->places || place_of(trace->peer) != syn.to) continue;
        set_places(*trace, std::move(places));
        return trace;
    }
    const auto known = by_places_.find(places);
    if (known != by_places_.end() && !known->second->over && !known->second->is_complete) return known->second;
    if (std::find(doors_.begin(), doors_.end(), syn.to.port) == doors_.end()) return nullptr;
    Trace& trace = begin({}, {}, trace::End::server);
    trace.followed = false;  // until he is let in
    set_places(trace, std::move(places));
    return &trace;
}

bool Tracer::waits_for_packets(const Trace* trace) const {
    return std::find(flushing_.begin(), flushing_.end(), trace) != flushing_.end() ||
           std::find(wait_for_packets_.begin(), wait_for_packets_.end(), trace) != wait_for_packets_.end();
}

// What was captured has led both ends to where the kernel says that ours is: nothing is under way any more.
bool Tracer::is_shown_to_its_end(const Trace& trace) const {
    using trace::State;
    const auto ended = [&](trace::End end) {
        const auto change = trace.ladder.state_of(end);
        return change && (change->state == State::time_wait || change->state == State::closed);
    };
    if (!ended(trace::End::client) || !ended(trace::End::server)) return false;
    return !trace.last_state ||
           trace.ladder.state_of(trace.heading.self.value_or(trace::End::client))->state == *trace.last_state;
}

// The last segments are still with the capture when the kernel has told their outcome.
void Tracer::after_packets(Trace& trace) {
    wait_for_packets_.push_back(&trace);
    if (!tap_ || !tap_->is_open()) return packets_are_here(std::exchange(wait_for_packets_, {}));
    if (flushing_.empty()) flush_packets();
}

void Tracer::flush_packets() {
    flushing_ = std::exchange(wait_for_packets_, {});
    tap_->flush_all([this] {
        packets_are_here(std::exchange(flushing_, {}));
        if (!wait_for_packets_.empty()) flush_packets();
    });
}

void Tracer::packets_are_here(const std::vector<Trace*>& traces) {
    for (Trace* const trace : traces) {
        trace->is_complete = true;
        if (!trace->failed) tell(*trace, trace::StateRead{trace->last_state});
        if (trace->forgotten || trace->failed) let_go(*trace);
    }
}

}  // namespace earshot::talk
