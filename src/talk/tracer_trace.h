// What the tracer knows of one conversation, or of one attempt at a call.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "talk/tracer.h"
#include "trace/ladder.h"

namespace earshot::talk {

inline trace::Place place_of(const net::Endpoint& endpoint) {
    const bool ipv6 = endpoint.family() == net::Endpoint::Family::ipv6;
    const ByteView bytes(endpoint.address_bytes(), ipv6 ? 16 : 4);
    return ipv6 ? trace::Place::of_ipv6(bytes, endpoint.port()) : trace::Place::of_ipv4(bytes, endpoint.port());
}

// How its bulk data are counted in the kernel.
struct Tracer::Counting {
    bool is_possible = true;
    net::FlowCounter* counter = nullptr;         // lives as long as the tap
    std::optional<net::FlowCounter::Slot> slot;  // none: not watched yet
    WallTime since{};                            // it is watched
    bool is_running = false;
    WallTime started{};
    std::optional<WallTime> stopped;   // by the kernel: found out then
    std::optional<WallTime> unjoined;  // since then what was counted does not join what was captured
    trace::Stretch taken;              // all that has gone into the ladder
    int run = 0;                       // plain segments in a row
    WallTime run_began{};
};

struct Tracer::Trace {
    static constexpr Millis kFirstLook{1};  // at a connection that was closed just now

    Trace(SessionId its_id, net::Endpoint its_peer, trace::End its_self, trace::Source source)
        : id(its_id), peer(std::move(its_peer)), ladder({.source = source, .self = its_self}) {
        heading.self = its_self;
        heading.source = source;
        (its_self == trace::End::client ? heading.server : heading.client) = peer.text();
    }
    bool is_open() const { return descriptor >= 0; }

    SessionId id;
    std::uint32_t number = 0;
    net::Endpoint peer, local;
    trace::Heading heading;
    trace::Ladder ladder;
    int descriptor = -1;  // of the socket while it is open
    bool touched = false;
    bool watched = false;
    bool established = false;
    bool failed = false;  // a call of which nothing came
    bool fin_told = false;
    bool fin_received = false;
    bool end_told = false;
    bool followed = true;
    bool over = false;  // nothing more will be told
    std::optional<Places> places;
    bool wants_flush = false;  // once all packets of now are here: over, or settled
    bool forgotten = false;    // by the kernel
    bool is_complete = false;  // its socket is closed, the kernel is in TIME-WAIT, and its packets are all here
    std::optional<trace::State> last_state;
    SteadyTime last_news{};
    SteadyTime next_look{};  // once closed: at sock_diag
    Millis look_after{kFirstLook};
    int looks = 0;
    trace::Account last;
    bool sampled = false;  // somebody reads its accounts
    SteadyTime next_sample{};
    std::deque<trace::Account> samples;
    std::deque<trace::Row> kept;
    Counting counting;
};

}  // namespace earshot::talk
