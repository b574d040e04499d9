#include "net/crew.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "net/wait.h"
#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

using test::RealLoop;

// Sends a byte back and forth between two ends, both in one loop, and asks on which thread it is each time.
struct Rally {
    struct End final : Watcher {
        End(Rally& of, int socket) : rally(of), descriptor(socket) {
            EXPECT_TRUE(rally.loop.add(descriptor.get(), EPOLLIN, *this));
        }
        ~End() { rally.loop.remove(descriptor.get(), *this); }
        void on_events(std::uint32_t) override {
            char byte = 0;
            if (::recv(descriptor.get(), &byte, 1, MSG_DONTWAIT) == 1) rally.hit(*this);
        }
        Rally& rally;
        UniqueFd descriptor;
    };

    Rally(Loop& in, int balls) : loop(in) {
        int both[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
        ends.push_back(std::make_unique<End>(*this, both[0]));
        ends.push_back(std::make_unique<End>(*this, both[1]));
        for (int i = 0; i < balls; ++i) EXPECT_EQ(::send(both[0], "o", 1, 0), 1);
    }
    // Plain numbers, on purpose: were two threads to make turns of this loop at once, the thread sanitizer would see
    // it.
    void hit(End& by) {
        ++hits;
        seen_hits = hits;
        threads.insert(std::this_thread::get_id());
        if (!stops) ::send(by.descriptor.get(), "o", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    Loop& loop;
    std::vector<std::unique_ptr<End>> ends;
    std::uint64_t hits = 0;
    std::set<std::thread::id> threads;
    std::atomic<std::uint64_t> seen_hits = 0;
    std::atomic<bool> stops = false;
};

// A first loop and so many beside it.
struct Company {
    explicit Company(std::size_t beside) {
        for (std::size_t i = 0; i < beside; ++i) {
            loops.push_back(std::make_unique<Loop>(first.clock));
            crew.add(*loops.back());
        }
    }
    bool all_move_on(const std::vector<std::unique_ptr<Rally>>& rallies) {
        for (const auto& rally : rallies) {
            const std::uint64_t before = rally->seen_hits;
            if (!first.until([&] { return rally->seen_hits > before + 20; })) return false;
        }
        return true;
    }

    RealLoop first;
    std::vector<std::unique_ptr<Loop>> loops;
    std::uint64_t work = 0;
    Crew crew{first.loop, [this] { return work; }};
};

TEST(Crew, RunsEachLoopOnAThreadOfItsOwnToBeginWith) {
    Company company(3);
    std::vector<std::unique_ptr<Rally>> rallies;
    for (const auto& loop : company.loops) rallies.push_back(std::make_unique<Rally>(*loop, 1));
    ASSERT_TRUE(company.crew.begin());
    EXPECT_EQ(company.crew.running(), 4U);
    EXPECT_TRUE(company.all_move_on(rallies));
    company.crew.end();
    std::set<std::thread::id> all{std::this_thread::get_id()};
    for (const auto& rally : rallies) {
        EXPECT_EQ(rally->threads.size(), 1U);
        all.insert(*rally->threads.begin());
    }
    EXPECT_EQ(all.size(), 4U);
}

// One ball: the host sleeps between hits and is woken for its guest. Several: its guest always has something.
TEST(Crew, RunsAllLoopsOnOneThreadAndOnTheirOwnAgain) {
    for (const int balls : {1, 5}) {
        Company company(2);
        std::vector<std::unique_ptr<Rally>> rallies;
        for (const auto& loop : company.loops) rallies.push_back(std::make_unique<Rally>(*loop, balls));
        ASSERT_TRUE(company.crew.begin());
        ASSERT_TRUE(company.all_move_on(rallies));
        company.crew.run_on(1);
        ASSERT_TRUE(company.all_move_on(rallies));
        ASSERT_TRUE(company.all_move_on(rallies));
        company.crew.run_on(3);
        ASSERT_TRUE(company.all_move_on(rallies));
        ASSERT_TRUE(company.all_move_on(rallies));
        company.crew.end();
        for (const auto& rally : rallies) {
            EXPECT_EQ(rally->threads.size(), 2U) << balls;  // its own, and the first one's
            EXPECT_TRUE(rally->threads.contains(std::this_thread::get_id()));
        }
    }
}

TEST(Crew, MovesLoopsAboutAsOftenAsOneLikesWithoutAStandstill) {
    std::minstd_rand random(7);
    Company company(5);
    std::vector<std::unique_ptr<Rally>> rallies;
    rallies.push_back(std::make_unique<Rally>(company.first.loop, 2));
    for (std::size_t i = 0; i < company.loops.size(); ++i) {
        rallies.push_back(std::make_unique<Rally>(*company.loops[i], 1 + static_cast<int>(i % 4)));
    }
    ASSERT_TRUE(company.crew.begin());
    for (int round = 0; round < 60; ++round) {
        for (int i = 0; i < 1 + round % 3; ++i) company.crew.run_on(1 + random() % 6);  // some before the last is done
        ASSERT_TRUE(company.all_move_on(rallies)) << round;
    }
    company.crew.end();
}

TEST(Crew, KeepsTheOrderOfWhatIsPostedWhileALoopMoves) {
    Company company(1);
    ASSERT_TRUE(company.crew.begin());
    std::vector<int> seen;
    std::atomic<int> count = 0;
    std::atomic<bool> ends = false;
    std::thread other([&] {
        for (int i = 0; i < 20'000; ++i) {
            company.loops[0]->post([&seen, &count, i] { seen.push_back(i), ++count; });
        }
        ends = true;
    });
    for (std::size_t threads = 1; !ends; threads = 3 - threads) {
        company.crew.run_on(threads);
        company.first.loop.run_once(Millis(1));
    }
    other.join();
    EXPECT_TRUE(company.first.until([&] { return count == 20'000; }));
    company.crew.end();
    ASSERT_EQ(seen.size(), 20'000U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

struct Alarm {
    void ring() { rung = true; }
    std::atomic<bool> rung = false;
    Wait<Alarm> wait{*this, &Alarm::ring};
};

TEST(Crew, RingsTheTimersOfAGuestThatHasNothingElse) {
    Company company(2);
    Alarm alarm, late;
    ASSERT_TRUE(company.crew.begin());
    company.crew.run_on(1);
    company.loops[1]->post([&] {
        Loop& loop = *company.loops[1];
        loop.timers().set(alarm.wait, loop.clock().now() + Millis(30));
        loop.timers().set(late.wait, loop.clock().now() + std::chrono::hours(1));
    });
    const SteadyTime begun = company.first.clock.now();
    EXPECT_TRUE(company.first.until([&] { return alarm.rung.load(); }));
    EXPECT_LT(company.first.clock.now() - begun, Millis(5000));
    EXPECT_FALSE(late.rung);
    company.crew.end();
}

// A host that goes to sleep at once although its guest waits for nothing but its turn.
TEST(Crew, TakesTheGuestsOfAGuestAlong) {
    Company company(3);  // of 2 threads the fourth loop is the second one's guest
    std::vector<std::unique_ptr<Rally>> rallies;
    rallies.push_back(std::make_unique<Rally>(*company.loops[2], 4));
    ASSERT_TRUE(company.crew.begin());
    for (int round = 0; round < 20; ++round) {
        company.crew.run_on(2);
        ASSERT_TRUE(company.all_move_on(rallies));
        company.crew.run_on(1);
        ASSERT_TRUE(company.all_move_on(rallies));
    }
    company.crew.end();
}

TEST(Crew, EndsWhereverItsLoopsAre) {
    for (std::size_t round = 0; round < 40; ++round) {
        Company company(3);
        std::vector<std::unique_ptr<Rally>> rallies;
        for (const auto& loop : company.loops) rallies.push_back(std::make_unique<Rally>(*loop, 2));
        ASSERT_TRUE(company.crew.begin());
        company.crew.run_on(1 + round % 4);
        for (std::size_t i = 0; i < round % 5; ++i) company.first.loop.run_once(Millis(1));
        company.crew.run_on(1 + round % 3);
        company.crew.end();
        const std::uint64_t hits = rallies[0]->seen_hits;
        company.first.loop.run_once(Millis(0));  // what was on its way to the first loop finds nobody any more
        EXPECT_EQ(rallies[0]->seen_hits, hits);
    }
}

// As a Unix path's socket, or one that was passed: all watch it, and one of them is woken.
TEST(Crew, LosesNoWakeUpOfADescriptorThatAllShare) {
    struct Shared final : Watcher {
        Shared(Loop& in, int of, std::atomic<int>& takes) : loop(in), descriptor(of), taken(takes) {
            EXPECT_TRUE(loop.add(descriptor, EPOLLIN | EPOLLEXCLUSIVE, *this));
        }
        ~Shared() { loop.remove(descriptor, *this); }
        void on_events(std::uint32_t) override {
            std::uint64_t one = 0;
            if (::read(descriptor, &one, sizeof one) > 0) ++taken;
        }
        Loop& loop;
        const int descriptor;
        std::atomic<int>& taken;
    };
    const UniqueFd door(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE));
    std::atomic<int> taken = 0;
    Company company(5);
    std::vector<std::unique_ptr<Shared>> doors;
    for (const auto& loop : company.loops) doors.push_back(std::make_unique<Shared>(*loop, door.get(), taken));
    ASSERT_TRUE(company.crew.begin());
    int callers = 0;
    for (const std::size_t threads : {2U, 1U, 4U, 6U, 3U, 1U}) {
        company.crew.run_on(threads);
        for (int i = 0; i < 100; ++i) {
            ASSERT_EQ(::eventfd_write(door.get(), 3), 0);
            callers += 3;
            ASSERT_TRUE(company.first.until([&] { return taken == callers; })) << threads;
        }
    }
    company.crew.end();
}

// The crew's own doing, with real work: whatever it decides, everybody goes on.
TEST(Crew, TriesOtherNumbersWhileThereIsWork) {
    Company company(1);
    std::vector<std::unique_ptr<Rally>> rallies;
    rallies.push_back(std::make_unique<Rally>(company.first.loop, 3));
    rallies.push_back(std::make_unique<Rally>(*company.loops[0], 3));
    ASSERT_TRUE(company.crew.begin());
    std::set<std::size_t> numbers;
    std::thread look([&] {  // the first loop is in run(), as in the program
        const SteadyTime end = company.first.clock.now() + std::chrono::seconds(10);
        while (numbers.size() < 2 && company.first.clock.now() < end) {
            numbers.insert(company.crew.running());
            std::this_thread::yield();
        }
        company.first.loop.stop_soon();
    });
    company.first.loop.set_after_batch([&] { company.work = rallies[0]->seen_hits + rallies[1]->seen_hits; });
    company.first.loop.run();
    look.join();
    EXPECT_EQ(numbers, (std::set<std::size_t>{1, 2}));
    EXPECT_TRUE(company.all_move_on(rallies));
    company.crew.end();
}

// So many threads that none of them has more than a fraction of a processor: the more there are, the more it matters.
TEST(Crew, TriesOtherNumbersAlsoWhereEachThreadHasLittleOfAProcessor) {
    Company company(23);
    std::vector<std::unique_ptr<Rally>> rallies;
    for (const auto& loop : company.loops) rallies.push_back(std::make_unique<Rally>(*loop, 3));
    ASSERT_TRUE(company.crew.begin());
    EXPECT_TRUE(company.first.until([&] { return company.crew.running() != 24; }));
    company.crew.end();
}

}  // namespace
}  // namespace earshot::net
