#include "net/pipe.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"
#include "net/socket_options.h"

namespace earshot::net {

namespace {

constexpr Millis kDrainPatience{5000};  // without one more byte acknowledged; then the kernel goes on by itself
constexpr Millis kDrainLook{50};        // between two looks, at most
constexpr Millis kRetry{20};            // a descriptor that says "not now" and cannot be waited for

}  // namespace

bool Pipe::Waiter::arm(int descriptor) {
    if (descriptor_ == descriptor) return true;
    EARSHOT_CHECK(descriptor_ < 0);
    if (!pipe_.loop_.add(descriptor, events_, *this)) return false;
    descriptor_ = descriptor;
    return true;
}

void Pipe::Waiter::disarm() {
    if (descriptor_ < 0) return;
    pipe_.loop_.remove(std::exchange(descriptor_, -1), *this);
}

Pipe::Pipe(Loop& loop, Connection& connection, Stdio input, Stdio output, PipeOptions options, PipeHandler& handler)
    : loop_(loop),
      connection_(connection),
      input_(std::move(input)),
      output_(std::move(output)),
      options_(std::move(options)),
      handler_(handler),
      inflow_(connection_, output_, options_.transform_in.get()),
      outflow_(connection_, input_, options_.transform_out.get()),
      last_traffic_(loop.clock().now()),
      input_waiter_(*this, EPOLLIN, &Pipe::on_input_ready),
      output_waiter_(*this, EPOLLOUT, &Pipe::on_output_ready),
      resume_alarm_(*this, &Pipe::on_resume),
      idle_alarm_(*this, &Pipe::on_idle),
      drain_alarm_(*this, &Pipe::on_drain_look) {
    connection_.set_handler(this);
    const int plain = connection_.plain_descriptor();
    if (plain >= 0 && connection_.peer().is_loopback()) tune_for_loopback_bulk(plain);
    if (options_.idle_timeout) loop_.timers().set(idle_alarm_, last_traffic_ + *options_.idle_timeout);
    if (connection_.has_buffered_input()) in_ = Wait::turn;
    update_waits();
}

Pipe::~Pipe() {
    if (end_) return;
    connection_.want(false, false);
    connection_.set_handler(nullptr);
}

void Pipe::on_ready(bool readable, bool writable) {
    if (writable && (out_ == Wait::target || out_ == Wait::turn)) {
        move_out();
    } else if (writable && out_ == Wait::finishing) {
        finish_sending();
    }
    if (readable && !end_) {
        if (in_ == Wait::source || in_ == Wait::turn) {
            move_in();
        } else {
            look_for_failure();
        }
    }
    settle();
}

void Pipe::on_input_ready() {
    move_out();
    settle();
}

void Pipe::on_output_ready() {
    move_in();
    settle();
}

// The directions that nothing else would wake.
void Pipe::on_resume() {
    if (out_ == Wait::source) move_out();
    if (!end_ && (in_ == Wait::turn || in_ == Wait::target)) move_in();
    settle();
}

void Pipe::settle() {
    if (!end_) return update_waits();
    resume_alarm_.cancel();
    idle_alarm_.cancel();
    drain_alarm_.cancel();
    input_waiter_.disarm();
    output_waiter_.disarm();
    connection_.want(false, false);
    connection_.set_handler(nullptr);
    const PipeEnd facts = *end_;
    handler_.on_end(facts);
}

void Pipe::move_in() {
    const FlowStop stop = inflow_.move();
    note_traffic();
    switch (stop) {
        case FlowStop::source:
            if (lost_) return end_lost(*lost_);
            in_ = Wait::source;
            break;
        case FlowStop::target:
            in_ = Wait::target;
            break;
        case FlowStop::turn:
            in_ = Wait::turn;
            break;
        case FlowStop::end:
            in_ended();
            break;
        case FlowStop::gone:
            end({Reason::closed, {}}, true);
            break;
        case FlowStop::failed:
            end(inflow_.error());
            break;
        case FlowStop::lost:
            end_lost(lost_ ? *lost_ : inflow_.error());
            break;
    }
}

void Pipe::move_out() {
    const FlowStop stop = outflow_.move();
    note_traffic();
    switch (stop) {
        case FlowStop::source:
            out_ = Wait::source;
            break;
        case FlowStop::target:
            out_ = Wait::target;
            break;
        case FlowStop::turn:
            out_ = Wait::turn;
            break;
        case FlowStop::end:
            out_ended();
            break;
        case FlowStop::failed:
            close_in_order(outflow_.error());
            break;
        case FlowStop::lost:
            connection_lost(outflow_.error());
            break;
        case FlowStop::gone:
            break;  // not of this direction
    }
}

void Pipe::update_waits() {
    // Level-triggered: a direction whose turn is over is woken by whatever it moves bytes between ...
    connection_.want(in_ == Wait::source || in_ == Wait::turn,
                     out_ == Wait::target || out_ == Wait::turn || out_ == Wait::finishing);
    // ... but for bytes that TLS holds already, and for a lost connection, which says nothing any more.
    if (in_ == Wait::turn && (lost_ || connection_.has_buffered_input())) {
        loop_.timers().set(resume_alarm_, loop_.now());
    }
    if (out_ != Wait::source) {
        input_waiter_.disarm();
    } else if (!input_waiter_.arm(input_.descriptor())) {
        loop_.timers().set(resume_alarm_, loop_.now() + kRetry);
    }
    if (in_ != Wait::target) {
        output_waiter_.disarm();
    } else if (!output_waiter_.arm(output_.descriptor())) {
        loop_.timers().set(resume_alarm_, loop_.now() + kRetry);
    }
}

// Reported as readable while nobody reads: the peer's reset, or the end of both directions.
void Pipe::look_for_failure() {
    const int plain = connection_.plain_descriptor();
    if (plain >= 0) {
        int error = 0;
        socklen_t size = sizeof error;
        if (::getsockopt(plain, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0) return;
        connection_lost(connection_error(error, connection_.peer()));
    } else if (in_ == Wait::nothing) {
        std::array<std::uint8_t, 1> none{};
        if (connection_.read_some(none).status == IoStatus::failed) connection_lost(connection_.error());
    }
}

void Pipe::in_ended() {
    in_ = Wait::nothing;
    if (lost_) return end_lost(*lost_);
    if (options_.finish_output) {
        output_waiter_.disarm();
        output_.finish_output();
    }
    handler_.on_half_closed(PipeSide::in);
    // With nothing left unread closing the connection takes back nothing; the kernel sends what it holds.
    if (closing_ && out_ == Wait::nothing) return end(*closing_);
    if (options_.on_fin == OnFin::close || out_ == Wait::nothing) return end({Reason::closed, {}});
    if (!options_.stdin_is_terminal) return;
    outflow_.stop_reading();
    if (out_ == Wait::source) move_out();
}

void Pipe::out_ended() {
    out_ = Wait::nothing;
    if (options_.on_eof == OnEof::close_after) return close_in_order({Reason::closed, {}});
    if (options_.on_eof == OnEof::finish) return finish_sending();
    if (in_ == Wait::nothing) end({Reason::closed, {}});
}

void Pipe::finish_sending() {
    const IoResult result = connection_.end_sending();
    switch (result.status) {
        case IoStatus::would_block:
            out_ = Wait::finishing;
            return;
        case IoStatus::failed:
            return connection_lost(connection_.error());
        default:
            break;
    }
    out_ = Wait::nothing;
    handler_.on_half_closed(PipeSide::out);
    if (closing_) {
        drain_until_ = loop_.now() + kDrainPatience;
        return check_drained();
    }
    if (in_ == Wait::nothing) end({Reason::closed, {}});
}

// Sending is over for good. What was received before stays readable, so a direction that still reads goes on to its
// end.
void Pipe::connection_lost(const Error& error) {
    out_ = Wait::nothing;
    if (in_ == Wait::nothing || connection_.plain_descriptor() < 0) return end_lost(error);
    if (!lost_) lost_ = error;
    if (in_ == Wait::source) in_ = Wait::turn;
}

// FIN, and on_end only once the peer's system has everything: closing before that, with received bytes unread, would
// send RST and take back what is on its way (RFC 2525 2.17).
void Pipe::close_in_order(Error error) {
    closing_ = std::move(error);
    finish_sending();
}

void Pipe::on_drain_look() {
    check_drained();
    settle();
}

void Pipe::check_drained() {
    const std::size_t unsent = connection_.unsent();
    if (unsent != unsent_) {
        unsent_ = unsent;
        drain_until_ = loop_.now() + kDrainPatience;
    }
    if (unsent == 0 || loop_.now() >= drain_until_) return end(*closing_);
    loop_.timers().set(drain_alarm_, loop_.now() + drain_wait_);
    drain_wait_ = std::min(drain_wait_ * 2, kDrainLook);
}

void Pipe::note_traffic() {
    const ByteCount traffic = inflow_.moved() + outflow_.moved();
    if (std::exchange(traffic_, traffic) != traffic) last_traffic_ = loop_.now();
}

// The timer is set anew only when it runs: traffic costs it nothing.
void Pipe::on_idle() {
    const SteadyTime due = last_traffic_ + *options_.idle_timeout;
    if (loop_.now() < due) return loop_.timers().set(idle_alarm_, due);
    const double seconds = std::chrono::duration<double>(*options_.idle_timeout).count();
    end({Reason::timeout, tr_format("nothing came from or went to {} for {} s; see --idle-timeout",
                                    connection_.peer().text(), seconds)});
    settle();
}

// What went wrong first is what is told.
void Pipe::end_lost(const Error& error) { end(closing_ && closing_->reason != Reason::closed ? *closing_ : error); }

void Pipe::end(Error error, bool reader_gone) {
    if (end_) return;
    in_ = out_ = Wait::nothing;
    end_ = PipeEnd{std::move(error), reader_gone, inflow_.moved(), outflow_.moved()};
}

}  // namespace earshot::net
