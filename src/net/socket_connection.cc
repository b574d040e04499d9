#include "net/socket_connection.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"
#include "base/i18n.h"

namespace earshot::net {

namespace {

constexpr std::size_t kMaxPieces = 64;  // of one gathered write; the caller comes again with the rest

Error error_of(int number, const Endpoint& peer) {
    const Reason reason = reason_of_errno(number);
    if (reason == Reason::reset) return {reason, tr_format("reset by {}", peer.text())};
    if (reason == Reason::timeout) {
        return {reason, tr_format("no answer from {} any more: it or the way to it is gone", peer.text())};
    }
    return {reason, tr_format("connection with {} failed: {}", peer.text(), errno_text(number))};
}

ssize_t send_gathered(int socket, std::span<const ByteView> pieces) {
    std::array<iovec, kMaxPieces> vectors;
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = std::min(pieces.size(), kMaxPieces);
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
        // sendmsg(2) only reads; iovec has no const form.
        vectors[i] = {const_cast<std::uint8_t*>(pieces[i].data()), pieces[i].size()};
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace

// Why the connection is gone. Also a timer, for the one failure that epoll cannot report: its own.
struct SocketConnection::Failure final : Timer {
    Failure(SocketConnection& owner, Error why) : connection(owner), error(std::move(why)) {}
    void on_timer() override {
        if (connection.handler_) connection.handler_->on_ready(true, false);
    }
    SocketConnection& connection;
    Error error;
};

SocketConnection::SocketConnection(Loop& loop, UniqueFd socket, Endpoint peer, Endpoint local)
    : loop_(loop), socket_(std::move(socket)), peer_(std::move(peer)), local_(std::move(local)) {}

SocketConnection::~SocketConnection() { unregister(); }

std::uint32_t SocketConnection::interest() const {
    const unsigned read = want_read_ && !ended_ ? EPOLLIN : 0U;
    const unsigned write = want_write_ ? EPOLLOUT : 0U;
    return read | write;
}

void SocketConnection::want(bool read, bool write) {
    if (registered_ && read == want_read_ && write == want_write_) return;
    want_read_ = read;
    want_write_ = write;
    update_interest();
}

// Only what is missing is asked of epoll at once. What is no longer wanted stays until it comes up for the first time:
// a reader who pauses for a moment then costs no system call.
void SocketConnection::update_interest() {
    if (failure_) return;
    const std::uint32_t needed = interest();
    if (registered_) {
        if ((needed & ~mask_) == 0) return;
        loop_.modify(socket_.get(), needed, *this);
    } else {
        if (needed == 0 && told_) return;
        if (!loop_.add(socket_.get(), needed, *this)) {
            fail(errno);
            loop_.timers().set(*failure_, loop_.now());
            return;
        }
        registered_ = true;
    }
    mask_ = needed;
}

void SocketConnection::unregister() {
    if (!registered_) return;
    loop_.remove(socket_.get(), *this);
    registered_ = false;
    mask_ = 0;
}

void SocketConnection::on_events(std::uint32_t epoll_events) {
    const bool over = (epoll_events & (EPOLLERR | EPOLLHUP)) != 0;
    const std::uint32_t wanted = interest();
    const bool readable = (wanted & EPOLLIN) != 0 && (over || (epoll_events & EPOLLIN) != 0);
    const bool writable = (wanted & EPOLLOUT) != 0 && (over || (epoll_events & EPOLLOUT) != 0);
    if (readable || writable) {
        if (handler_) handler_->on_ready(readable, writable);
        return;  // the handler may have destroyed this
    }
    if (!over) {
        loop_.modify(socket_.get(), wanted, *this);
        mask_ = wanted;
        return;
    }
    // epoll reports these two whatever is wanted and for as long as they hold: told once, then out of epoll.
    unregister();
    const bool both_ended = ended_ && (epoll_events & EPOLLERR) == 0;
    if (told_ || both_ended) return;
    told_ = true;
    if (ended_) {
        // After his FIN a read says "end" for ever, a reset behind it too (tcp_recvmsg): the socket has to be asked.
        int pending = 0;
        socklen_t size = sizeof pending;
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &pending, &size);
        fail(pending != 0 ? pending : ECONNRESET);
    }
    if (handler_) handler_->on_ready(true, false);
}

IoResult SocketConnection::fail(int error) {
    unregister();
    failure_ = std::make_unique<Failure>(*this, error_of(error, peer_));
    return {IoStatus::failed, 0};
}

IoResult SocketConnection::read_some(MutableByteView into) {
    EARSHOT_CHECK(!into.empty());
    if (failure_) {
        // Found out by writing: what the peer had sent before is still ours (Linux keeps it after RST).
        const ssize_t left = socket_ ? ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT) : -1;
        if (left > 0) return {IoStatus::ok, static_cast<std::size_t>(left)};
        return {IoStatus::failed, 0};
    }
    for (;;) {
        const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
        if (got > 0) return {IoStatus::ok, static_cast<std::size_t>(got)};
        if (got == 0) {
            ended_ = true;
            return {IoStatus::end, 0};
        }
        if (errno == EAGAIN) return {IoStatus::would_block, 0};
        if (errno != EINTR) return fail(errno);
    }
}

IoResult SocketConnection::write_some(std::span<const ByteView> pieces) {
    if (failure_) return {IoStatus::failed, 0};
    for (;;) {
        const ssize_t sent = pieces.size() == 1
                                 ? ::send(socket_.get(), pieces[0].data(), pieces[0].size(), MSG_NOSIGNAL)
                                 : send_gathered(socket_.get(), pieces);
        if (sent >= 0) {
            loop_.note_write(static_cast<std::size_t>(sent));
            return {IoStatus::ok, static_cast<std::size_t>(sent)};
        }
        if (errno == EAGAIN) return {IoStatus::would_block, 0};
        if (errno != EINTR) return fail(errno);
    }
}

IoResult SocketConnection::end_sending() {
    if (failure_) return {IoStatus::failed, 0};
    if (::shutdown(socket_.get(), SHUT_WR) == 0) return {IoStatus::ok, 0};
    // ENOTCONN: the connection went before; what ended it is still to be read.
    int pending = 0;
    socklen_t size = sizeof pending;
    const int error = errno;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &pending, &size);
    return fail(pending != 0 ? pending : error == ENOTCONN ? ECONNRESET : error);
}

void SocketConnection::reset() {
    unregister();
    if (socket_ && peer_.is_ip()) {
        const linger now{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    local();  // can't be asked for afterwards
    socket_.reset();
    if (!failure_) {
        failure_ = std::make_unique<Failure>(
            *this, Error{Reason::reset, tr_format("the connection with {} was reset from here", peer_.text())});
    }
}

const Error& SocketConnection::error() const {
    EARSHOT_CHECK(failure_ != nullptr);
    return failure_->error;
}

const Endpoint& SocketConnection::local() const {
    if (local_.family() == Endpoint::Family::none && socket_) {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        if (::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&storage), &length) == 0) {
            local_ = Endpoint::of_sockaddr(reinterpret_cast<const sockaddr*>(&storage), length);
        }
    }
    return local_;
}

std::size_t SocketConnection::unsent() const {
    int bytes = 0;
    if (!socket_ || ::ioctl(socket_.get(), SIOCOUTQ, &bytes) != 0) return 0;
    return static_cast<std::size_t>(std::max(bytes, 0));
}

static_assert(sizeof(SocketConnection) < 200);

}  // namespace earshot::net
