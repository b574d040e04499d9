// What the kernel tells of a TCP connection while its socket is open (tcp(7): TCP_INFO, TCP_SAVE_SYN). Needs no
// privilege.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "trace/fact.h"
#include "trace/state.h"

namespace earshot::net {

struct TcpReading {
    trace::State state{};  // of our end
    trace::Account account;
};

// None: not a TCP socket, or the system does not say.
std::optional<TcpReading> read_tcp_info(int descriptor);

// Received and not read yet.
std::uint64_t bytes_unread(int descriptor);

// Our numbering of the states from the kernel's (TCP_ESTABLISHED = 1 ...).
std::optional<trace::State> state_of_kernel(unsigned kernel_state);

// A listening socket that keeps its callers' SYNs, each until it is read or the caller's socket closes.
void keep_syns(int listening_descriptor);
// The SYN of an accepted socket as it came: IP header, TCP header, options. Given out once; empty: none was kept.
std::vector<std::uint8_t> take_saved_syn(int descriptor);

}  // namespace earshot::net
