// The threads of several loops: each has a thread of its own, but only as many of them run as get more done that way
// (crew_size). The others sleep, and their loops are guests of those that run; what belongs to a loop never notices.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/timer_wheel.h"
#include "net/crew_size.h"
#include "net/loop.h"

namespace earshot::net {

class Crew {
  public:
    // `first` is run by who made this, on whose thread everything here is called; `work_done` is called there too and
    // says how much all loops have done so far, in any unit. All loops outlive the crew.
    Crew(Loop& first, std::function<std::uint64_t()> work_done);
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    void add(Loop& loop);  // before begin()
    // Errors: limit, where the system has no thread for one of them; then end().
    Status begin();
    // No other thread runs any more, and no loop but the first makes turns.
    void end();

    // Of 1 to all: the first so many run all loops, from soon on. For tests; otherwise the crew sees to it itself.
    void run_on(std::size_t threads);
    // How many do. Thread-safe.
    std::size_t running() const { return running_; }

  private:
    struct Member {
        Member(Loop& runs, std::size_t at) : loop(runs), place(at), host(at) {}
        Loop& loop;
        const std::size_t place;
        std::size_t host;     // where it goes next: its own place, or another one's; whoever makes its turns knows
        bool at_home = true;  // guarded by mutex_
        std::condition_variable returned;
        std::thread thread;
    };
    struct Due final : Timer {
        explicit Due(Crew& of) : crew(of) {}
        void on_timer() override { crew.advance(); }
        Crew& crew;
    };

    Loop& loop_at(std::size_t place) { return place == 0 ? first_ : members_[place - 1]->loop; }
    void serve(Member& member);
    void settle(Member& member);
    void watch(Loop& loop);
    void busy();
    void advance();
    void follow_size();

    Loop& first_;
    const std::function<std::uint64_t()> work_done_;
    std::vector<std::unique_ptr<Member>> members_;
    CrewSize size_{1};
    std::atomic<std::size_t> running_ = 1;
    std::atomic<bool> tries_ = false;  // nobody needs to say that we are busy
    Due due_{*this};
    // Gone after end(): what is still in the first loop's mailbox is void.
    std::shared_ptr<const bool> lasts_ = std::make_shared<const bool>(true);
    const std::weak_ptr<const bool> lasting_ = lasts_;
    std::mutex mutex_;
    bool ends_ = false;  // guarded by mutex_
};

}  // namespace earshot::net
