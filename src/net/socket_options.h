// What every TCP socket of ours is set to. A listening socket hands its settings on to those it accepts (tcp(7)), so an
// accepted one costs no further system call.
#pragma once

#include <chrono>

namespace earshot::net {

struct SocketOptions {
    // Seconds of silence after which the peer is probed; a dead one is noticed after one to two times this. 0: never.
    // TCP_USER_TIMEOUT is left alone: it would also end a living peer that only does not read for a while.
    std::chrono::seconds keepalive{0};
};

// TCP_NODELAY always, and keep-alive as asked. Does nothing to a Unix socket.
void apply_socket_options(int descriptor, const SocketOptions& options);

// For bytes in bulk within this machine, where there is no path to fill and none to share: `reno`, because bbr paces
// what needs no pacing, and buffers of 256 KiB, so that what one side has just written still lies in the cache when the
// other reads it. Measured in docs/performance.md. Does nothing to any other connection, nor where the system does not
// let us.
void tune_for_loopback_bulk(int descriptor);

// After the peer's FIN: probes whether he is still there to be answered. A program that has gone keeps its half open
// for a minute at most (tcp_fin_timeout), then its system answers a probe with RST. A probe every 15 s asks nothing of
// him.
void watch_for_departure(int descriptor);

}  // namespace earshot::net
