#include "net/listener.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"
#include "net/send_away.h"

namespace earshot::net {

namespace {

constexpr int kBatch = 64;       // callers a turn, so that conversations get their turn too
constexpr int kSharedBatch = 4;  // where other threads may take them
constexpr Millis kRest{100};     // before trying again where the system has no memory or descriptor at all
constexpr Millis kQuiet{1000};   // between two reports of trouble
constexpr std::string_view kSorry = "earshot: too many connections, try later\n";

UniqueFd open_reserve() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// That caller is gone, and out of the backlog (accept(2): what TCP has against him is given as accept's own error).
bool is_his_own(int error) {
    switch (error) {
        case ECONNABORTED:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case EINTR:
        case ENETDOWN:
        case ENETUNREACH:
        case ENONET:
        case ENOPROTOOPT:
        case EPROTO:
        case ETIMEDOUT:
            return true;
        default:
            return false;
    }
}

}  // namespace

// One listening socket in epoll.
struct Listener::Door final : Watcher {
    Door(Listener& listener, ListeningSocket listening) : owner(listener), socket(std::move(listening)) {}
    void on_events(std::uint32_t) override { owner.accept_batch(*this); }
    Listener& owner;
    ListeningSocket socket;
};

Listener::Listener(Loop& loop, const ListenOptions& options, ListenerHandler& handler)
    : loop_(loop),
      handler_(handler),
      reserve_(open_reserve()),
      keep_back_(options.keep_back),
      accept_(options.accept) {}

Listener::~Listener() {
    leave();
    *alive_ = false;
}

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const Target& where, const ListenOptions& options,
                                                 ListenerHandler& handler) {
    auto sockets = open_listening_sockets(where, options);
    if (!sockets) return sockets.error();
    std::unique_ptr<Listener> listener(new Listener(loop, options, handler));
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
    for (const auto& door : doors_)
        all.push_back({door->socket.descriptor(), door->socket.owns_path(), door->socket.is_shared()});
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
        if (!watch_door(*door)) {
            const int error = errno;
            unwatch();
            rest();
            return trouble(error, 0);
        }
    }
}

// Of those who share one, who is free is woken, and not everybody.
bool Listener::watch_door(Door& door) {
    const std::uint32_t alone = door.socket.is_shared() ? std::uint32_t{EPOLLEXCLUSIVE} : 0U;
    return loop_.add(door.socket.descriptor(), EPOLLIN | alone, door);
}

