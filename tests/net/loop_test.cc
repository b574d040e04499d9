#include "net/loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "net/wait.h"
#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

using test::RealLoop;

// A descriptor that is readable for as long as the watcher lets it be.
struct Bell final : Watcher {
    explicit Bell(Loop& to) : loop(to), event(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {
        EXPECT_TRUE(loop.add(event.get(), EPOLLIN, *this));
    }
    ~Bell() { loop.remove(event.get(), *this); }
    void on_events(std::uint32_t events) override {
        EXPECT_EQ(events, static_cast<std::uint32_t>(EPOLLIN));
        ++rung;
        if (then) then();
    }
    Loop& loop;
    UniqueFd event;
    int rung = 0;
    std::function<void()> then;
};

TEST(Loop, TellsForAsLongAsTheConditionHolds) {
    RealLoop real;
    Bell bell(real.loop);
    real.loop.run_once(Millis(100));
    real.loop.run_once(Millis(100));
    EXPECT_EQ(bell.rung, 2);
    real.loop.modify(bell.event.get(), 0, bell);
    EXPECT_FALSE(real.loop.run_once(Millis(0)));
}

TEST(Loop, SaysNothingToAWatcherThatWasRemovedInTheSameBatch) {
    RealLoop real;
    auto first = std::make_unique<Bell>(real.loop);
    auto second = std::make_unique<Bell>(real.loop);
    int rung = 0;
    first->then = [&] { ++rung, second.reset(); };
    second->then = [&] { ++rung, first.reset(); };
    real.loop.run_once(Millis(100));
    EXPECT_EQ(rung, 1);
}

TEST(Loop, LetsAWatcherDestroyItself) {
    RealLoop real;
    auto bell = std::make_unique<Bell>(real.loop);
    bell->then = [&] { bell.reset(); };
    real.loop.run_once(Millis(100));
    EXPECT_FALSE(bell);
    EXPECT_FALSE(real.loop.run_once(Millis(0)));
}

TEST(Loop, RefusesWhatCannotBeWaitedFor) {
    RealLoop real;
    Bell bell(real.loop);
    const UniqueFd file(::open(testing::TempDir().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    EXPECT_FALSE(real.loop.add(file.get(), EPOLLIN, bell));
    EXPECT_EQ(errno, EPERM);
}

TEST(Loop, RunsWhatOtherThreadsPostInTheirOrder) {
    RealLoop real;
    std::vector<int> seen;
    std::thread other([&] {
        for (int i = 0; i < 1000; ++i) real.loop.post([&seen, i] { seen.push_back(i); });
        real.loop.post([&] { real.loop.stop_soon(); });
    });
    real.loop.run();
    other.join();
    ASSERT_EQ(seen.size(), 1000U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(Loop, RunsWhatIsPostedFromPostedWorkInTheNextTurn) {
    RealLoop real;
    int turns = 0;
    std::function<void()> again = [&] {
        if (++turns < 3) real.loop.post(again);
    };
    real.loop.post(again);
    real.loop.run_once(Millis(100));
    EXPECT_EQ(turns, 1);
    EXPECT_TRUE(real.until([&] { return turns == 3; }));
}

TEST(Loop, StopsWhenToldToFromAnotherThread) {
    RealLoop real;
    std::thread other([&] { real.loop.stop_soon(); });
    real.loop.run();
    other.join();
    SUCCEED();
}

struct Alarm {
    explicit Alarm(RealLoop& to) : real(to) {}
    void ring() { rung_at = real.clock.now(); }
    RealLoop& real;
    SteadyTime rung_at{};
    Wait<Alarm> wait{*this, &Alarm::ring};
};

TEST(Loop, WakesForATimerAndNotBefore) {
    RealLoop real;
    Alarm alarm(real);
    const SteadyTime due = real.clock.now() + Millis(15);
    real.loop.timers().set(alarm.wait, due);
    ASSERT_TRUE(real.until([&] { return alarm.rung_at != SteadyTime(); }));
    EXPECT_GE(alarm.rung_at, due);
}

TEST(Loop, FlushesAfterEveryBatch) {
    RealLoop real;
    Bell one(real.loop), two(real.loop);
    int flushed = 0;
    real.loop.set_after_batch([&] {
        EXPECT_EQ(one.rung + two.rung, 2 * (flushed + 1));
        ++flushed;
    });
    real.loop.run_once(Millis(100));
    real.loop.run_once(Millis(100));
    EXPECT_EQ(flushed, 2);
}

}  // namespace
}  // namespace earshot::net
