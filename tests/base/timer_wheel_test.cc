#include "base/timer_wheel.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace earshot {
namespace {

struct Ringing final : Timer {
    explicit Ringing(std::function<void()> ring) : ring_(std::move(ring)) {}
    void on_timer() override { ring_(); }
    std::function<void()> ring_;
};

const SteadyTime kStart{std::chrono::seconds(100)};

TEST(TimerWheel, RunsATimerOnceAndNeverEarly) {
    TimerWheel wheel(kStart);
    int rung = 0;
    Ringing timer([&] { ++rung; });
    wheel.set(timer, kStart + std::chrono::microseconds(2500));
    wheel.advance(kStart + std::chrono::microseconds(2499));
    EXPECT_EQ(rung, 0);
    wheel.advance(kStart + Millis(3));
    EXPECT_EQ(rung, 1);
    wheel.advance(kStart + Millis(9000));
    EXPECT_EQ(rung, 1);
}

TEST(TimerWheel, KeepsATimerBeyondOneTurn) {
    TimerWheel wheel(kStart);
    int rung = 0;
    Ringing timer([&] { ++rung; });
    wheel.set(timer, kStart + std::chrono::hours(1));
    for (int i = 1; i < 3600; ++i) wheel.advance(kStart + std::chrono::seconds(i));
    EXPECT_EQ(rung, 0);
    wheel.advance(kStart + std::chrono::hours(1));
    EXPECT_EQ(rung, 1);
}

TEST(TimerWheel, LetsACallbackDestroyOtherDueTimers) {
    TimerWheel wheel(kStart);
    int rung = 0;
    auto a = std::make_unique<Ringing>([] {});
    auto b = std::make_unique<Ringing>([] {});
    a->ring_ = [&] { ++rung, b.reset(); };
    b->ring_ = [&] { ++rung, a.reset(); };
    wheel.set(*a, kStart + Millis(5));
    wheel.set(*b, kStart + Millis(5));
    wheel.advance(kStart + Millis(6));
    EXPECT_EQ(rung, 1);
}

TEST(TimerWheel, SaysWhenItIsNeededNext) {
    TimerWheel wheel(kStart);
    EXPECT_FALSE(wheel.next_deadline());
    Ringing near([] {}), far([] {});
    wheel.set(far, kStart + std::chrono::hours(5));
    wheel.set(near, kStart + Millis(20));
    EXPECT_EQ(wheel.next_deadline(), kStart + Millis(20));
    near.cancel();
    ASSERT_TRUE(wheel.next_deadline());
    EXPECT_GT(*wheel.next_deadline(), kStart + Millis(20));
    EXPECT_LE(*wheel.next_deadline(), kStart + std::chrono::hours(5));
    wheel.advance(*wheel.next_deadline());
    EXPECT_GT(*wheel.next_deadline(), kStart + Millis(4000));
}

// Any order of setting, moving and stopping: each timer rings exactly once, in the tick after its deadline.
TEST(TimerWheel, AgreesWithASortedListUnderRandomUse) {
    std::mt19937 random(7);
    TimerWheel wheel(kStart);
    SteadyTime now = kStart;
    struct Entry {
        std::unique_ptr<Ringing> timer;
        SteadyTime due{};
        bool set = false;
    };
    std::vector<Entry> entries(50);
    for (auto& entry : entries) {
        entry.timer = std::make_unique<Ringing>([&] {
            EXPECT_TRUE(entry.set);
            EXPECT_LE(entry.due, now);
            entry.set = false;
        });
    }
    for (int step = 0; step < 20'000; ++step) {
        Entry& entry = entries[random() % entries.size()];
        if (random() % 4 == 0) {
            entry.timer->cancel();
            entry.set = false;
        } else {
            entry.due = now + std::chrono::microseconds(random() % 9'000'000);
            entry.set = true;
            wheel.set(*entry.timer, entry.due);
        }
        now += std::chrono::microseconds(random() % 100'000);
        wheel.advance(now);
        for (const Entry& each : entries) {
            if (each.set) {
                EXPECT_GT(each.due + Millis(2), now);
            }
        }
    }
}

}  // namespace
}  // namespace earshot
