#include "net/dialer.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/i18n.h"

namespace earshot::net {

namespace {

constexpr Millis kFullQueueWait{20};  // a Unix socket whose queue is full says so at once instead of waiting
constexpr int kFullQueueTries = 500;

// Families take turns, beginning with that of the first address (RFC 8305 section 4).
std::deque<Endpoint> interleave(std::vector<Endpoint> addresses) {
    std::deque<Endpoint> first, second, order;
    for (Endpoint& each : addresses) {
        const bool like_first = each.family() == addresses.front().family();
        (like_first ? first : second).push_back(each);
    }
    while (!first.empty() || !second.empty()) {
        for (auto* family : {&first, &second}) {
            if (family->empty()) continue;
            order.push_back(std::move(family->front()));
            family->pop_front();
        }
    }
    return order;
}

Error reason_in_words(int error) {
    const Reason reason = reason_of_errno(error);
    switch (error) {
        case ECONNREFUSED:
            return {reason, tr("refused: nobody listens there")};
        case ETIMEDOUT:
            return {reason, tr("no answer")};
        case EAFNOSUPPORT:
            return {Reason::unreachable, tr("this machine has no such address family")};
        case ENOENT:
            return {Reason::refused, tr("there is no such socket")};
        case EPROTOTYPE:
            return {reason, tr("not a stream socket")};
        case EAGAIN:
            return {Reason::refused, tr("its queue of callers stays full")};
        case ENAMETOOLONG:
            return {Reason::usage, tr("a Unix path has at most 107 bytes")};
        default:
            return {reason, errno_text(error)};
    }
}

// Which of several failures says most about the call: an address that cannot even be tried from here says least.
int weight(Reason reason) {
    switch (reason) {
        case Reason::timeout:
            return 4;
        case Reason::refused:
            return 3;
        case Reason::unreachable:
            return 1;
        default:
            return 2;
    }
}

const char* advice(Reason reason, bool by_path) {
    switch (reason) {
        case Reason::refused:
            return by_path ? tr("is the server running?") : tr("is the server running, and is it this port?");
        case Reason::timeout:
            return tr("is the address right, and does a firewall drop the call?");
        case Reason::unreachable:
            return tr("is this machine on the network?");
        default:
            return nullptr;
    }
}

Endpoint local_endpoint(int descriptor) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    if (::getsockname(descriptor, address, &length) != 0) return {};
    return Endpoint::of_sockaddr(address, length);
}

// Binds before the call. 0 or an errno.
int bind_source(int descriptor, const Endpoint& source) {
    const int on = 1;
    if (source.port() == 0) {
        // The port is chosen at connect(), when the other end is known: many more calls fit (ip(7)).
        ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    } else {
        // Attempts to several addresses share the port.
        ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    sockaddr_storage storage;
    const socklen_t length = source.to_sockaddr(storage);
    return ::bind(descriptor, reinterpret_cast<const sockaddr*>(&storage), length) == 0 ? 0 : errno;
}

}  // namespace

// One address being called.
class Dialer::Attempt final : public Watcher {
  public:
    Attempt(Dialer& dialer, Endpoint peer) : dialer_(dialer), peer_(std::move(peer)) {}
    ~Attempt() {
        if (watching_) dialer_.loop_.remove(socket_.get(), *this);
    }

    // 0: connected at once; EINPROGRESS: under way; else what failed.
    int begin(const std::optional<Endpoint>& source) {
        sockaddr_storage storage;
        const socklen_t length = peer_.to_sockaddr(storage);
        if (length == 0) return ENAMETOOLONG;
        socket_.reset(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!socket_) return errno;
        if (peer_.is_ip()) apply_socket_options(socket_.get(), dialer_.options_.socket);
        if (source) {
            if (const int error = bind_source(socket_.get(), *source); error != 0) {
                failed_at_source_ = true;
                return error;
            }
        }
        if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0) return 0;
        if (errno != EINPROGRESS) return errno;
        watching_ = dialer_.loop_.add(socket_.get(), EPOLLOUT, *this);
        return watching_ ? EINPROGRESS : errno;
    }

