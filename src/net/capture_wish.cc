// Where to capture what: the way to a peer asked of the kernel (rtnetlink(7)), and filters in libpcap's words.
#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "base/unique_fd.h"
#include "net/capture.h"

namespace earshot::net {

namespace {

struct RouteQuestion {
    nlmsghdr header{};
    rtmsg route{};
    char attributes[128] = {};

    explicit RouteQuestion(bool ipv6) {
        header.nlmsg_len = NLMSG_LENGTH(sizeof route);
        header.nlmsg_type = RTM_GETROUTE;
        header.nlmsg_flags = NLM_F_REQUEST;
        route.rtm_family = ipv6 ? AF_INET6 : AF_INET;
    }
    void add(std::uint16_t type, const void* value, std::size_t size) {
        auto* place = reinterpret_cast<char*>(this) + NLMSG_ALIGN(header.nlmsg_len);
        const rtattr attribute{static_cast<std::uint16_t>(RTA_LENGTH(size)), type};
        std::memcpy(place, &attribute, sizeof attribute);
        std::memcpy(place + RTA_LENGTH(0), value, size);
        header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_ALIGN(header.nlmsg_len) + RTA_ALIGN(RTA_LENGTH(size)));
    }
};

std::size_t address_size(const Endpoint& endpoint) { return endpoint.family() == Endpoint::Family::ipv6 ? 16 : 4; }

std::uint32_t scope_of(const Endpoint& endpoint) {
    sockaddr_storage storage;
    if (endpoint.family() != Endpoint::Family::ipv6 || endpoint.to_sockaddr(storage) == 0) return 0;
    return reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_scope_id;
}

bool is_wildcard(const Endpoint& endpoint) {
    const std::uint8_t* bytes = endpoint.address_bytes();
    return std::all_of(bytes, bytes + address_size(endpoint), [](std::uint8_t byte) { return byte == 0; });
}

// The interface's index in the kernel's answer. An address of this machine's own counts as loopback: IPv6 names the
// interface that has the address, but packets to it do not pass there.
std::optional<std::string> read_answer(char* answer, std::size_t size) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(answer);
    if (!NLMSG_OK(header, size) || header->nlmsg_type != RTM_NEWROUTE) return std::nullopt;
    const auto* route = static_cast<const rtmsg*>(NLMSG_DATA(header));
    if (route->rtm_type == RTN_LOCAL) return "lo";
    auto left = static_cast<int>(RTM_PAYLOAD(header));
    for (const rtattr* each = RTM_RTA(route); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        if (each->rta_type != RTA_OIF) continue;
        std::uint32_t index = 0;
        std::memcpy(&index, RTA_DATA(each), sizeof index);
        char name[IF_NAMESIZE] = "";
        if (::if_indextoname(index, name) != nullptr) return name;
    }
    return std::nullopt;
}

std::string address_for_filter(const Endpoint& endpoint) {
    const std::string text = endpoint.address_text();
    return text.substr(0, text.find('%'));
}

}  // namespace

std::optional<std::string> interface_towards(const Endpoint& peer, const std::optional<Endpoint>& source) {
    if (!peer.is_ip()) return std::nullopt;
    if (peer.is_loopback()) return "lo";
    RouteQuestion question(peer.family() == Endpoint::Family::ipv6);
    question.route.rtm_dst_len = static_cast<std::uint8_t>(address_size(peer) * 8);
    question.add(RTA_DST, peer.address_bytes(), address_size(peer));
    if (source && source->family() == peer.family() && !is_wildcard(*source)) {
        question.route.rtm_src_len = static_cast<std::uint8_t>(address_size(*source) * 8);
        question.add(RTA_SRC, source->address_bytes(), address_size(*source));
    }
    if (const std::uint32_t scope = scope_of(peer); scope != 0) question.add(RTA_OIF, &scope, sizeof scope);

    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket) return std::nullopt;
    // The kernel answers within send(): nothing is waited for.
    if (::send(socket.get(), &question, question.header.nlmsg_len, 0) < 0) return std::nullopt;
    alignas(nlmsghdr) char answer[4096];
    const ssize_t got = ::recv(socket.get(), answer, sizeof answer, MSG_DONTWAIT);
    if (got <= 0) return std::nullopt;
    return read_answer(answer, static_cast<std::size_t>(got));
}

CaptureWish wish_for_call(std::span<const Endpoint> peers, const std::optional<Endpoint>& source) {
    CaptureWish wish;
    for (const Endpoint& peer : peers) {
        if (!peer.is_ip()) continue;
        const std::string interface = interface_towards(peer, source).value_or("any");
        wish.interface = wish.interface.empty() || wish.interface == interface ? interface : "any";
        if (!wish.filter.empty()) wish.filter += " or ";
        wish.filter += fmt::format("(host {} and tcp port {})", address_for_filter(peer), peer.port());
        wish.peers.push_back(peer);
    }
    if (wish.interface.empty()) wish = {"any", "tcp", {}};
    return wish;
}

CaptureWish wish_for_listener(std::span<const Endpoint> bound) {
    CaptureWish wish;
    for (const Endpoint& endpoint : bound) {
        if (!endpoint.is_ip()) continue;
        const std::string interface = endpoint.is_loopback() ? "lo" : "any";
        wish.interface = wish.interface.empty() || wish.interface == interface ? interface : "any";
        if (!wish.filter.empty()) wish.filter += " or ";
        wish.filter += is_wildcard(endpoint)
                           ? fmt::format("tcp port {}", endpoint.port())
                           : fmt::format("(host {} and tcp port {})", address_for_filter(endpoint), endpoint.port());
        wish.peers.push_back(endpoint);
    }
    if (wish.interface.empty()) wish = {"any", "tcp", {}};
    return wish;
}

}  // namespace earshot::net
