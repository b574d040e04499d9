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
#include "net/lookout.h"

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
    // To be said of each write to a peer.
    void note_write(std::size_t bytes) { effort_ += Lookout::effort_of(bytes); }
    // Called after every batch of events and timers, before the loop waits again: where views and queues are flushed.
    void set_after_batch(std::function<void()> flush) { after_batch_ = std::move(flush); }
    // Called before that where the thread has several loops: what this one has for others is posted, so that it is in
    // the same batch of theirs.
    void set_hand_on(std::function<void()> hand_on) { hand_on_ = std::move(hand_on); }

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
    int take_events(std::optional<int> timeout_ms);
    template <typename Ask>
    int look_and_sleep(int timeout_ms, const Ask& ask);
    std::size_t take_effort();
    std::size_t take_effort_of_guests();
    void finish_batch();
    std::optional<SteadyTime> next_due() const;
    void empty_wakeup();
    void run_posted();
    bool ask_all(int timeout_ms);
    void list_all(std::vector<pollfd>& all) const;
    bool hear_all(const pollfd*& at);
    int take_events_of_all(std::optional<int> timeout_ms, bool crowded);
    int take_events_of(Guest& guest, bool crowded);
    void set_driver(const void* thread);
    void hand_on_all();
    bool open_posts_of_all();
    void finish_all();
    void let_go();

    const Clock& clock_;
    TimerWheel wheel_;
    mutable SteadyTime now_;
    mutable bool now_known_ = true;
    int epoll_ = -1;
    int wakeup_ = -1;        // eventfd
    void* batch_ = nullptr;  // the epoll_events being walked, so that remove() can blank them
    int batch_size_ = 0;
    int batch_at_ = 0;
    bool in_batch_ = false;  // after_batch_ is owed
    std::function<void()> after_batch_, hand_on_;
    std::vector<std::unique_ptr<Guest>> guests_;
    std::vector<pollfd> asked_;
    std::uint32_t lot_ = 0;
    Lookout lookout_;
    std::size_t effort_ = 0;   // since the last wait
    bool is_crowded_ = false;  // the last turn had an event for each loop, or more
    bool moving_ = false;
    Millis lapse_{};
    SteadyTime next_lapse_{};
    std::function<void()> on_lapse_;
    std::mutex mutex_;
    std::vector<std::function<void()>> posted_;  // guarded by mutex_
    // The thread that makes the turns, its guests' too; null: none. What it posts itself needs no wake-up.
    std::atomic<const void*> driver_ = nullptr;
    bool has_own_posts_ = false;
    std::atomic<bool> stop_ = false;
};

}  // namespace earshot::net
