// One wheel of timers for all conversations of a shard: setting, moving and stopping a timer is a few pointer writes,
// and a timer that is not set costs only its node inside the object that owns it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace earshot {

class TimerWheel;

// A node in the wheel, embedded in its owner; unlinks itself when destroyed. Not thread-safe: one shard's.
class Timer {
  public:
    Timer() = default;
    virtual ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    bool is_set() const { return wheel_ != nullptr; }
    SteadyTime deadline() const { return deadline_; }
    void cancel();

  protected:
    // Runs once per set(), on the shard's thread. May set the timer again and may destroy it.
    virtual void on_timer() = 0;

  private:
    friend class TimerWheel;
    Timer* next_ = nullptr;
    Timer** link_ = nullptr;  // what points at this node
    TimerWheel* wheel_ = nullptr;
    SteadyTime deadline_{};
};

// Hashed wheel: kSlots slots of one tick (1 ms) each; a timer further away than one turn stays in its slot for more
// turns. A timer never runs early; it runs at most a tick late plus the time until the next advance().
class TimerWheel {
  public:
    explicit TimerWheel(SteadyTime start);
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    void set(Timer& timer, SteadyTime deadline);  // moves it where it was set already
    // Runs what is due at `now`. Timers set to be due within this call run in the next one.
    void advance(SteadyTime now);
    // When advance() is next needed; none while nothing is set.
    std::optional<SteadyTime> next_deadline() const;
    bool is_empty() const { return count_ == 0; }

  private:
    friend class Timer;
    static constexpr std::size_t kSlots = 4096;
    static constexpr Millis kTick{1};

    std::uint64_t tick_of(SteadyTime time) const;
    void unlink(Timer& timer);

    std::array<Timer*, kSlots> slots_{};
    SteadyTime start_;
    std::uint64_t done_ = 0;  // ticks that have been run
    std::size_t count_ = 0;
    mutable SteadyTime earliest_{};  // a lower bound of the first deadline, exact after next_deadline()
    mutable bool earliest_exact_ = false;
};

}  // namespace earshot
