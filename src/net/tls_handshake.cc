#include "net/tls_handshake.h"

#include <sys/epoll.h>

#include <cerrno>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"
#include "net/tls_connection.h"

namespace earshot::net {

std::unique_ptr<TlsHandshake> TlsHandshake::start(Loop& loop, UniqueFd descriptor, Endpoint peer, Endpoint local,
                                                  std::shared_ptr<const TlsContext> context,
                                                  std::optional<SteadyTime> deadline, Done done) {
    EARSHOT_CHECK(context != nullptr && done != nullptr && descriptor);
    const bool client = context->role() == TlsRole::client;
    // The loop's time is that of its last batch, which may be long ago for the first call of a program.
    const SteadyTime until = deadline.value_or(loop.clock().now() + context->handshake_timeout());
    auto stream = std::make_unique<TlsStream>(std::move(context), std::move(descriptor), std::move(peer));
    std::unique_ptr<TlsHandshake> self(new TlsHandshake(loop, std::move(stream), std::move(local), std::move(done)));
    // The client speaks first: a fresh connection is writable, so its first step comes with the next turn.
    self->watched_ = client ? EPOLLOUT : EPOLLIN;
    if (!self->stream_->is_failed()) {
        self->in_loop_ = loop.add(self->stream_->wire().descriptor(), self->watched_, *self);
        if (!self->in_loop_) self->stream_->fail_by_socket(errno);
    }
    loop.timers().set(*self, self->stream_->is_failed() ? loop.now() : until);
    return self;
}

TlsHandshake::TlsHandshake(Loop& loop, std::unique_ptr<TlsStream> stream, Endpoint local, Done done)
    : loop_(loop), stream_(std::move(stream)), local_(std::move(local)), done_(std::move(done)) {}

TlsHandshake::~TlsHandshake() { leave_loop(); }

void TlsHandshake::leave_loop() {
    if (std::exchange(in_loop_, false)) loop_.remove(stream_->wire().descriptor(), *this);
}

void TlsHandshake::on_events(std::uint32_t epoll_events) {
    if ((epoll_events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) stream_->wire().note_readable();
    step();
}

void TlsHandshake::step() {
    TlsStep step = stream_->flush();
    if (step == TlsStep::done) step = stream_->shake_hands();
    if (step == TlsStep::failed) return give_up(stream_->error());
    if (step == TlsStep::done) {
        leave_loop();
        cancel();
        std::unique_ptr<Connection> made;
        try {
            made = std::make_unique<TlsConnection>(loop_, std::move(stream_), std::move(local_));
        } catch (const std::bad_alloc&) {
            return give_up({Reason::limit, tr("a TLS handshake was in vain: no memory is left")});
        }
        const Done done = std::move(done_);  // from here on `this` may be gone
        done(std::move(made));
        return;
    }
    const bool sends = step == TlsStep::want_write || stream_->wire().has_unsent();
    const std::uint32_t events = (sends ? EPOLLOUT : 0U) | (step == TlsStep::want_read ? EPOLLIN : 0U);
    if (events != watched_) loop_.modify(stream_->wire().descriptor(), events, *this);
    watched_ = events;
}

void TlsHandshake::on_timer() { give_up(stream_->is_failed() ? stream_->error() : stream_->timeout_error()); }

void TlsHandshake::give_up(Error error) {
    leave_loop();
    cancel();
    if (stream_) stream_->wire().close_gently();  // none: there was no memory for the connection
    const Done done = std::move(done_);
    done(std::move(error));
}

}  // namespace earshot::net
