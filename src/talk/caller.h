// The calling side: makes the call, hands it to the shard as a conversation, and calls again where that is wanted.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/timer_wheel.h"
#include "net/call.h"
#include "talk/shard.h"

namespace earshot::talk {

class Caller final : private Timer {
  public:
    // `retry`: the wait before calling again after a failure or an end; none: one call. The shard must outlive it.
    Caller(net::Loop& loop, Shard& shard, net::CallOptions options, std::optional<Millis> retry);
    ~Caller() override;

    // Told of the end of a call or of a conversation after which no other call is made by itself.
    void set_on_over(std::function<void(Reason)> on_over) { on_over_ = std::move(on_over); }
    // Told why nobody answered, after `closed`; may destroy this.
    void set_on_failed(std::function<void(const Error&)> on_failed) { on_failed_ = std::move(on_failed); }
    // The conversation for whose sake is called, for the events.
    void set_partner(SessionId partner) { partner_ = partner; }
    // Emits `dialing`, then `opened` or `closed`. Nothing where a call is under way already. The responder may destroy
    // this when it is told of the conversation.
    void call();
    // To be told by the shard's owner: the conversation has ended.
    void ended(Reason reason);
    // No call any more, not even by itself. One under way is given up, with `closed`.
    void stop();
    // No call by itself any more, after this conversation either, until the next call(). One under way is given up, and
    // so is the wait for one; false: there was neither.
    bool hang_up();
    // While held no call is made by itself; one that would have been is made once that is over.
    void hold(bool hold);
    // Waiting to call again is not: call() then calls at once.
    bool is_busy() const { return calling_ || talking_; }
    // The number of the call or conversation under way, or of the last one.
    SessionId id() const { return id_; }

  private:
    void on_timer() override;
    net::CallOptions watched(net::CallOptions options);
    void answered(Result<std::unique_ptr<net::Connection>> connection);
    void over(Reason reason);
    void give_up();

    net::Loop& loop_;
    Shard& shard_;
    net::Call call_;
    std::optional<Millis> retry_;
    std::function<void(Reason)> on_over_;
    std::function<void(const Error&)> on_failed_;
    SessionId id_{}, partner_{};
    std::uint32_t attempt_ = 0;
    bool calling_ = false, talking_ = false, stopped_ = false;
    bool hung_up_ = false;              // the user has ended it: it is not called again by itself
    bool held_ = false, late_ = false;  // a call came due while it was held
};

}  // namespace earshot::talk
