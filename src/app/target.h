// Whom to call or where to listen, as the command line names it: HOST PORT, HOST:PORT, PORT, tcp://, tls://, unix:PATH.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace earshot::app {

enum class Transport : std::uint8_t { tcp, unix_path };

struct Target {
    Transport transport = Transport::tcp;
    std::string host;        // a name or a numeric address without brackets; empty: every address (listen only)
    std::uint16_t port = 0;  // 0: a free one (listen only), and for Unix
    std::string path;        // of the Unix socket, as typed
    bool tls = false;        // the URL says tls://; Options::tls.on is set by it

    // As a person would write it: "example.org:80", "[::1]:80", "unix:PATH", "*:8888".
    std::string text() const;
    friend bool operator==(const Target&, const Target&) = default;
};

enum class TargetUse : std::uint8_t { call, listen };

// One or two words of the command line. Pure but for getservbyname(3), asked where a port is not a number. Errors:
// usage, with what to write instead.
Result<Target> parse_target(std::span<const std::string> words, TargetUse use);

// "8888" or "http"; 0 is allowed for listen only.
Result<std::uint16_t> parse_port(std::string_view text, TargetUse use);

// "192.0.2.1", "::1", "fe80::1%eth0": an address and not a name.
bool is_numeric_address(std::string_view host);

}  // namespace earshot::app
