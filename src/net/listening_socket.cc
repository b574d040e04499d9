#include "net/listening_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/i18n.h"
#include "net/port_holder.h"
#include "net/tcp_info.h"

namespace earshot::net {

namespace {

// What stopped one socket, for the caller to put into words or to try otherwise.
struct Obstacle {
    int error = 0;
    bool at_bind = false;
};

Endpoint bound_endpoint(int descriptor, const Endpoint& asked) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (!asked.is_ip() || ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return asked;
    return Endpoint::of_sockaddr(reinterpret_cast<const sockaddr*>(&storage), length);
}

bool is_any(const Endpoint& endpoint) {
    const std::uint8_t* bytes = endpoint.address_bytes();
    return endpoint.is_ip() && std::all_of(bytes, bytes + 16, [](std::uint8_t byte) { return byte == 0; });
}

void share_port(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
}

std::optional<Obstacle> listen_on(const Endpoint& endpoint, const ListenOptions& options, UniqueFd& socket) {
    sockaddr_storage storage{};
    const socklen_t length = endpoint.to_sockaddr(storage);
    if (length == 0) return Obstacle{ENAMETOOLONG, true};
    socket.reset(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return Obstacle{errno, false};
    const int on = 1;
    if (endpoint.is_ip()) {
        // A port whose last conversation lingers in TIME-WAIT can be listened on again at once.
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (options.keep_syns) keep_syns(socket.get());
        if (!options.beside.empty()) share_port(socket.get());
        if (endpoint.family() == Endpoint::Family::ipv6) {
            const int only = is_any(endpoint) ? 0 : 1;
            ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
        }
        apply_socket_options(socket.get(), options.socket);
    }
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) return Obstacle{errno, true};
    if (options.reuse_port && endpoint.is_ip()) share_port(socket.get());
    if (options.before_listening) options.before_listening(bound_endpoint(socket.get(), endpoint));
    if (::listen(socket.get(), options.backlog) != 0) return Obstacle{errno, true};
    return std::nullopt;
}

Error in_words(const Endpoint& endpoint, const Obstacle& obstacle) {
    const std::string where = endpoint.text();
    const Reason reason = obstacle.at_bind ? reason_of_errno(obstacle.error) : Reason::failed;
    switch (obstacle.error) {
        case EADDRINUSE:
            if (!endpoint.is_ip()) {
                return {reason,
                        tr_format("cannot listen on {}: somebody answers there already; use another path", where)};
            }
            return {reason, tr_format("cannot listen on {}: in use by {}; use another port, or 0 for a free one", where,
                                      port_holder(endpoint))};
        case EACCES:
        case EPERM:
            if (endpoint.is_ip() && endpoint.port() != 0 && endpoint.port() < 1024) {
                return {Reason::permission,
                        tr_format("cannot listen on {}: ports below 1024 need privilege; use one from 1024 up", where)};
            }
            return {Reason::permission, tr_format("cannot listen on {}: {}", where, errno_text(obstacle.error))};
        case EADDRNOTAVAIL:
            return {reason, tr_format("cannot listen on {}: not an address of this machine; "
                                      "give one of its own; with the port alone, listen does on all of them",
                                      where)};
        case ENAMETOOLONG:
            return {Reason::usage, tr_format("cannot listen on {}: a Unix path has at most 107 bytes", where)};
        case ENOENT:
            return {Reason::failed, tr_format("cannot listen on {}: the folder does not exist", where)};
        default:
            return {reason, tr_format("cannot listen on {}: {}", where, errno_text(obstacle.error))};
    }
}

// Whether a socket file stands there and nobody answers on it.
bool is_stale(const Endpoint& endpoint) {
    sockaddr_storage storage{};
    const socklen_t length = endpoint.to_sockaddr(storage);
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return probe && ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 &&
           errno == ECONNREFUSED;
}

Result<std::vector<ListeningSocket>> open_unix(const Endpoint& endpoint, const ListenOptions& options) {
    UniqueFd socket;
    auto obstacle = listen_on(endpoint, options, socket);
    if (obstacle && obstacle->error == EADDRINUSE) {
        const std::string path = endpoint.address_text();
        struct stat facts {};
        if (::lstat(path.c_str(), &facts) == 0 && !S_ISSOCK(facts.st_mode)) {
            return Error{Reason::in_use,
                         tr_format("cannot listen on {}: a file that is no socket stands there", endpoint.text())};
        }
        if (is_stale(endpoint) && ::unlink(path.c_str()) == 0) obstacle = listen_on(endpoint, options, socket);
    }
    if (obstacle) return in_words(endpoint, *obstacle);
    std::vector<ListeningSocket> sockets;
    sockets.emplace_back(std::move(socket), endpoint, true, options.reuse_port);
    return sockets;
}

Result<std::vector<Endpoint>> addresses_of(const Target& where) {
    if (where.host.empty()) return std::vector{*Endpoint::of_numeric("::", where.port)};
    if (const auto numeric = Endpoint::of_numeric(where.host, where.port)) return std::vector{*numeric};
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* list = nullptr;
    if (const int problem = ::getaddrinfo(where.host.c_str(), nullptr, &hints, &list); problem != 0) {
        return Error{Reason::unknown_host,
                     tr_format("cannot listen on {}: the host is unknown ({}); give an address of this machine, "
                               "or the port alone",
                               where.text(), ::gai_strerror(problem))};
    }
    std::vector<Endpoint> found;
    for (const addrinfo* each = list; each; each = each->ai_next) {
        Endpoint endpoint = Endpoint::of_sockaddr(each->ai_addr, each->ai_addrlen);
        endpoint.set_port(where.port);
        if (endpoint.is_ip() && std::find(found.begin(), found.end(), endpoint) == found.end()) {
            found.push_back(std::move(endpoint));
        }
    }
    ::freeaddrinfo(list);
    return found;
}

Error not_listening(int descriptor) {
    return {Reason::usage,
            tr_format("descriptor {} was passed to be listened on, and it is no stream socket that is bound; "
                      "check who starts the program (ListenStream= in systemd)",
                      descriptor)};
}

Result<ListeningSocket> adopt(const PassedSocket& passed, const ListenOptions& options) {
    int type = 0;
    socklen_t size = sizeof type;
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    if (::getsockopt(passed.descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM ||
        ::getsockname(passed.descriptor, address, &length) != 0) {
        return not_listening(passed.descriptor);
    }
    UniqueFd socket(::fcntl(passed.descriptor, F_DUPFD_CLOEXEC, 0));
    if (!socket) return Error{Reason::failed, errno_text(errno)};
    // Of the description, which whoever passed it shares: he does not accept any more, or as we do.
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
    Endpoint bound = Endpoint::of_sockaddr(address, length);
    if (bound.is_ip()) {
        if (options.keep_syns) keep_syns(socket.get());
        apply_socket_options(socket.get(), options.socket);
    }
    if (options.before_listening) options.before_listening(bound);
    if (::listen(socket.get(), options.backlog) != 0) return not_listening(passed.descriptor);
    return ListeningSocket(std::move(socket), std::move(bound), passed.owns_path, passed.shared);
}

Result<std::vector<ListeningSocket>> adopt_all(const ListenOptions& options) {
    std::vector<ListeningSocket> sockets;
    for (const PassedSocket& passed : options.passed) {
        auto socket = adopt(passed, options);
        if (!socket) return socket.error();
        sockets.push_back(std::move(*socket));
    }
    return sockets;
}

// One family of a name may be missing on this machine; that is no reason not to listen on the other.
bool is_family_missing(const Obstacle& obstacle) {
    return obstacle.error == EAFNOSUPPORT || obstacle.error == EADDRNOTAVAIL;
}

Result<std::vector<ListeningSocket>> open_all(const std::vector<Endpoint>& endpoints, const ListenOptions& options) {
    std::vector<ListeningSocket> sockets;
    std::optional<Error> missing;
    for (Endpoint endpoint : endpoints) {
        // A free port was asked for: the first address finds it, the others take the same.
        if (endpoint.port() == 0 && !sockets.empty()) endpoint.set_port(sockets.front().bound().port());
        UniqueFd socket;
        if (const auto obstacle = listen_on(endpoint, options, socket)) {
            Error error = in_words(endpoint, *obstacle);
            if (!is_family_missing(*obstacle)) return error;
            if (!missing) missing = std::move(error);
            continue;
        }
        Endpoint bound = bound_endpoint(socket.get(), endpoint);
        sockets.emplace_back(std::move(socket), std::move(bound));
    }
    if (sockets.empty() && missing) return *missing;
    return sockets;
}

}  // namespace

ListeningSocket::ListeningSocket(UniqueFd socket, Endpoint bound, bool owns_path, bool shared)
    : socket_(std::move(socket)), bound_(std::move(bound)), wildcard_(is_any(bound_)), shared_(shared) {
    struct stat facts {};
    if (owns_path && !bound_.is_ip() && ::lstat(bound_.address_text().c_str(), &facts) == 0) {
        device_ = facts.st_dev;
        inode_ = facts.st_ino;
    }
}

ListeningSocket::~ListeningSocket() {
    if (!socket_ || !owns_path()) return;
    struct stat facts {};
    const std::string path = bound_.address_text();
    // Somebody may have put his own socket there since.
    if (::lstat(path.c_str(), &facts) == 0 && facts.st_dev == device_ && facts.st_ino == inode_) ::unlink(path.c_str());
}

bool is_same_socket(int one, int other) {
    struct stat a {
    }, b{};
    return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

std::vector<std::vector<PassedSocket>> share_out(const std::vector<PassedSocket>& passed, std::size_t shards) {
    std::vector<std::vector<PassedSocket>> shares(shards);
    std::vector<std::pair<Endpoint, std::vector<PassedSocket>>> doors;  // by address
    for (const PassedSocket& each : passed) {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        auto* address = reinterpret_cast<sockaddr*>(&storage);
        // What is no socket stays by itself: whoever takes it up says so.
        const bool is_bound = ::getsockname(each.descriptor, address, &length) == 0;
        const Endpoint bound = is_bound ? Endpoint::of_sockaddr(address, length) : Endpoint();
        auto door = std::ranges::find_if(doors, [&](const auto& one) { return is_bound && one.first == bound; });
        if (door == doors.end()) door = doors.insert(door, {bound, {}});
        door->second.push_back(each);
    }
    for (const auto& [bound, sockets] : doors) {
        for (std::size_t i = 0; i < std::max(shards, sockets.size()); ++i) {
            PassedSocket mine = sockets[i % sockets.size()];
            mine.shared = sockets.size() < shards;
            mine.owns_path = mine.owns_path && i < sockets.size();
            shares[i % shards].push_back(mine);
        }
    }
    return shares;
}

Result<std::vector<ListeningSocket>> open_listening_sockets(const Target& where, const ListenOptions& options) {
    if (!options.passed.empty()) return adopt_all(options);
    if (!options.beside.empty()) return open_all(options.beside, options);
    if (!where.unix_path.empty()) return open_unix(Endpoint::of_unix(where.unix_path), options);
    auto endpoints = addresses_of(where);
    if (!endpoints) return endpoints.error();
    constexpr int kTries = 8;  // a port free on one address may be taken on the next
    for (int i = 0;; ++i) {
        auto sockets = open_all(*endpoints, options);
        if (sockets) return sockets;
        if (where.host.empty() && endpoints->front().family() == Endpoint::Family::ipv6 &&
            sockets.error().reason != Reason::in_use && sockets.error().reason != Reason::permission) {
            // No IPv6 on this machine.
            endpoints = std::vector{*Endpoint::of_numeric("0.0.0.0", where.port)};
            continue;
        }
        if (where.port != 0 || endpoints->size() < 2 || sockets.error().reason != Reason::in_use || i == kTries) {
            return sockets;
        }
    }
}

}  // namespace earshot::net
