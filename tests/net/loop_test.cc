#include "net/loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <atomic>
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

// It looks before it sleeps then.
TEST(Loop, SleepsAndIsWokenAfterManyWritesTooAndRingsInTime) {
    RealLoop real;
    const auto write_much = [&] {
        for (int i = 0; i < 100; ++i) real.loop.note_write(64);
    };
    for (int i = 0; i < 3; ++i) {
        write_much();
        const SteadyTime begun = real.clock.now();
        EXPECT_FALSE(real.loop.run_once(Millis(10)));
        EXPECT_GE(real.clock.now() - begun, Millis(10));
    }
    write_much();
    Alarm alarm(real);
    const SteadyTime due = real.clock.now() + Millis(5);
    real.loop.timers().set(alarm.wait, due);
    ASSERT_TRUE(real.until([&] { return alarm.rung_at != SteadyTime(); }));
    EXPECT_GE(alarm.rung_at, due);
    for (int i = 0; i < 200; ++i) {
        write_much();
        std::atomic<bool> heard = false;
        std::thread other([&] { real.loop.post([&] { heard = true; }); });
        EXPECT_TRUE(real.until([&] { return heard.load(); }));
        other.join();
    }
    std::thread last([&] { real.loop.stop_soon(); });
    write_much();
    real.loop.run();
    last.join();
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

// --- guests

// A host and its guest, that one's guest, and so on.
struct Household {
    explicit Household(std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) {
            guests.push_back(std::make_unique<Loop>(host.clock));
            (i == 0 ? host.loop : *guests[i - 1]).take_in(*guests[i], [] {});
        }
    }
    ~Household() {
        host.loop.forget_guests();
        for (const auto& guest : guests) guest->forget_guests();
    }
    bool sleeps_for(Millis time) {
        const SteadyTime begun = host.clock.now();
        return !host.loop.run_once(time) && host.clock.now() - begun >= time;
    }

    RealLoop host;
    std::vector<std::unique_ptr<Loop>> guests;
};

TEST(LoopGuest, LetsItsHostSleepHoweverDeepItIs) {
    for (const std::size_t depth : {1U, 3U, 8U}) {
        Household household(depth);
        for (int i = 0; i < 3; ++i) household.host.loop.run_once(Millis(0));  // a guest is given its turn first
        EXPECT_TRUE(household.sleeps_for(Millis(20))) << depth;
        std::atomic<bool> heard = false;
        household.guests.back()->post([&] { heard = true; });
        EXPECT_TRUE(household.host.until([&] { return heard.load(); })) << depth;
        for (int i = 0; i < 100; ++i) household.guests.back()->note_write(64);  // it looks first
        EXPECT_TRUE(household.sleeps_for(Millis(20))) << depth;
    }
}

TEST(LoopGuest, IsHeardBesideOneThatAlwaysHasSomething) {
    RealLoop host;
    Loop busy(host.clock), quiet(host.clock);
    host.loop.take_in(busy, [] {});
    host.loop.take_in(quiet, [] {});
    Bell one(busy), another(busy);
    for (int i = 0; i < 5; ++i) host.loop.run_once(Millis(0));
    bool heard = false;
    quiet.post([&] { heard = true; });
    const int before = one.rung;
    for (int i = 0; i < 5; ++i) host.loop.run_once(Millis(0));
    EXPECT_TRUE(heard);
    EXPECT_GE(one.rung, before + 5);
}

// As if they were one: what callers of both say leaves in one piece.
TEST(LoopGuest, FlushesAfterWhatTheOthersOfItsThreadHavePosted) {
    const SystemClock clock;
    Loop host(clock), guest(clock);
    host.take_in(guest, [] {});
    std::string done;
    bool has_line = false;
    guest.set_hand_on([&] {
        if (!std::exchange(has_line, false)) return;
        host.post([&] {
            done += " heard by the host,";
            guest.post([&] { done += " answered to the guest,"; });
        });
    });
    guest.set_after_batch([&] { done += " guest flushed,"; });
    host.set_after_batch([&, turns = 0]() mutable {
        done += " host flushed,";
        if (++turns == 3) host.stop_soon();
        if (turns != 2) return;
        guest.post([&] { has_line = true; });
        done.clear();
    });
    host.run();
    EXPECT_EQ(done, " guest flushed, heard by the host, answered to the guest, host flushed, guest flushed,");
    host.forget_guests();
}

