#include "net/crew_size.h"

#include <algorithm>

namespace earshot::net {

namespace {
constexpr int kStretches = 4;
constexpr double kWorthAnother = 1.05;  // more threads take more of the processors
constexpr double kClear = 0.2;          // then two stretches are enough
}  // namespace

std::optional<SteadyTime> CrewSize::due() const {
    if (!trial_) return std::nullopt;
    return trial_->due;
}

void CrewSize::busy(SteadyTime now, std::uint64_t work) {
    if (trial_ || most_ == 1 || now < rests_until_) return;
    changed_ = false;
    const bool down = size_ > 1;
    try_other(down ? size_ / 2 : std::min(size_ * 2, most_), size_ == 1 || size_ == most_, now, work);
}

void CrewSize::try_other(std::size_t other, bool second_way, SteadyTime now, std::uint64_t work) {
    trial_ = Trial{other, second_way};
    trial_->due = now + kStretch;
    trial_->begun = now;
    trial_->before = work;
}

void CrewSize::advance(SteadyTime now, std::uint64_t work) {
    if (!trial_) return;
    Trial& trial = *trial_;
    if (trial.settling) {
        trial.settling = false;
        trial.begun = now;
        trial.before = work;
        trial.due = now + kStretch;
        return;
    }
    const auto which = static_cast<std::size_t>(trial.tries_other());
    trial.work[which] += static_cast<double>(work - trial.before);
    trial.time[which] += std::chrono::duration<double>(now - trial.begun).count();
    ++trial.stretch;
    if (!trial.tries_other()) {  // as many stretches of the one as of the other
        const double mine = trial.work[0] / trial.time[0];
        const double gain = mine > 0 ? trial.work[1] / trial.time[1] / mine : 0;
        if (trial.stretch == kStretches || gain > 1 + kClear || gain < 1 - kClear) return judge(gain, now, work);
    }
    trial.settling = true;
    trial.due = now + kSettling;
}

void CrewSize::judge(double gain, SteadyTime now, std::uint64_t work) {
    const std::size_t other = trial_->other;
    const bool down = other < size_, second_way = trial_->second_way;
    trial_.reset();
    if (gain >= (down ? 1.0 : kWorthAnother)) {
        size_ = other;
        changed_ = true;
        const std::size_t further = down ? size_ / 2 : std::min(size_ * 2, most_);
        if (further > 0 && further != size_) return try_other(further, true, now, work);
    } else if (!second_way && !changed_) {
        return try_other(std::min(size_ * 2, most_), true, now, work);
    }
    rest_ = changed_ ? kFirstRest : std::min(rest_ * 2, kLongestRest);
    rests_until_ = now + rest_;
}

}  // namespace earshot::net
