// The shard's event loop: epoll, level-triggered, with one timer wheel and a mailbox for other threads. One thread runs
// it; only post() and stop_soon() may be called from another.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
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
    // The time at which the current batch of events was taken up: cheap, good for stamping.
    SteadyTime now() const { return now_; }

    // Runs `work` on the loop's thread, in order, from the next turn on. Thread-safe.
    void post(std::function<void()> work);
    // Called after every batch of events and timers, before the loop waits again: where views and queues are flushed.
    void set_after_batch(std::function<void()> flush) { after_batch_ = std::move(flush); }

    void run();                     // until stop_soon()
    bool run_once(Millis at_most);  // one batch; false where nothing happened in time. For tests.
    void stop_soon();               // thread-safe

  private:
    void wake();
    bool turn(int timeout_ms);
    void run_posted();

    const Clock& clock_;
    TimerWheel wheel_;
    SteadyTime now_;
    int epoll_ = -1;
    int wakeup_ = -1;        // eventfd
    void* batch_ = nullptr;  // the epoll_events being walked, so that remove() can blank them
    int batch_size_ = 0;
    int batch_at_ = 0;
    std::function<void()> after_batch_;
    std::mutex mutex_;
    std::vector<std::function<void()>> posted_;  // guarded by mutex_
    std::atomic<bool> stop_ = false;
};

}  // namespace earshot::net
