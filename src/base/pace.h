// How often something may happen, and how much of that has been used: a token bucket kept as one point in time, so that
// it costs eight bytes and no timer. Pure: the time comes in with each question.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace earshot {

// So many in each period; a full bucket holds one period's worth, which may go at once.
struct Rate {
    std::uint64_t count = 0;                 // 0: no limit
    Millis period{std::chrono::seconds(1)};  // more than 0

    bool is_limited() const { return count != 0; }
    friend bool operator==(const Rate&, const Rate&) = default;
};

// What has been used of a Rate, which is given each time because thousands share one. Begins full.
class Pace {
  public:
    // Whether one more may happen now.
    bool has_room(const Rate& rate, SteadyTime now) const { return debt(now) + cost(rate, 1) <= rate.period; }
    // `amount` has happened, whether there was room or not: what was not there is owed, and paid by waiting.
    void spend(const Rate& rate, SteadyTime now, std::uint64_t amount = 1) {
        full_at_ = std::max(full_at_, now) + cost(rate, amount);
    }
    // How much may happen now.
    std::uint64_t room(const Rate& rate, SteadyTime now) const {
        const std::chrono::duration<double> spare = rate.period - debt(now), period = rate.period;
        return spare.count() <= 0 ? 0
                                  : static_cast<std::uint64_t>(spare / period * static_cast<double>(rate.count) + 1e-6);
    }
    // When there is room for `amount`, at most the rate's count, if nothing happens until then.
    SteadyTime room_at(const Rate& rate, std::uint64_t amount) const {
        return full_at_ + cost(rate, amount) - rate.period;
    }
    SteadyTime full_at() const { return full_at_; }

  private:
    using Nanos = std::chrono::nanoseconds;

    Nanos debt(SteadyTime now) const { return std::max(Nanos(0), Nanos(full_at_ - now)); }
    // Rounded down, so that a period's count always fits into the period. In two parts, because a read's bytes times an
    // hour's nanoseconds would not fit into 64 bits.
    static Nanos cost(const Rate& rate, std::uint64_t amount) {
        const auto period = static_cast<std::uint64_t>(Nanos(rate.period).count());
        return Nanos(
            static_cast<std::int64_t>(period / rate.count * amount + period % rate.count * amount / rate.count));
    }

    SteadyTime full_at_{};
};

}  // namespace earshot
