#include "net/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace earshot::net {

namespace {

// A peer chooses the path it is bound to: no control character of it may reach a terminal.
std::string printable(std::string_view path) {
    std::string text;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            text += fmt::format("\\x{:02x}", byte);
        } else {
            text += c;
        }
    }
    return text;
}

std::optional<std::uint32_t> scope_of(const std::string& name) {
    if (const unsigned index = ::if_nametoindex(name.c_str())) return index;
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (problem != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return number;
}

}  // namespace

Endpoint Endpoint::of_unix(std::string path) {
    Endpoint endpoint;
    endpoint.family_ = Family::unix_path;
    endpoint.path_ = std::move(path);
    return endpoint;
}

Endpoint Endpoint::of_sockaddr(const sockaddr* address, socklen_t length) {
    Endpoint endpoint;
    if (length < sizeof(sa_family_t)) return endpoint;
    if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        endpoint.family_ = Family::ipv4;
        endpoint.port_ = ntohs(in.sin_port);
        std::memcpy(endpoint.address_.data(), &in.sin_addr, 4);
    } else if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
        sockaddr_in6 in{};
        std::memcpy(&in, address, sizeof in);
        endpoint.port_ = ntohs(in.sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
            endpoint.family_ = Family::ipv4;
            std::memcpy(endpoint.address_.data(), in.sin6_addr.s6_addr + 12, 4);
        } else {
            endpoint.family_ = Family::ipv6;
            endpoint.scope_ = in.sin6_scope_id;
            std::memcpy(endpoint.address_.data(), &in.sin6_addr, 16);
        }
    } else if (address->sa_family == AF_UNIX) {
        endpoint.family_ = Family::unix_path;
        const auto* path = reinterpret_cast<const char*>(address) + offsetof(sockaddr_un, sun_path);
        const std::size_t size = length - std::min<std::size_t>(length, offsetof(sockaddr_un, sun_path));
        if (size > 0 && path[0] == '\0') {
            endpoint.path_ = "@" + std::string(path + 1, size - 1);  // abstract, as unix(7) and ss show it
        } else {
            endpoint.path_.assign(path, ::strnlen(path, size));
        }
    }
    return endpoint;
}

std::optional<Endpoint> Endpoint::of_numeric(std::string_view host, std::uint16_t port) {
    const std::size_t percent = host.find('%');
    const std::string address(host.substr(0, percent));
    if (address.size() >= INET6_ADDRSTRLEN) return std::nullopt;
    if (percent == std::string_view::npos) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        if (::inet_pton(AF_INET, address.c_str(), &in.sin_addr) == 1) {
            return of_sockaddr(reinterpret_cast<const sockaddr*>(&in), sizeof in);
        }
    }
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, address.c_str(), &in6.sin6_addr) != 1) return std::nullopt;
    if (percent != std::string_view::npos) {
        const auto scope = scope_of(std::string(host.substr(percent + 1)));
        if (!scope) return std::nullopt;
        in6.sin6_scope_id = *scope;
    }
    return of_sockaddr(reinterpret_cast<const sockaddr*>(&in6), sizeof in6);
}

std::string Endpoint::address_text() const {
    char text[INET6_ADDRSTRLEN] = "";
    switch (family_) {
        case Family::none:
            return "";
        case Family::unix_path:
            return path_;
        case Family::ipv4:
            ::inet_ntop(AF_INET, address_.data(), text, sizeof text);
            return text;
        case Family::ipv6:
            break;
    }
    ::inet_ntop(AF_INET6, address_.data(), text, sizeof text);
    if (scope_ == 0) return text;
    char name[IF_NAMESIZE] = "";
    return fmt::format("{}%{}", text, ::if_indextoname(scope_, name) ? name : std::to_string(scope_));
}

std::string Endpoint::text() const {
    switch (family_) {
        case Family::none:
            return "";
        case Family::unix_path:
            return "unix:" + printable(path_);
        case Family::ipv4:
            return fmt::format("{}:{}", address_text(), port_);
        case Family::ipv6:
            return fmt::format("[{}]:{}", address_text(), port_);
    }
    return "";
}

socklen_t Endpoint::to_sockaddr(sockaddr_storage& storage) const {
    storage = {};
    switch (family_) {
        case Family::none:
            return 0;
        case Family::ipv4: {
            auto* in = reinterpret_cast<sockaddr_in*>(&storage);
            in->sin_family = AF_INET;
            in->sin_port = htons(port_);
            std::memcpy(&in->sin_addr, address_.data(), 4);
            return sizeof *in;
        }
        case Family::ipv6: {
            auto* in = reinterpret_cast<sockaddr_in6*>(&storage);
            in->sin6_family = AF_INET6;
            in->sin6_port = htons(port_);
            in->sin6_scope_id = scope_;
            std::memcpy(&in->sin6_addr, address_.data(), 16);
            return sizeof *in;
        }
        case Family::unix_path:
            break;
    }
    auto* un = reinterpret_cast<sockaddr_un*>(&storage);
    if (path_.size() >= sizeof un->sun_path) return 0;
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path, path_.data(), path_.size());
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size() + (path_.empty() ? 0 : 1));
}

bool Endpoint::is_loopback() const {
    if (family_ == Family::ipv4) return address_[0] == 127;
    static constexpr std::array<std::uint8_t, 16> kLoopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return family_ == Family::ipv6 && address_ == kLoopback6;
}

}  // namespace earshot::net
