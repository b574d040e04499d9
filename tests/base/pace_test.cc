#include "base/pace.h"

#include <gtest/gtest.h>

#include <random>

namespace earshot {
namespace {

using std::chrono::seconds;

class PaceTest : public testing::Test {
  protected:
    bool take() {
        if (!pace.has_room(rate, clock.now())) return false;
        pace.spend(rate, clock.now());
        return true;
    }
    int take_all() {
        int taken = 0;
        while (taken < 100'000 && take()) ++taken;
        return taken;
    }

    ManualClock clock;
    Rate rate{3, seconds(1)};
    Pace pace;
};

TEST_F(PaceTest, GivesAPeriodsCountAtOnceWhateverItIs) {
    for (const std::uint64_t count : {1U, 2U, 3U, 7U, 60U, 999U, 1000U, 1001U}) {
        for (const Millis period : {Millis(1000), Millis(60'000), Millis(3'600'000)}) {
            rate = {count, period};
            pace = {};
            EXPECT_EQ(take_all(), static_cast<int>(count)) << period.count();
        }
    }
}

TEST_F(PaceTest, FillsEvenlyAndNoFurtherThanFull) {
    take_all();
    clock.advance(Millis(333));
    EXPECT_FALSE(take());
    clock.advance(Millis(1));
    EXPECT_TRUE(take());
    EXPECT_FALSE(take());
    clock.advance(seconds(1000));
    EXPECT_EQ(take_all(), 3);
}

TEST_F(PaceTest, RemembersWhatIsOwed) {
    pace.spend(rate, clock.now(), 9);  // three seconds' worth
    EXPECT_EQ(pace.room(rate, clock.now()), 0U);
    clock.advance(Millis(2300));
    EXPECT_FALSE(take());
    clock.advance(Millis(34));
    EXPECT_TRUE(take());
}

TEST_F(PaceTest, SaysHowMuchThereIsAndWhenThereWillBe) {
    rate = {1000, seconds(1)};
    EXPECT_EQ(pace.room(rate, clock.now()), 1000U);
    pace.spend(rate, clock.now(), 1000);
    EXPECT_EQ(pace.room(rate, clock.now()), 0U);
    EXPECT_EQ(pace.room_at(rate, 250), clock.now() + Millis(250));
    clock.advance(Millis(250));
    EXPECT_EQ(pace.room(rate, clock.now()), 250U);
}

TEST_F(PaceTest, TakesAReadOfAnySizeAtTheLowestRate) {
    rate = {1, std::chrono::hours(1)};
    pace.spend(rate, clock.now(), 256 * 1024);
    EXPECT_FALSE(take());
    EXPECT_GT(pace.full_at(), clock.now() + std::chrono::hours(200'000));
}

TEST_F(PaceTest, BearsTimesThatComeOutOfOrder) {
    clock.advance(seconds(5));
    take_all();
    EXPECT_FALSE(pace.has_room(rate, clock.now() - Millis(400)));
    pace.spend(rate, clock.now() - Millis(400));
    EXPECT_EQ(pace.room(rate, clock.now()), 0U);
}

// Whenever they come: in no stretch of time do more get through than a period's count and what the rate gives besides.
TEST(PaceProperty, NeverLetsMoreThroughThanTheRate) {
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        const Rate rate{1 + random() % 50, Millis(1 + random() % 5000)};
        Pace pace;
        ManualClock clock;
        std::vector<SteadyTime> taken;
        for (int i = 0; i < 400; ++i) {
            clock.advance(std::chrono::microseconds(random() % 2 == 0 ? 0 : random() % 300'000));
            if (!pace.has_room(rate, clock.now())) continue;
            pace.spend(rate, clock.now());
            taken.push_back(clock.now());
        }
        for (std::size_t from = 0; from < taken.size(); from += 7) {
            for (std::size_t to = from; to < taken.size(); ++to) {
                const double periods =
                    std::chrono::duration<double>(taken[to] - taken[from]) / std::chrono::duration<double>(rate.period);
                ASSERT_LE(static_cast<double>(to - from + 1), static_cast<double>(rate.count) * (1 + periods) + 1e-3);
            }
        }
    }
}

}  // namespace
}  // namespace earshot
