#include "net/listener.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"

namespace earshot::net {

namespace {

constexpr int kBatch = 64;      // callers a turn, so that conversations get their turn too
constexpr Millis kRest{100};    // before trying again where the system has no memory or descriptor at all
constexpr Millis kQuiet{1000};  // between two reports of trouble
constexpr std::string_view kSorry = "earshot: too many connections, try later\n";

UniqueFd open_reserve() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

// One listening socket in epoll.
struct Listener::Door final : Watcher {
    Door(Listener& listener, ListeningSocket listening) : owner(listener), socket(std::move(listening)) {}
    void on_events(std::uint32_t) override { owner.accept_batch(*this); }
    Listener& owner;
    ListeningSocket socket;
};

Listener::Listener(Loop& loop, ListenerHandler& handler) : loop_(loop), handler_(handler), reserve_(open_reserve()) {}

Listener::~Listener() {
    close();
    *alive_ = false;
}

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const Target& where, const ListenOptions& options,
                                                 ListenerHandler& handler) {
    auto sockets = open_listening_sockets(where, options);
    if (!sockets) return sockets.error();
    std::unique_ptr<Listener> listener(new Listener(loop, handler));
    for (ListeningSocket& socket : *sockets) {
        listener->doors_.push_back(std::make_unique<Door>(*listener, std::move(socket)));
    }
    listener->watch();
    return listener;
}

std::vector<Endpoint> Listener::addresses() const {
    std::vector<Endpoint> all;
    all.reserve(doors_.size());
    for (const auto& door : doors_) all.push_back(door->socket.bound());
    return all;
}

std::vector<PassedSocket> Listener::sockets() const {
    std::vector<PassedSocket> all;
    for (const auto& door : doors_) all.push_back({door->socket.descriptor(), door->socket.owns_path()});
    return all;
}

void Listener::hand_over() {
    for (const auto& door : doors_) door->socket.leave_path();
    close();
}

void Listener::watch() {
    if (watching_ || paused_ || rest_.is_set()) return;
    watching_ = true;
    for (const auto& door : doors_) {
        if (!loop_.add(door->socket.descriptor(), EPOLLIN, *door)) {
            const int error = errno;
            unwatch();
            rest();
            return trouble(error);
        }
    }
}

void Listener::unwatch() {
    if (!watching_) return;
    watching_ = false;
    for (const auto& door : doors_) loop_.remove(door->socket.descriptor(), *door);
}

void Listener::pause() {
    paused_ = true;
    unwatch();
}

void Listener::resume() {
    paused_ = false;
    watch();
}

void Listener::close() {
    pause();
    quiet_.cancel();
    rest_.cancel();
    doors_.clear();  // also the door whose batch may be under way: accept_batch does not touch it after the handler
}

void Listener::accept_batch(Door& door) {
    const std::shared_ptr<const bool> alive = alive_;
    const int listening = door.socket.descriptor();
    const Endpoint local = door.socket.is_wildcard() ? Endpoint() : door.socket.bound();
    for (int i = 0; i < kBatch; ++i) {
        sockaddr_storage storage;
        socklen_t length = sizeof storage;
        auto* address = reinterpret_cast<sockaddr*>(&storage);
        UniqueFd socket(::accept4(listening, address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket) {
            handler_.on_accept(std::move(socket), Endpoint::of_sockaddr(address, length), local);
        } else if (!accept_failed(listening, errno)) {
            break;
        }
        if (!*alive) return;
        if (!watching_) return;  // paused or closed from inside the call: `listening` may be gone
    }
}

bool Listener::accept_failed(int listening, int error) {
    switch (error) {
        case EAGAIN:
            return false;
        case EMFILE:
        case ENFILE:
            if (!reserve_) {
                rest();
            } else if (!refuse_one(listening)) {
                return false;  // the system looks for a descriptor first and for a caller then: nobody was there
            }
            trouble(error);
            return true;
        case ENOBUFS:
        case ENOMEM:
            rest();
            trouble(error);
            return true;
        case EBADF:
        case EFAULT:
        case EINVAL:
        case ENOTSOCK:
        case EOPNOTSUPP:
            check_failed("accept4 on a listening socket", __FILE__, __LINE__);
        default:
            // ECONNABORTED and the network errors of accept(2): that caller is gone, the next one is not.
            return true;
    }
}

// The caller is taken with the reserve descriptor, told and let go. Best effort: what he has sent so far is read away,
// because closing over unread bytes makes an RST of it, which can overtake the message.
bool Listener::refuse_one(int listening) {
    reserve_.reset();
    bool refused = false;
    {
        const UniqueFd caller(::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        refused = static_cast<bool>(caller);
        if (refused) {
            ::send(caller.get(), kSorry.data(), kSorry.size(), MSG_NOSIGNAL);
            ::shutdown(caller.get(), SHUT_WR);
            std::array<char, 4096> away;
            for (int i = 0; i < 16 && ::recv(caller.get(), away.data(), away.size(), 0) > 0; ++i) {
            }
        }
    }
    reserve_ = open_reserve();
    return refused;
}

void Listener::trouble(int error) {
    ++troubles_;
    trouble_error_ = error;
    if (!quiet_.is_set()) report_trouble();
}

void Listener::report_trouble() {
    if (troubles_ == 0) return;
    loop_.timers().set(quiet_, loop_.clock().now() + kQuiet);
    const std::uint64_t count = std::exchange(troubles_, 0);
    const char* what = trouble_error_ == EMFILE
                           ? tr("callers are refused: no descriptor is left; raise ulimit -n, or set "
                                "--max-clients below it")
                       : trouble_error_ == ENFILE
                           ? tr("callers are refused: the whole system is out of descriptors (sysctl fs.file-max)")
                           : nullptr;
    const Error error{Reason::limit, what ? what : tr_format("callers have to wait: {}", errno_text(trouble_error_))};
    handler_.on_accept_trouble(error, count);
}

void Listener::rest() {
    unwatch();
    loop_.timers().set(rest_, loop_.clock().now() + kRest);
}

void Listener::end_rest() {
    if (!reserve_) reserve_ = open_reserve();
    watch();
}

}  // namespace earshot::net
