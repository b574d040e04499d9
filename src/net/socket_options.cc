#include "net/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>

namespace earshot::net {

namespace {
// Failure is not worth a conversation: the socket works without, only less promptly.
void set(int descriptor, int level, int name, int value) {
    ::setsockopt(descriptor, level, name, &value, sizeof value);
}
}  // namespace

void apply_socket_options(int descriptor, const SocketOptions& options) {
    set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    if (options.keepalive.count() <= 0) return;
    // The kernel takes at most 32767 s. Idle S, then up to three probes S/4 apart: gone after at most 2 S.
    const int idle = static_cast<int>(std::min<std::int64_t>(options.keepalive.count(), 32'767));
    set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, idle);
    set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, idle / 4));
    set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, std::min(3, idle));
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
}

void tune_for_loopback_bulk(int descriptor) {
    static constexpr char kReno[] = "reno";
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, kReno, sizeof kReno - 1);
    constexpr int kBuffer = 256 * 1024;  // bytes; the kernel doubles it for its own bookkeeping
    set(descriptor, SOL_SOCKET, SO_SNDBUF, kBuffer);
    set(descriptor, SOL_SOCKET, SO_RCVBUF, kBuffer);
    // The window's limit was set by the first bytes, if some have come already, to what the default buffer holds
    // (128 KiB), and a larger buffer does not raise it: two segments fill it, and the reader is woken for each.
    set(descriptor, IPPROTO_TCP, TCP_WINDOW_CLAMP, 2 * kBuffer);
}

void watch_for_departure(int descriptor) {
    set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 15);
    set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 8);
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
}

}  // namespace earshot::net
