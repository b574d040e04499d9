// The shard's event loop: epoll, level-triggered, with one timer wheel and a mailbox for other threads. One thread runs
// it, or it is another loop's guest and that one's thread makes its turns; only post() and stop_soon() may be called
// from another.
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/timer_wheel.h"

namespace earshot::net {

// Told about a descriptor. May remove or destroy any watcher, itself included, from inside the call.
class Watcher {
  public:
    virtual void on_events(std::uint32_t epoll_events) = 0;  // EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLERR ...

  protected:
    ~Watcher() = default;
};

class Loop {
  public:
    explicit Loop(const Clock& clock);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // `watcher` must be removed before it is destroyed. add() is false where the descriptor cannot be waited for
    // (regular files, EPERM) or the system is out of resources; errno says which.
    bool add(int descriptor, std::uint32_t epoll_events, Watcher& watcher);
    void modify(int descriptor, std::uint32_t epoll_events, Watcher& watcher);
    // No event of this batch reaches the watcher any more.
    void remove(int descriptor, Watcher& watcher);

    TimerWheel& timers() { return wheel_; }
    const Clock& clock() const { return clock_; }
    // When somebody first asked in this batch of events, or its timers did: one time for all of it, and a batch in
    // which nobody needs it costs no clock.
    SteadyTime now() const {
        if (!std::exchange(now_known_, true)) now_ = clock_.now();
        return now_;
    }

    // Runs `work` on the loop's thread, in order, from the next turn on. Thread-safe.
    void post(std::function<void()> work);
    // Called after every batch of events and timers, before the loop waits again: where views and queues are flushed.
    void set_after_batch(std::function<void()> flush) { after_batch_ = std::move(flush); }

    // --- guests
    // Makes the guest's turns as well, on this thread, until it moves on; `gone` is called then, after its last turn
    // here.
    void take_in(Loop& guest, std::function<void()> gone);
    // In a turn of the loop itself: it is the last one here. run() returns, or the host calls `gone`.
    void move_on() { moving_ = true; }
    // At once, without a word.
    void forget_guests();
    // After a turn of run(), at most once in `every`; empty: no more.
    void set_on_lapse(Millis every, std::function<void()> on_lapse);

    void run();                     // until stop_soon() or move_on()
    bool run_once(Millis at_most);  // one batch; false where nothing happened in time. For tests.
    void stop_soon();               // thread-safe

  private:
    struct Guest;

    void wake();
    int turn(int timeout_ms);  // how many descriptors had something
    int turn_itself(std::optional<int> timeout_ms);
    std::optional<SteadyTime> next_due() const;
    void run_posted();
    bool has_to_ask() const;
    bool ask_all(int timeout_ms);
    void list_all(std::vector<pollfd>& all) const;
    bool hear_all(const pollfd*& at);
    int turn_all(bool has_events);
    void turn_guest(Guest& guest);

    const Clock& clock_;
    TimerWheel wheel_;
    mutable SteadyTime now_;
    mutable bool now_known_ = true;
    int epoll_ = -1;
    int wakeup_ = -1;        // eventfd
    void* batch_ = nullptr;  // the epoll_events being walked, so that remove() can blank them
    int batch_size_ = 0;
    int batch_at_ = 0;
    std::function<void()> after_batch_;
    std::vector<std::unique_ptr<Guest>> guests_;
    std::vector<pollfd> asked_;
    std::uint32_t lot_ = 0;
    bool moving_ = false;
    Millis lapse_{};
    SteadyTime next_lapse_{};
    std::function<void()> on_lapse_;
    std::mutex mutex_;
    std::vector<std::function<void()>> posted_;  // guarded by mutex_
    std::atomic<bool> stop_ = false;
};

}  // namespace earshot::net
