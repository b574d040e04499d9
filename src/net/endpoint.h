// An address to call, to listen on or to be called from: IPv4, IPv6 or a Unix path. A small value.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace earshot::net {

class Endpoint {
  public:
    enum class Family : std::uint8_t { none, ipv4, ipv6, unix_path };

    Endpoint() = default;
    static Endpoint of_unix(std::string path);  // an empty path is the unnamed end of a Unix connection
    // An IPv4-mapped IPv6 address becomes plain IPv4.
    static Endpoint of_sockaddr(const sockaddr* address, socklen_t length);
    // Numeric only: "127.0.0.1", "::1", "fe80::1%eth0". No look-up.
    static std::optional<Endpoint> of_numeric(std::string_view host, std::uint16_t port);

    Family family() const { return family_; }
    bool is_ip() const { return family_ == Family::ipv4 || family_ == Family::ipv6; }
    bool is_loopback() const;  // 127.0.0.0/8 or ::1
    std::uint16_t port() const { return port_; }
    void set_port(std::uint16_t port) { port_ = port; }
    // The 4 or 16 address bytes, network order.
    const std::uint8_t* address_bytes() const { return address_.data(); }
    std::string address_text() const;  // "127.0.0.1", "::1", or the path
    // "127.0.0.1:80", "[::1]:80", "unix:PATH"; the unnamed Unix end is "unix:".
    std::string text() const;
    // Fills `storage`; gives the length to pass to the system, 0 where a Unix path is too long (107 bytes).
    socklen_t to_sockaddr(sockaddr_storage& storage) const;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;

  private:
    Family family_ = Family::none;
    std::uint16_t port_ = 0;
    std::uint32_t scope_ = 0;
    std::array<std::uint8_t, 16> address_{};
    std::string path_;
};

}  // namespace earshot::net