TEST(LoopGuest, HearsWhatItPostsToItselfAlthoughNothingWakesIt) {
    const SystemClock clock;
    Loop host(clock), guest(clock);
    host.take_in(guest, [] {});
    int round = 0;
    std::function<void()> pass = [&] {
        if (++round == 100) return host.stop_soon();
        (round % 2 == 0 ? host : guest).post(pass);
    };
    host.set_after_batch([&, begun = false]() mutable {
        if (!std::exchange(begun, true)) guest.post(pass);
    });
    host.run();
    EXPECT_EQ(round, 100);
    host.forget_guests();
}

// A host that goes to another thread takes its guests there, and what the old thread posts to them must wake the new
// one.
TEST(LoopGuest, IsWokenByTheThreadItsHostHasLeft) {
    const SystemClock clock;
    Loop host(clock), guest(clock);
    host.take_in(guest, [] {});  // on this thread
    std::thread elsewhere([&] { host.run(); });
    std::atomic<bool> begun = false, heard = false;
    host.post([&] { begun = true; });
    const auto waits_for = [](const std::atomic<bool>& what) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!what && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        return what.load();
    };
    ASSERT_TRUE(waits_for(begun));
    for (int i = 0; i < 100; ++i) {
        heard = false;
        guest.post([&] { heard = true; });
        ASSERT_TRUE(waits_for(heard)) << i;
    }
    host.stop_soon();
    elsewhere.join();
    host.forget_guests();
}

// Takes one of what many have been told of, as a listener does at a door that several share.
struct Taker final : Watcher {
    Taker(Loop& to, int from) : loop(to), descriptor(from) {
        EXPECT_TRUE(loop.add(descriptor, EPOLLIN | EPOLLEXCLUSIVE, *this));
    }
    ~Taker() { loop.remove(descriptor, *this); }
    void on_events(std::uint32_t) override {
        std::uint64_t one = 0;
        if (::read(descriptor, &one, sizeof one) > 0) ++taken;
    }
    Loop& loop;
    const int descriptor;
    int taken = 0;
};

// Or one shard would get all callers of a path while it has guests, and no other thread would ever pay again.
TEST(LoopGuest, GetsItsShareOfWhatItsHostWatchesToo) {
    for (const bool busy : {false, true}) {
        const UniqueFd door(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE));
        Household household(0);
        std::vector<std::unique_ptr<Taker>> takers;
        std::vector<std::unique_ptr<Bell>> bells;
        for (int i = 0; i < 3; ++i) {
            Loop* loop = &household.host.loop;
            if (i > 0) {
                loop = household.guests.emplace_back(std::make_unique<Loop>(household.host.clock)).get();
                household.host.loop.take_in(*loop, [] {});
            }
            takers.push_back(std::make_unique<Taker>(*loop, door.get()));
            for (int bell = 0; bell < 2 && busy; ++bell) bells.push_back(std::make_unique<Bell>(*loop));
        }
        const auto all = [&] { return takers[0]->taken + takers[1]->taken + takers[2]->taken; };
        for (int i = 1; i <= 300; ++i) {
            ASSERT_EQ(::eventfd_write(door.get(), 1), 0);
            ASSERT_TRUE(household.host.until([&] { return all() == i; }));
        }
        for (const auto& taker : takers) EXPECT_GE(taker->taken, 50) << busy;
    }
}

double processor_time_of(const std::function<void()>& work) {
    const auto seconds = [] {
        timespec used{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
    };
    const double begun = seconds();
    work();
    return seconds() - begun;
}

// Loops move while conversations run: with all the callers of a big server nobody may stand still for it.
TEST(LoopGuest, IsTakenInAtOnceHoweverManyItWatches) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 10'000);
    if (limit.rlim_cur < 6'000 || ::setrlimit(RLIMIT_NOFILE, &limit) != 0) GTEST_SKIP();
    RealLoop host;
    Loop crowd(host.clock);
    std::vector<std::unique_ptr<Bell>> callers;
    for (int i = 0; i < 5'000; ++i) {
        callers.push_back(std::make_unique<Bell>(crowd));
        std::uint64_t count = 0;
        ASSERT_GT(::read(callers.back()->event.get(), &count, sizeof count), 0);  // it rings no more
    }
    Loop nobody(host.clock);
    const auto moves = [&](Loop& guest) {
        double least = 1;  // of three: somebody else's work is in none of them, for once
        for (int attempt = 0; attempt < 3; ++attempt) {
            least = std::min(least, processor_time_of([&] {
                                 for (int i = 0; i < 200; ++i) {
                                     host.loop.take_in(guest, [] {});
                                     host.loop.run_once(Millis(0));
                                     host.loop.forget_guests();
                                 }
                             }));
        }
        return least;
    };
    EXPECT_LT(moves(crowd), 10 * moves(nobody));
}

}  // namespace
}  // namespace earshot::net
