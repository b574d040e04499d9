#include "net/tls_connection.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"

namespace earshot::net {

TlsConnection::TlsConnection(Loop& loop, std::unique_ptr<TlsStream> stream, Endpoint local)
    : loop_(loop), stream_(std::move(stream)), local_(std::move(local)), facts_(stream_->facts()) {
    if (local_.family() == Endpoint::Family::none) {
        sockaddr_storage storage{};
        socklen_t size = sizeof storage;
        auto* address = reinterpret_cast<sockaddr*>(&storage);
        if (::getsockname(stream_->wire().descriptor(), address, &size) == 0)
            local_ = Endpoint::of_sockaddr(address, size);
    }
    settle();
}

TlsConnection::~TlsConnection() { leave_loop(); }

void TlsConnection::leave_loop() {
    if (std::exchange(in_loop_, false)) loop_.remove(stream_->wire().descriptor(), *this);
}

void TlsConnection::want(bool read, bool write) {
    want_read_ = read;
    want_write_ = write;
    settle();
}

bool TlsConnection::input_waits() const {
    if (stream_->is_failed()) return !failure_told_;
    if (stream_->ended()) return !end_told_;
    return stream_->has_buffered_input();
}

bool TlsConnection::has_buffered_input() const { return input_waits(); }

std::uint32_t TlsConnection::interest() const {
    if (stream_->is_failed()) return 0;
    std::uint32_t events = stream_->wire().has_unsent() ? EPOLLOUT : 0U;
    if (want_read_ && !stream_->ended()) events |= read_needs_write_ ? EPOLLOUT : EPOLLIN;
    if (want_write_) events |= write_needs_read_ ? EPOLLIN : EPOLLOUT;
    return events;
}

// Brings the loop in line with what is wanted: the descriptor for what the kernel knows of, the timer for what only TLS
// knows of (bytes decrypted already, an end or failure found on the way).
void TlsConnection::settle() {
    const bool waits_here = (want_read_ && input_waits()) || (want_write_ && stream_->is_failed() && !failure_told_);
    if (!waits_here) {
        cancel();
    } else if (!is_set()) {
        loop_.timers().set(*this, loop_.now());
    }
    const int descriptor = stream_->wire().descriptor();
    const std::uint32_t events = interest();
    if (descriptor < 0 || stream_->is_failed() || (hung_up_ && events == 0)) {
        leave_loop();
    } else if (!in_loop_) {
        in_loop_ = loop_.add(descriptor, events, *this);
        if (!in_loop_) stream_->fail_by_socket(errno);
    } else if (events != watched_) {
        loop_.modify(descriptor, events, *this);
    }
    watched_ = events;
}

void TlsConnection::on_events(std::uint32_t epoll_events) {
    const bool broken = (epoll_events & (EPOLLERR | EPOLLHUP)) != 0;
    const bool in = broken || (epoll_events & EPOLLIN) != 0;
    const bool out = broken || (epoll_events & EPOLLOUT) != 0;
    hung_up_ |= broken;
    if (in) stream_->wire().note_readable();
    if (out && stream_->wire().has_unsent()) stream_->flush();
    bool readable = false;
    if (want_read_ && (in || (out && read_needs_write_)) && !stream_->ended()) {
        const TlsStep step = stream_->probe();
        read_needs_write_ = step == TlsStep::want_write;
        readable = step == TlsStep::done;
    }
    bool writable = want_write_ && (write_needs_read_ ? in : out) && !stream_->wire().has_unsent();
    if (stream_->is_failed()) {
        readable |= want_read_;
        writable |= want_write_;
    }
    // A failure is told even to one who wants nothing, once; the descriptor would report it for ever.
    const bool unasked = (broken || stream_->is_failed()) && !readable && !writable;
    settle();
    if (unasked) leave_loop();
    if (handler_ && (readable || writable || unasked)) handler_->on_ready(readable || unasked, writable);
}

void TlsConnection::on_timer() {
    const bool readable = want_read_ && input_waits();
    const bool writable = want_write_ && stream_->is_failed() && !failure_told_;
    settle();  // sets the timer again for as long as this holds
    if (handler_ && (readable || writable)) handler_->on_ready(readable, writable);
}

IoResult TlsConnection::result_of(TlsStep step, std::size_t bytes) {
    IoResult result;
    switch (step) {
        case TlsStep::done:
            result = {IoStatus::ok, bytes};
            break;
        case TlsStep::end:
            end_told_ = true;
            result.status = IoStatus::end;
            break;
        case TlsStep::failed:
            failure_told_ = true;
            result.status = IoStatus::failed;
            break;
        case TlsStep::want_read:
        case TlsStep::want_write:
            break;
    }
    settle();
    return result;
}

IoResult TlsConnection::read_some(MutableByteView into) {
    // After the peer's end only a reset can still come; nothing is read any more that would show it.
    if (stream_->ended() && hung_up_) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(stream_->wire().descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) stream_->fail_by_socket(error);
    }
    std::size_t count = 0;
    const TlsStep step = stream_->read(into, count);
    read_needs_write_ = step == TlsStep::want_write;
    return result_of(step, count);
}

IoResult TlsConnection::write_some(std::span<const ByteView> pieces) {
    std::size_t count = 0;
    const TlsStep step = stream_->write(pieces, count);
    if (count > 0) loop_.note_write(count);
    write_needs_read_ = step == TlsStep::want_read;
    return result_of(step, count);
}

IoResult TlsConnection::end_sending() {
    const TlsStep step = stream_->send_end();
    write_needs_read_ = step == TlsStep::want_read;
    return result_of(step, 0);
}

void TlsConnection::reset() {
    leave_loop();
    cancel();
    stream_->wire().reset();
    stream_->fail(Error{Reason::reset, tr_format("TLS with {}: reset from here", peer().text())});
    failure_told_ = true;
}

std::size_t TlsConnection::unsent() const {
    int kernel = 0;
    if (::ioctl(stream_->wire().descriptor(), SIOCOUTQ, &kernel) != 0 || kernel < 0) kernel = 0;
    return stream_->wire().unsent() + static_cast<std::size_t>(kernel);
}

}  // namespace earshot::net
