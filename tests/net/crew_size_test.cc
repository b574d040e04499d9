#include "net/crew_size.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace earshot::net {
namespace {

// A machine on which so many threads get so much done in a second, looked at every 50 ms by a thread that is busy.
struct Machine {
    void run(Millis length) {
        const SteadyTime end = clock.now() + length;
        while (clock.now() < end) {
            if (size.due() && *size.due() <= clock.now()) {
                size.advance(clock.now(), done());
                ++changes;
            }
            if (clock.now() >= next_look) {
                next_look = clock.now() + Millis(50);
                if (busy) size.busy(clock.now(), done());
            }
            clock.advance(Millis(1));
            work += rate(size.threads()) / 1000;
            time_at[size.threads()] += 1;
        }
    }
    std::uint64_t done() const { return static_cast<std::uint64_t>(work); }

    CrewSize size;
    std::function<double(std::size_t threads)> rate;
    bool busy = true;
    ManualClock clock;
    SteadyTime next_look{};
    double work = 0;
    int changes = 0;
    std::vector<double> time_at = std::vector<double>(128, 0);  // ms
};

TEST(CrewSize, BeginsWithAllThreads) {
    EXPECT_EQ(CrewSize(8).threads(), 8U);
    EXPECT_FALSE(CrewSize(8).due());
}

TEST(CrewSize, KeepsAllThatGetMoreDone) {
    Machine machine{CrewSize(8), [](std::size_t threads) { return 1e6 * static_cast<double>(threads); }};
    machine.run(Millis(60'000));
    EXPECT_GT(machine.time_at[8], 59'000);
    EXPECT_EQ(machine.size.threads(), 8U);
}

TEST(CrewSize, GoesDownToOneThreadWhereTheOthersCost) {
    Machine machine{CrewSize(8), [](std::size_t threads) { return 1e6 / static_cast<double>(threads); }};
    machine.run(Millis(500));
    EXPECT_EQ(machine.size.threads(), 1U);
    machine.run(Millis(60'000));
    EXPECT_GT(machine.time_at[1], 59'000);  // trials included, which find nothing else
}

TEST(CrewSize, FindsTheNumberInBetween) {
    for (const double best : {2.0, 4.0, 8.0, 16.0}) {
        Machine machine{CrewSize(32), [best](std::size_t threads) {
                            return 1e6 / (1 + std::abs(std::log2(static_cast<double>(threads) / best)));
                        }};
        machine.run(Millis(3000));
        EXPECT_EQ(machine.size.due() ? best : static_cast<double>(machine.size.threads()), best);
    }
}

TEST(CrewSize, MeasuresANumberThatIsNoPowerOfTwoToItsEnd) {
    Machine machine{CrewSize(6), [](std::size_t threads) { return 1e6 / static_cast<double>(threads); }};
    machine.run(Millis(500));
    EXPECT_EQ(machine.size.threads(), 1U);
    machine.rate = [](std::size_t threads) { return 1e6 * static_cast<double>(threads); };
    machine.run(Millis(10'000));
    EXPECT_EQ(machine.size.threads(), 6U);
}

TEST(CrewSize, ComesBackWithinSecondsWhenTheOthersPayAgain) {
    Machine machine{CrewSize(2), [](std::size_t threads) { return threads == 1 ? 1e6 : 0.75e6; }};
    machine.run(Millis(120'000));
    EXPECT_EQ(machine.size.threads(), 1U);
    machine.rate = [](std::size_t threads) { return threads == 1 ? 1e6 : 1.5e6; };
    machine.run(CrewSize::kLongestRest + Millis(300));
    EXPECT_EQ(machine.size.threads(), 2U);
}

TEST(CrewSize, KeepsOneThreadWhereAnotherBringsNothing) {
    Machine machine{CrewSize(2), [](std::size_t) { return 1e6; }};
    machine.run(Millis(30'000));
    EXPECT_GT(machine.time_at[1], 29'000);
}

TEST(CrewSize, TriesNothingWhileNobodyIsBusy) {
    Machine machine{CrewSize(4), [](std::size_t) { return 1e6; }, false};
    machine.run(Millis(10'000));
    EXPECT_EQ(machine.changes, 0);
    EXPECT_EQ(machine.size.threads(), 4U);
}

TEST(CrewSize, StaysWhereAllWorkEndsInATrial) {
    Machine machine{CrewSize(4), [](std::size_t) { return 1e6; }};
    machine.run(Millis(20));
    ASSERT_TRUE(machine.size.due());
    machine.rate = [](std::size_t) { return 0.0; };
    machine.busy = false;
    machine.run(Millis(5000));
    EXPECT_FALSE(machine.size.due());
    EXPECT_EQ(machine.size.threads(), 4U);
}

TEST(CrewSize, OfOneHasNothingToTry) {
    CrewSize size(1);
    size.busy(SteadyTime() + Millis(100), 10);
    EXPECT_FALSE(size.due());
    EXPECT_EQ(size.threads(), 1U);
}

}  // namespace
}  // namespace earshot::net
