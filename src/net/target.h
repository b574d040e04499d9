// Where to call or to listen, as a person names it: a host and port, or a Unix path.
#pragma once

#include <cstdint>
#include <string>

#include "net/endpoint.h"

namespace earshot::net {

struct Target {
    std::string host;  // name or number; empty: every address of this machine (listening only)
    std::uint16_t port = 0;
    std::string unix_path;  // not empty: this instead of host and port

    // "localhost:80", "[::1]:80", "port 80", "unix:PATH"
    std::string text() const;
    friend bool operator==(const Target&, const Target&) = default;
};

}  // namespace earshot::net
