#include "base/timer_wheel.h"

#include <algorithm>

#include "base/check.h"

namespace earshot {

Timer::~Timer() { cancel(); }

void Timer::cancel() {
    if (wheel_) wheel_->unlink(*this);
}

TimerWheel::TimerWheel(SteadyTime start) : start_(start) {}

TimerWheel::~TimerWheel() {
    for (Timer*& slot : slots_) {
        while (slot) unlink(*slot);
    }
}

// Rounds up, so that no timer runs before its time.
std::uint64_t TimerWheel::tick_of(SteadyTime time) const {
    if (time <= start_) return 0;
    const auto since = time - start_;
    return static_cast<std::uint64_t>((since + kTick - std::chrono::nanoseconds(1)) / kTick);
}

void TimerWheel::set(Timer& timer, SteadyTime deadline) {
    if (timer.wheel_) timer.wheel_->unlink(timer);
    const std::uint64_t tick = std::max(tick_of(deadline), done_ + 1);
    Timer*& slot = slots_[tick % kSlots];
    timer.deadline_ = start_ + kTick * tick;
    timer.wheel_ = this;
    timer.next_ = slot;
    timer.link_ = &slot;
    if (slot) slot->link_ = &timer.next_;
    slot = &timer;
    if (count_++ == 0) {
        earliest_ = timer.deadline_;
        earliest_exact_ = true;
    } else if (timer.deadline_ < earliest_) {
        earliest_ = timer.deadline_;
        earliest_exact_ = true;
    }
}

void TimerWheel::unlink(Timer& timer) {
    EARSHOT_CHECK(timer.link_ != nullptr);
    *timer.link_ = timer.next_;
    if (timer.next_) timer.next_->link_ = timer.link_;
    timer.next_ = nullptr;
    timer.link_ = nullptr;
    timer.wheel_ = nullptr;
    --count_;
    if (timer.deadline_ <= earliest_) earliest_exact_ = false;
}

void TimerWheel::advance(SteadyTime now) {
    if (now < start_) return;
    const auto until = static_cast<std::uint64_t>((now - start_) / kTick);  // rounds down: never early
    if (until <= done_) return;
    if (count_ == 0 || now < earliest_) {
        done_ = until;
        return;
    }
    earliest_exact_ = false;
    const std::uint64_t turns = std::min<std::uint64_t>(until - done_, kSlots);
    const std::uint64_t first = until - turns + 1;
    done_ = until;
    for (std::uint64_t tick = first; tick <= until; ++tick) {
        // Taken out first and put into a private list: a callback may set, cancel or destroy any timer.
        Timer* due = nullptr;
        for (Timer* timer = slots_[tick % kSlots]; timer;) {
            Timer* next = timer->next_;
            if (timer->deadline_ <= start_ + kTick * until) {
                unlink(*timer);
                timer->wheel_ = this;
                ++count_;
                timer->next_ = due;
                timer->link_ = &due;
                if (due) due->link_ = &timer->next_;
                due = timer;
            }
            timer = next;
        }
        while (due) {
            Timer& timer = *due;
            unlink(timer);
            timer.on_timer();
        }
    }
}

std::optional<SteadyTime> TimerWheel::next_deadline() const {
    if (count_ == 0) return std::nullopt;
    if (!earliest_exact_) {
        // One turn covers nearly every wait; beyond it the end of the turn is early enough to look again.
        earliest_ = start_ + kTick * (done_ + kSlots);
        for (std::uint64_t tick = done_ + 1; tick < done_ + kSlots; ++tick) {
            const SteadyTime time = start_ + kTick * tick;
            bool found = false;
            for (const Timer* timer = slots_[tick % kSlots]; timer && !found; timer = timer->next_) {
                found = timer->deadline_ <= time;
            }
            if (found) {
                earliest_ = time;
                break;
            }
        }
        earliest_exact_ = true;
    }
    return earliest_;
}

}  // namespace earshot