    const Endpoint& peer() const { return peer_; }
    Endpoint local() const { return local_endpoint(socket_.get()); }
    bool failed_at_source() const { return failed_at_source_; }
    UniqueFd take_socket() {
        if (std::exchange(watching_, false)) dialer_.loop_.remove(socket_.get(), *this);
        return std::move(socket_);
    }

  private:
    void on_events(std::uint32_t) override {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        // Where nobody listens on a local port that the kernel itself gives out, a call can meet itself (RFC 9293 3.5).
        if (error == 0 && peer_.is_ip() && local_endpoint(socket_.get()) == peer_) error = ECONNREFUSED;
        dialer_.attempt_ended(*this, error);
    }

    Dialer& dialer_;
    Endpoint peer_;
    UniqueFd socket_;
    bool watching_ = false;
    bool failed_at_source_ = false;
};

Dialer::Dialer(Loop& loop, DialOptions options)
    : loop_(loop), options_(std::move(options)), resolver_(loop, options_.look_up) {}

Dialer::~Dialer() { cancel(); }

void Dialer::start(Target target, Done done) {
    cancel();
    target_ = std::move(target);
    done_ = std::move(done);
    self_ = std::make_shared<Dialer*>(this);
    if (options_.connect_timeout.count() > 0) {
        loop_.timers().set(deadline_, loop_.clock().now() + options_.connect_timeout);
    }
    if (!target_.unix_path.empty()) return set_addresses({Endpoint::of_unix(target_.unix_path)});
    find_sources();
}

void Dialer::cancel() {
    stop();
    if (self_) *self_ = nullptr;
    self_.reset();
    done_ = {};
    result_.reset();
    failures_.clear();
    sources_.clear();
    full_queue_tries_ = 0;
}

void Dialer::stop() {
    resolver_.cancel();
    next_.cancel();
    deadline_.cancel();
    waiting_.clear();
    attempts_.clear();
}

void Dialer::find_sources() {
    if (!options_.source) return find_addresses();
    const Target& source = *options_.source;
    if (source.host.empty()) {
        sources_ = {*Endpoint::of_numeric("0.0.0.0", source.port), *Endpoint::of_numeric("::", source.port)};
        return find_addresses();
    }
    if (auto numeric = Endpoint::of_numeric(source.host, source.port)) {
        sources_ = {std::move(*numeric)};
        return find_addresses();
    }
    resolver_.resolve(source.host, [this](Result<std::vector<Endpoint>> found) {
        if (!found) return finish(found.error());
        sources_ = std::move(*found);
        for (Endpoint& each : sources_) each.set_port(options_.source->port);
        find_addresses();
    });
}

void Dialer::find_addresses() {
    if (auto numeric = Endpoint::of_numeric(target_.host, target_.port)) return set_addresses({std::move(*numeric)});
    resolver_.resolve(target_.host, [this](Result<std::vector<Endpoint>> found) {
        if (!found) return finish(found.error());
        for (Endpoint& each : *found) each.set_port(target_.port);
        set_addresses(std::move(*found));
    });
}

void Dialer::set_addresses(std::vector<Endpoint> addresses) {
    waiting_ = interleave(std::move(addresses));
    try_next();
}

std::optional<Endpoint> Dialer::source_for(const Endpoint& peer) const {
    const auto like_peer = [&](const Endpoint& source) { return source.family() == peer.family(); };
    const auto found = std::find_if(sources_.begin(), sources_.end(), like_peer);
    return found == sources_.end() ? std::nullopt : std::optional(*found);
}

