// How a conversation ends, and what it waits for: the half of Session that is about time.
#include <algorithm>
#include <utility>

#include "base/i18n.h"
#include "talk/fan_out.h"
#include "talk/responder.h"
#include "talk/session.h"
#include "talk/shard.h"
#include "talk/tracer.h"

namespace earshot::talk {

namespace {
constexpr SteadyTime kNever = SteadyTime::max();
constexpr Millis kAsksKernelAgain{5};  // whether the peer has what was sent
}  // namespace

// The connection is gone. What it still holds for us was received all the same.
void Session::failed() {
    const bool was_handling = std::exchange(in_handler_, true);
    const Error error = connection_->error();
    const bool had_ended = receive_ended_;
    if (shard_.tracer_) {
        shard_.tracer_->ending(id_,
                               error.reason == Reason::timeout ? Tracer::Ending::lost : Tracer::Ending::reset_received);
    }
    set_paused(0);
    while (!receive_ended_ && !ended_) {
        const net::IoResult result = connection_->read_some(shard_.read_buffer_);
        if (result.status != net::IoStatus::ok) break;
        take_in(ByteView(shard_.read_buffer_).first(result.bytes));
    }
    in_handler_ = was_handling;
    if (ended_) return;
    const bool had_left = had_ended && outbox_.empty() && sent_ == sent_before_fin_;
    leave_fan_out();  // what was said before is among what he did not get
    std::string detail = error.message;
    if (had_left) {
        return end(Reason::closed, tr("it had left after its FIN"));
    }
    broken_ = true;
    if (!outbox_.empty()) {
        detail += tr_format("; {} bytes were not delivered", outbox_.size());
    }
    end(error.reason, std::move(detail));
}

// What was received and is not a message yet is given out before: received and shown reconcile. Not where a responder
// ends the conversation from inside a message: then the rest is what it did not want.
void Session::end(Reason reason, std::string detail) {
    if (ended_ || std::exchange(finishing_, true)) return;
    if (!receive_ended_ && !reading_) {
        receive_ended_ = true;
        finish_messages();
        show_rest_of_text();
    }
    leave_fan_out();
    emit_dropped();
    ended_ = true;
    if (paused_ != 0) shard_.tally_.read_paused.subtract();
    shard_.emit(id_, "", model::Closed{reason, std::move(detail), received_, sent_});
    if (responder_) responder_->closed(*this);
    cancel();
    shard_.tally_.queued.subtract(outbox_.size());
    outbox_.clear();
    count_held(0, 0);
    if (shard_.tracer_) shard_.tracer_->ending(id_, Tracer::Ending::in_order);
    connection_.reset();
    shard_.ended(*this, reason);
}

void Session::end_as_asked() {
    ending_error_ ? end(ending_error_->reason, ending_error_->message) : end(Reason::closed, "");
}

void Session::update_interest() {
    asked_to_read_ = paused_ == 0 && !receive_ended_;
    connection_->want(asked_to_read_, !outbox_.empty() || wants_fin_out());
}

SteadyTime Session::quiet_at() const {
    if (inbox_.kept().empty()) return kNever;
    const Millis quiet = inbox_.framer().quiet_time();
    return quiet == Millis(0) ? kNever : last_received_ + quiet;
}

// Not while it is us who do not read.
bool Session::may_time_out() const {
    constexpr unsigned kOurs = static_cast<unsigned>(Pause::sink) | static_cast<unsigned>(Pause::pace) |
                               static_cast<unsigned>(Pause::neighbours) | static_cast<unsigned>(Pause::memory);
    return options_->idle_timeout > Millis(0) && (paused_ & kOurs) == 0;
}

// Set only ever to the first of what is waited for; a timer that has become too early finds nothing due and sets itself
// anew, so traffic need not touch the wheel.
void Session::arm_timer() {
    SteadyTime first = quiet_at();
    if (may_time_out()) first = std::min(first, last_traffic_ + options_->idle_timeout);
    if (unfinished_at_ != SteadyTime()) first = std::min(first, unfinished_at_);
    if (paces_ && paces_->until != SteadyTime()) first = std::min(first, paces_->until);
    if (ending_) first = std::min(first, closing_until_);
    if (resetting_ && outbox_.empty()) first = std::min(first, now() + kAsksKernelAgain);
    if (first != kNever && (!is_set() || first < deadline())) shard_.timers_.set(*this, first);
}

// RST takes back what the kernel has not delivered yet, so that comes first.
void Session::reset_if_sent() {
    const std::size_t unsent = connection_->unsent();
    if (unsent == 0) return reset(ending_error_->reason, ending_error_->message);
    if (std::exchange(unsent_, unsent) != unsent && grace_ == Grace::while_stuck)
        closing_until_ = now() + options_->close_grace;
    arm_timer();
}

void Session::on_timer() {
    const SteadyTime time = now();
    if (resetting_ && outbox_.empty() && time < closing_until_) return reset_if_sent();
    if (ending_ && time >= closing_until_) {
        if (outbox_.empty() && !resetting_) return end_as_asked();
        reset_connection();
        if (resetting_) return end(ending_error_->reason, ending_error_->message);
        return end(ending_error_->reason == Reason::closed ? Reason::timeout : ending_error_->reason,
                   tr_format("{} bytes that the peer did not take were given up", outbox_.size()));
    }
    if (may_time_out() && time >= last_traffic_ + options_->idle_timeout) {
        const double seconds = std::chrono::duration<double>(options_->idle_timeout).count();
        return end(Reason::timeout, tr_format("no byte either way for {:g} s (--idle-timeout)", seconds));
    }
    if (paces_ && paces_->until != SteadyTime() && time >= paces_->until) {
        paces_->until = {};
        resume_reading(Pause::pace);
        if (ended_) return;
    }
    if (time >= quiet_at()) {
        finish_messages();
    }
    if (ended_) return;
    if (unfinished_at_ != SteadyTime() && time >= unfinished_at_) {
        unfinished_at_ = {};
        if (!inbox_.kept().empty() || text_.held() > 0) emit_unfinished();
    }
    account();
    arm_timer();
}

}  // namespace earshot::talk
