// Whom to call or where to listen, as the command line names it: HOST PORT, HOST:PORT, PORT, tcp://, tls://, unix:PATH.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/target.h"

namespace earshot::app {

struct NamedTarget {
    net::Target place;  // the host without brackets; an empty one: every address (listen only)
    bool tls = false;   // the URL says tls://
};

enum class TargetUse : std::uint8_t { call, listen };

// One or two words of the command line. Pure but for getservbyname(3), asked where a port is not a number. Errors:
// usage, with what to write instead.
Result<NamedTarget> parse_target(std::span<const std::string> words, TargetUse use);

// "8888" or "http"; 0 is allowed for listen only.
Result<std::uint16_t> parse_port(std::string_view text, TargetUse use);

// "192.0.2.1", "::1", "fe80::1%eth0": an address and not a name.
bool is_numeric_address(std::string_view host);

}  // namespace earshot::app