// The kernel wakes the first of them who waits, always: whoever has taken a caller waits behind the others from then
// on, or one thread would get all who come one by one.
void Listener::wait_behind_others(Door& door) {
    loop_.remove(door.socket.descriptor(), door);
    if (watch_door(door)) return;
    const int error = errno;
    unwatch();
    rest();
    trouble(error, 0);
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

void Listener::leave() {
    pause();
    quiet_.cancel();
    rest_.cancel();
    doors_.clear();  // also the door whose batch may be under way: accept_batch does not touch it after the handler
}

void Listener::close() {
    leave();
    report_trouble();
}

UniqueFd Listener::accept(int listening, sockaddr* peer, socklen_t* length) const {
    if (accept_) return UniqueFd(accept_(listening, peer, length));
    return UniqueFd(::accept4(listening, peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

void Listener::accept_batch(Door& door) {
    const std::shared_ptr<const bool> alive = alive_;
    const int listening = door.socket.descriptor();
    const Endpoint local = door.socket.is_wildcard() ? Endpoint() : door.socket.bound();
    const int batch = door.socket.is_shared() ? kSharedBatch : kBatch;
    for (int i = 0; i < batch; ++i) {
        sockaddr_storage storage;
        socklen_t length = sizeof storage;
        auto* address = reinterpret_cast<sockaddr*>(&storage);
        UniqueFd socket = accept(listening, address, &length);
        bool goes_on = true;
        if (!socket) {
            goes_on = accept_failed(listening, errno);
        } else if (is_kept_back(socket.get())) {
            refuse(std::move(socket), EMFILE);
        } else {
            handler_.on_accept(std::move(socket), Endpoint::of_sockaddr(address, length), local);
        }
        if (!*alive) return;
        if (!watching_) return;  // paused or closed from inside the call: `listening` may be gone
        if (!goes_on) break;
    }
    if (door.socket.is_shared()) wait_behind_others(door);
}

// The system gives the lowest one that is free: when it gives one of the last, all others are in use. The limit is read
// again where somebody would be refused for it, because it can be raised while the program runs (prlimit(1)).
bool Listener::is_kept_back(int descriptor) const {
    if (keep_back_ == 0 || descriptor < first_kept_back_) return false;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    const rlim_t first = limit.rlim_cur - std::min<rlim_t>(keep_back_, limit.rlim_cur / 8);
    first_kept_back_ = static_cast<int>(std::min<rlim_t>(first, INT_MAX));
    return descriptor >= first_kept_back_;
}

bool Listener::accept_failed(int listening, int error) {
    if (is_his_own(error)) return true;  // the next one may be well
    switch (error) {
        case EAGAIN:
            return false;
        case EMFILE:
        case ENFILE:
            return refuse_one(listening, error);
        case EBADF:
        case EFAULT:
        case EINVAL:
        case ENOTSOCK:
        case EOPNOTSUPP:
            check_failed("accept4 on a listening socket", __FILE__, __LINE__);
        default:
            return rest_for(error);  // he is still in the backlog: to ask at once would be to ask all the time
    }
}

// The caller is taken with the reserve descriptor, told and let go.
bool Listener::refuse_one(int listening, int error) {
    if (!reserve_) return rest_for(error);
    reserve_.reset();
    UniqueFd caller = accept(listening, nullptr, nullptr);
    if (caller) {
        refuse(std::move(caller), error);
        return true;
    }
    const int why = errno;
    reserve_ = open_reserve();
    if (why == EAGAIN) return false;  // the system looks for a descriptor first and for a caller then: nobody was there
    if (is_his_own(why)) return true;
    return rest_for(why);  // who took the descriptor that was given up was faster: another thread, another program
}

void Listener::refuse(UniqueFd caller, int error) {
    send_away(caller.get(), kSorry);
    caller.reset();
    if (!reserve_) reserve_ = open_reserve();
    trouble(error, 1);  // `this` may be gone after it
}

bool Listener::rest_for(int error) {
    rest();
    trouble(error, 0);  // `this` may be gone after it
    return false;
}

void Listener::trouble(int error, std::uint64_t refused) {
    is_troubled_ = true;
    refused_ += refused;
    trouble_errno_ = error;
    trouble_refused_ = refused > 0;
    if (!quiet_.is_set()) report_trouble();
}

void Listener::report_trouble() {
    if (!std::exchange(is_troubled_, false)) return;
    loop_.timers().set(quiet_, loop_.clock().now() + kQuiet);
    handler_.on_accept_trouble(trouble_error(), std::exchange(refused_, 0));
}

Error Listener::trouble_error() const {
    switch (trouble_errno_) {
        case EMFILE:
            return {Reason::limit, trouble_refused_
                                       ? tr("callers are refused: no descriptor is left; raise ulimit -n, "
                                            "or set --max-clients below it")
                                       : tr("callers have to wait: no descriptor is left, not even to "
                                            "refuse them; raise ulimit -n, or set --max-clients below it")};
        case ENFILE:
            return {Reason::limit, trouble_refused_
                                       ? tr("callers are refused: the whole system is out of descriptors (sysctl "
                                            "fs.file-max)")
                                       : tr("callers have to wait: the whole system is out of descriptors (sysctl "
                                            "fs.file-max)")};
        case ENOBUFS:
        case ENOMEM:
            return {Reason::limit, tr("callers have to wait: the system has no memory for them; free some, or set "
                                      "--max-clients lower")};
        default:
            return {Reason::limit, tr_format("callers have to wait: the system does not let them in ({}); is there a "
                                             "rule against it?",
                                             errno_text(trouble_errno_))};
    }
}

const char* Listener::obstacle() const {
    const bool no_memory = trouble_errno_ == ENOBUFS || trouble_errno_ == ENOMEM;
    if (rest_.is_set() && no_memory) return "the system has no memory for callers";
    const UniqueFd next = open_reserve();
    if (!next || is_kept_back(next.get())) return "no descriptor is left for callers";
    return nullptr;
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
