// The states of a connection's end (RFC 9293, figure 5).
#pragma once

#include <cstdint>
#include <string_view>

namespace earshot::trace {

enum class State : std::uint8_t {
    closed,
    listen,
    syn_sent,
    syn_received,
    established,
    fin_wait_1,
    fin_wait_2,
    close_wait,
    closing,
    last_ack,
    time_wait,
};

// "SYN-RECEIVED", as the RFC writes it.
std::string_view name_of(State state);

}  // namespace earshot::trace
