// How long a loop looks for events before it goes to sleep for them. Who has just written to many soon hears from one
// of them, and to fall asleep and be woken takes longer than that: 20 us in a virtual machine, a tenth of a line to a
// hundred callers. But looking takes a processor, so it is kept to about a quarter of what the writes took, and where
// nobody comes, more and more turns sleep at once. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace earshot::net {

class Lookout {
  public:
    // What a write takes, and making what is written, in writes of a few bytes. Who sends in bulk is no busier for it.
    static constexpr std::size_t effort_of(std::size_t bytes) {
        constexpr std::size_t kMost = 4096;
        return 1 + std::min(bytes, kMost) / 512;
    }

    // Of the wait that follows so much effort; zero: sleep at once.
    std::chrono::nanoseconds patience(std::size_t effort) {
        constexpr std::size_t kLittle = 32;  // a quarter of its time is less than a wake-up
        constexpr std::size_t kMost = 125;
        constexpr std::chrono::nanoseconds kForOne{400};
        if (effort < kLittle) return {};
        if (skips_ > 0) return --skips_, std::chrono::nanoseconds();
        return std::min(effort, kMost) * kForOne;
    }

    // How looking for that long went.
    void note(bool somebody_came) {
        constexpr int kMostSkipped = 4096;
        in_vain_ = somebody_came ? in_vain_ / 2 : std::clamp(in_vain_ * 2, 1, kMostSkipped);
        skips_ = somebody_came ? 0 : in_vain_;
    }

  private:
    int skips_ = 0;    // so many waits sleep at once
    int in_vain_ = 0;  // skips after the last look, halved by each that was worth it
};

}  // namespace earshot::net
