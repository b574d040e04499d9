#include "net/tcp_info.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace earshot::net {

namespace {

// The kernel's structure grows at its end; what Debian's headers do not name yet is read where the kernel has it.
struct GrownTcpInfo {
    tcp_info known;
    std::uint32_t receive_window;  // since Linux 6.2
};
static_assert(offsetof(GrownTcpInfo, receive_window) == offsetof(tcp_info, tcpi_snd_wnd) + 4);

// Sent or not: what the peer has not acknowledged (tcp(7): SIOCOUTQ).
std::uint64_t bytes_unacknowledged(int descriptor) {
    int bytes = 0;
    return ::ioctl(descriptor, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

bool has_received_fin(trace::State state) {
    using trace::State;
    return state == State::close_wait || state == State::last_ack || state == State::closing ||
           state == State::time_wait;
}

}  // namespace

std::uint64_t bytes_unread(int descriptor) {
    int bytes = 0;
    return ::ioctl(descriptor, SIOCINQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

std::optional<trace::State> state_of_kernel(unsigned kernel_state) {
    using trace::State;
    static constexpr std::array<State, 13> kStates = {
        State::closed,  // 0: not used
        State::established, State::syn_sent,  State::syn_received, State::fin_wait_1,
        State::fin_wait_2,  State::time_wait, State::closed,       State::close_wait,
        State::last_ack,    State::listen,    State::closing,      State::syn_received,  // 12: NEW_SYN_RECV
    };
    if (kernel_state == 0 || kernel_state >= kStates.size()) return std::nullopt;
    return kStates[kernel_state];
}

std::optional<TcpReading> read_tcp_info(int descriptor) {
    GrownTcpInfo info{};
    socklen_t length = sizeof info;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
    const auto state = state_of_kernel(info.known.tcpi_state);
    if (!state) return std::nullopt;
    TcpReading reading;
    reading.state = *state;
    trace::Account& account = reading.account;
    account.rtt_us = info.known.tcpi_rtt;
    account.rtt_variance_us = info.known.tcpi_rttvar;
    account.min_rtt_us = info.known.tcpi_min_rtt == ~0U ? 0 : info.known.tcpi_min_rtt;
    account.congestion_window = info.known.tcpi_snd_cwnd;
    account.slow_start_threshold = info.known.tcpi_snd_ssthresh;
    account.mss = info.known.tcpi_snd_mss;
    account.retransmits = info.known.tcpi_total_retrans;
    account.not_sent = info.known.tcpi_notsent_bytes;
    account.sent = info.known.tcpi_bytes_sent - info.known.tcpi_bytes_retrans;
    account.acked = std::min<std::uint64_t>(info.known.tcpi_bytes_acked, account.sent);  // it counts a SYN and a FIN
    const std::uint64_t queued = bytes_unacknowledged(descriptor);
    account.in_flight = queued - std::min(queued, account.not_sent);
    account.received = info.known.tcpi_bytes_received;
    if (has_received_fin(*state) && account.received > 0) --account.received;  // the kernel counts the FIN in
    account.delivery_rate = info.known.tcpi_delivery_rate;
    account.pacing_rate = info.known.tcpi_pacing_rate == ~0ULL ? 0 : info.known.tcpi_pacing_rate;
    account.send_window = info.known.tcpi_snd_wnd;
    account.receive_window = length >= sizeof info ? info.receive_window : 0;
    return reading;
}

void keep_syns(int listening_descriptor) {
    const int on = 1;  // refused (an old kernel, a Unix socket): then there is none to take
    ::setsockopt(listening_descriptor, IPPROTO_TCP, TCP_SAVE_SYN, &on, sizeof on);
}

std::vector<std::uint8_t> take_saved_syn(int descriptor) {
    std::vector<std::uint8_t> syn(256);  // IPv6 header and options beside 60 bytes of TCP: never more
    socklen_t length = static_cast<socklen_t>(syn.size());
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_SAVED_SYN, syn.data(), &length) != 0) length = 0;
    syn.resize(length);
    return syn;
}

}  // namespace earshot::net
