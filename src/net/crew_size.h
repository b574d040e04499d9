// How many threads should run the loops of a crew, found out by trying: what another thread brings depends on who else
// wants the processors, and that is seen best in what gets done. Pure: time and work come in, a number comes out.
//
// While the program is busy, the number is held against half of it and against twice as many: four short stretches, in
// turns of the one and the other. The better one is kept, and who was better goes on in the same direction. Then there
// is rest, the longer the more often nothing changed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace earshot::net {

class CrewSize {
  public:
    static constexpr Millis kStretch{25}, kSettling{8};
    static constexpr Millis kFirstRest{500}, kLongestRest{8000};

    // 1 <= most; begins with all.
    explicit CrewSize(std::size_t most) : most_(most), size_(most) {}

    // The number at the moment, a trial's included.
    std::size_t threads() const { return trial_ && trial_->tries_other() ? trial_->other : size_; }
    // When advance() is due; none: no trial is under way.
    std::optional<SteadyTime> due() const;

    // The program is busy; `work` is all that has been done so far, in any unit.
    void busy(SteadyTime now, std::uint64_t work);
    // Not before it is due().
    void advance(SteadyTime now, std::uint64_t work);

  private:
    struct Trial {
        bool tries_other() const { return stretch % 2 == 1; }

        std::size_t other;
        bool second_way;  // nothing came of the other direction
        int stretch = 0;
        bool settling = false;
        SteadyTime due{}, begun{};
        std::uint64_t before = 0;              // work when the stretch began
        std::array<double, 2> work{}, time{};  // of the number in force, of the other
    };

    void try_other(std::size_t other, bool second_way, SteadyTime now, std::uint64_t work);
    void judge(double gain, SteadyTime now, std::uint64_t work);

    std::size_t most_;
    std::size_t size_;
    std::optional<Trial> trial_;
    SteadyTime rests_until_{};
    Millis rest_ = kFirstRest;
    bool changed_ = false;  // since the last rest
};

}  // namespace earshot::net
