// An address and a port as they stand in a packet: what the two ends of a captured segment are known by. A small value.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace earshot::trace {

struct Place {
    std::array<std::uint8_t, 16> address{};  // network order; IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2)
    std::uint16_t port = 0;

    static Place of_ipv4(ByteView four_bytes, std::uint16_t port);
    static Place of_ipv6(ByteView sixteen_bytes, std::uint16_t port);

    bool is_ipv4() const;
    // "192.168.1.20:51822", "[2001:db8::1]:80", as net::Endpoint writes them.
    std::string text() const;

    // NOLINTNEXTLINE(modernize-use-nullptr): sees a 0 in the default
    friend auto operator<=>(const Place&, const Place&) = default;
};

}  // namespace earshot::trace
