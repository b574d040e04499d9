// Time, come in through the constructor: the steady clock for waits, the wall clock for what people and logs read.
#pragma once

#include <chrono>

namespace earshot {

using Millis = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;  // nanoseconds
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual SteadyTime now() const = 0;
    virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
  public:
    SteadyTime now() const override { return std::chrono::steady_clock::now(); }
    WallTime wall() const override { return std::chrono::system_clock::now(); }
};

// A clock that moves only when a test says so.
class ManualClock final : public Clock {
  public:
    SteadyTime now() const override { return now_; }
    WallTime wall() const override { return WallTime(std::chrono::seconds(1'700'000'000)) + (now_ - SteadyTime()); }
    void advance(std::chrono::nanoseconds by) { now_ += by; }

  private:
    SteadyTime now_{};
};

}  // namespace earshot