void Dialer::try_next() {
    next_.cancel();
    while (!waiting_.empty()) {
        const Endpoint peer = std::move(waiting_.front());
        waiting_.pop_front();
        const auto source = source_for(peer);
        if (!sources_.empty() && !source) {
            add_failure(peer, {Reason::unreachable, tr("the source is of the other address family")});
            continue;
        }
        auto attempt = std::make_unique<Attempt>(*this, peer);
        if (options_.on_attempt) options_.on_attempt(peer);
        const int error = attempt->begin(source);
        if (options_.on_attempt_left && error == EINPROGRESS) options_.on_attempt_left(peer, attempt->local());
        if (error == 0) return connected(attempt->take_socket(), peer);
        if (error == EINPROGRESS) {
            attempts_.push_back(std::move(attempt));
            if (!waiting_.empty()) loop_.timers().set(next_, loop_.clock().now() + options_.head_start);
            return;
        }
        if (retry_later(peer, error)) return;
        if (attempt->failed_at_source()) {
            const Reason reason = error == EADDRNOTAVAIL ? Reason::failed : reason_of_errno(error);
            const std::string why = error == EADDRNOTAVAIL ? tr("not an address of this machine") : errno_text(error);
            add_failure(peer, {reason, tr_format("cannot call from {} (--source): {}", source->text(), why)});
        } else {
            add_failure(peer, reason_in_words(error));
        }
    }
    if (attempts_.empty()) finish(whole_error());
}

bool Dialer::retry_later(const Endpoint& peer, int error) {
    if (peer.is_ip() || error != EAGAIN || ++full_queue_tries_ > kFullQueueTries) return false;
    waiting_.push_front(peer);
    loop_.timers().set(next_, loop_.clock().now() + kFullQueueWait);
    return true;
}

void Dialer::attempt_ended(Attempt& attempt, int error) {
    const Endpoint peer = attempt.peer();
    if (error == 0) return connected(attempt.take_socket(), peer);
    std::erase_if(attempts_, [&](const auto& each) { return each.get() == &attempt; });
    add_failure(peer, reason_in_words(error));
    try_next();
}

void Dialer::connected(UniqueFd fd, const Endpoint& peer) {
    Endpoint local = local_endpoint(fd.get());
    finish(Dialed{std::move(fd), peer, std::move(local)});
}

void Dialer::add_failure(const Endpoint& peer, Error why) {
    if (options_.on_attempt_failed) options_.on_attempt_failed(peer, why.reason);
    failures_.push_back({peer.text(), std::move(why)});
}

void Dialer::time_out() {
    const double seconds = static_cast<double>(options_.connect_timeout.count()) / 1000;
    const Error late{Reason::timeout, tr_format("no answer within {:g} s", seconds)};
    for (const auto& attempt : attempts_) add_failure(attempt->peer(), late);
    for (const Endpoint& peer : waiting_) {
        add_failure(peer, peer.is_ip() ? Error{Reason::timeout, tr("not tried in time")} : reason_in_words(EAGAIN));
    }
    if (!failures_.empty()) return finish(whole_error());
    finish(
        Error{Reason::timeout, tr_format("cannot connect to {}: its address was not found within {:g} s; is the name "
                                         "server reachable?",
                                         target_.text(), seconds)});
}

Error Dialer::whole_error() const {
    const auto lighter = [](const Failure& a, const Failure& b) { return weight(a.why.reason) < weight(b.why.reason); };
    const Reason reason = std::max_element(failures_.begin(), failures_.end(), lighter)->why.reason;
    std::string why;
    if (failures_.size() == 1 && failures_.front().where == target_.text()) {
        why = failures_.front().why.message;
    } else {
        for (const Failure& each : failures_) {
            if (!why.empty()) why += ", ";
            why += tr_format("{} ({})", each.where, each.why.message);
        }
    }
    if (const char* hint = advice(reason, !target_.unix_path.empty())) why = tr_format("{}; {}", why, hint);
    return {reason, tr_format("cannot connect to {}: {}", target_.text(), why)};
}

// Everything that was under way ends here; the result goes out in the loop's next turn, so that start() never calls
// back.
void Dialer::finish(Result<Dialed> result) {
    stop();
    result_.emplace(std::move(result));
    loop_.post([self = self_] {
        if (*self) (*self)->deliver();
    });
}

void Dialer::deliver() {
    Result<Dialed> result = std::move(*result_);
    const Done done = std::exchange(done_, {});
    cancel();
    done(std::move(result));
}

}  // namespace earshot::net
