// The rows of a ladder: everything a rendering needs, and nothing that it would have to work out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "trace/fact.h"
#include "trace/segment.h"
#include "trace/state.h"

namespace earshot::trace {

// What the facts rest on, and is always named.
enum class Source : std::uint8_t { packets, kernel, file };

// Seen: captured. Inferred: concluded from the kernel's state or from other segments; never drawn as if seen.
enum class Sight : std::uint8_t { seen, inferred };

// What makes a segment more than the next one in order; the names are Wireshark's where it has one, so that rows can be
// held against tcp.analysis.*.
enum class Remark : std::uint8_t {
    retransmission,       // `count`: the how-manieth of these bytes
    fast_retransmission,  // after three duplicate ACKs
    out_of_order,         // before what was seen already, but not seen itself yet
    lost_before,          // a gap before it: something was not captured
    duplicate_ack,        // `count`: the how-manieth for this number
    zero_window,
    zero_window_probe,
    window_update,
    window_full,
    keepalive,
    keepalive_ack,
    simultaneous_open,
    simultaneous_close,
    unexpected,  // a segment that no state of its sender allows
};
struct Marked {
    Remark remark{};
    std::uint32_t count = 0;
    friend bool operator==(const Marked&, const Marked&) = default;
};

// The state an end enters with this row. Bracketed in text where inferred: an end's state is seen only at our own end.
struct StateChange {
    State state{};
    Sight sight = Sight::inferred;
    friend bool operator==(const StateChange&, const StateChange&) = default;
};

struct SegmentRow {
    Segment segment;  // of an inferred one only what is known is filled in
    Sight sight = Sight::seen;
    bool numbers_known = true;       // false: seq and ack stand for nothing (inferred without them)
    std::uint32_t seq = 0, ack = 0;  // relative to the first SYN's of the sender and of the other end
    std::uint64_t window = 0;        // bytes, scaled where the scale is known
    std::vector<Marked> marks;
};

// A stretch of data in order that is not drawn one by one. Its row's time is that of its last segment.
struct FoldRow {
    struct Half {
        std::uint64_t segments = 0;  // with payload; 0 where inferred: how many there were is not known
        std::uint64_t bytes = 0;     // of payload
        std::uint64_t pure_acks = 0;
    };
    Half from_client, from_server;
    Sight sight = Sight::seen;
};

// What happens to an end without a segment: TIME-WAIT is over, a call is given up, packets were dropped by the capture.
struct NoteRow {
    enum class Kind : std::uint8_t {
        listening,             // the server's LISTEN before the SYN; drawn as the row of first states
        begins_in_the_middle,  // the opening was not seen, nor what was said since; the same row where it is there
        time_wait_over,
        gave_up,          // `count` SYNs unanswered; 0: not known, or retransmissions of an open conversation were
        capture_dropped,  // `count` packets were not captured
        capture_ended,
        still_in_time_wait,  // our end; the view leaves first
        time_wait_goes_on,   // at an end that is not ours, where the ladder ends
        account,             // from TCP_INFO
    };
    Kind kind{};
    std::uint64_t count = 0;
    std::optional<Account> account;
};

struct Row {
    std::uint64_t index = 0;                        // from 0, in the order of the ladder
    std::optional<WallTime> time;                   // none: not known, shown as `?`
    std::optional<std::chrono::nanoseconds> delta;  // since the row before it whose time is known; none for the first
    std::optional<StateChange> client, server;      // what changed with this row
    std::variant<SegmentRow, FoldRow, NoteRow> body;
};

// The heading of a ladder.
struct Heading {
    std::string client, server;  // "192.168.1.20:51822"; empty: not known yet
    std::optional<End> self;     // our end; none: a file
    Source source = Source::kernel;
    std::string where;  // interfaces or the file's name: "eth0"
};

}  // namespace earshot::trace
