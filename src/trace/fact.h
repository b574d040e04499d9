// What the kernel, or the program itself, knows of a connection without seeing a packet: what ladders of the source
// `kernel` are made of, and what captured ones are completed with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "trace/segment.h"
#include "trace/state.h"

namespace earshot::trace {

// Our end's calls and what they gave. `end` is always our own end, as the Ladder was told.
struct CallStarted {};      // connect() was called: a SYN leaves
struct CallEstablished {};  // connect() has succeeded, or accept() gave it
// It was open before anybody watched: nothing is known of its opening, nor of what was said since.
struct FoundOpen {
    std::optional<State> state;  // of our end, from the kernel; none: it does not say
};
// A SYN that the listener kept (TCP_SAVE_SYN): the segment is real, its time is not known.
struct SavedSyn {
    Segment segment;
};
struct CallRefused {};   // ECONNREFUSED: an RST answered the SYN
struct CallTimedOut {};  // ETIMEDOUT before it was established, or our own deadline: no answer
struct BytesSent {       // handed to the kernel since the last fact of this kind
    std::uint64_t bytes = 0;
    std::string beginning;  // of the first of them, at most 64 bytes
};
struct BytesReceived {  // read from the kernel since the last fact of this kind
    std::uint64_t bytes = 0;
    std::string beginning;
};
struct FinSent {};         // shutdown(SHUT_WR) or close()
struct FinReceived {};     // a read gave end of stream
struct ResetSent {};       // closed with unread data or with a zero linger
struct ResetReceived {};   // ECONNRESET or EPIPE
struct ConnectionLost {};  // ETIMEDOUT on an established connection: retransmissions or keepalive gave up
// The state that the kernel reports: TCP_INFO while the socket is open, sock_diag afterwards. Gone: it has forgotten
// it.
struct StateRead {
    std::optional<State> state;  // none: gone
};

// TCP_INFO's account at one moment. Times in microseconds, rates in bytes a second, counts since the beginning.
struct Account {
    std::uint32_t rtt_us = 0, rtt_variance_us = 0, min_rtt_us = 0;
    std::uint32_t congestion_window = 0;  // segments
    std::uint32_t slow_start_threshold = 0;
    std::uint32_t mss = 0;  // bytes
    std::uint32_t retransmits = 0;
    std::uint64_t in_flight = 0, not_sent = 0;  // bytes
    std::uint64_t sent = 0, acked = 0, received = 0;
    std::uint64_t delivery_rate = 0, pacing_rate = 0;
    std::uint32_t send_window = 0, receive_window = 0;  // bytes; 0 also where the kernel does not say
    friend bool operator==(const Account&, const Account&) = default;
};

using FactBody =
    std::variant<CallStarted, CallEstablished, FoundOpen, SavedSyn, CallRefused, CallTimedOut, BytesSent, BytesReceived,
                 FinSent, FinReceived, ResetSent, ResetReceived, ConnectionLost, StateRead, Account>;

struct Fact {
    std::optional<WallTime> time;  // none: not known
    FactBody body;
};

}  // namespace earshot::trace
