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
    // Emits `dialing`, then `opened` or `closed`. Nothing where a call is under way already.
    void call();
    // To be told by the shard's owner: the conversation has ended.
    void ended(Reason reason);
    // No call any more, not even by itself.
    void stop();
    // Waiting to call again is not: call() then calls at once.
    bool is_busy() const { return calling_ || talking_; }

  private:
    void on_timer() override;
    void answered(Result<std::unique_ptr<net::Connection>> connection);
    void over(Reason reason);

    net::Loop& loop_;
    Shard& shard_;
    net::Call call_;
    std::optional<Millis> retry_;
    std::function<void(Reason)> on_over_;
    SessionId id_{};
    std::uint32_t attempt_ = 0;
    bool calling_ = false, talking_ = false, stopped_ = false;
};

}  // namespace earshot::talk
