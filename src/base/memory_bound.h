// What the queues of the whole program take together, and the most they may: threads add what they hold and give it
// back, and anybody may ask whether it is too much. Counted where memory is taken and comes free, not for each message.
//
// Once the bound is reached memory is short until an eighth of it is free again. The holders of all threads are then
// asked what they hold, and told from which size on they have to give it up: largest first, wherever they are.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace earshot {

// Of what each thread's holders have, in any order: those of this size and above come to `need` bytes, and the larger
// ones alone do not. 0: nobody holds anything.
std::size_t smallest_victim(const std::vector<std::vector<std::size_t>>& holdings, ByteCount need);

class MemoryBound {
  public:
    // `most` 0: there is no bound, and memory is never short.
    explicit MemoryBound(ByteCount most = 0) : most_(most) {}
    MemoryBound(const MemoryBound&) = delete;
    MemoryBound& operator=(const MemoryBound&) = delete;

    // One more thread that holds memory; gives its place. `wake` makes it look at is_short() and take its part, and
    // may be called on any thread. All join before the first is woken.
    std::size_t join(std::function<void()> wake);
    // A thread has ended: nobody is woken any more.
    void close();

    // In one order for all threads: who changes one of held_ and is_short_ then looks at the other.
    void take(std::size_t bytes) {
        const ByteCount held = held_.fetch_add(bytes) + bytes;
        if (most_ != 0 && held >= most_ && !is_short_.load()) became_short();
    }
    void give_back(std::size_t bytes) {
        const ByteCount held = held_.fetch_sub(bytes) - bytes;
        if (is_short_.load() && held <= enough()) has_room();
    }
    // The same for the part of it that is messages of which the rest has not come yet.
    void take_unfinished(std::size_t bytes) { unfinished_.fetch_add(bytes, std::memory_order_relaxed), take(bytes); }
    void give_back_unfinished(std::size_t bytes) {
        unfinished_.fetch_sub(bytes, std::memory_order_relaxed), give_back(bytes);
    }

    bool is_short() const { return is_short_.load(std::memory_order_relaxed); }
    ByteCount unfinished() const { return unfinished_.load(std::memory_order_relaxed); }
    ByteCount held() const { return held_.load(std::memory_order_relaxed); }
    ByteCount most() const { return most_; }
    // What is kept for convenience takes from the first half only, so that it is not what makes memory short.
    bool is_half_taken() const { return most_ != 0 && held() > most_ / 2; }
    // What has to be given back until there is room again.
    ByteCount excess() const { return is_short() ? beyond(held(), enough()) : 0; }
    // Of the unfinished messages: more than half of all may not be theirs, or nobody could finish one any more.
    ByteCount unfinished_excess() const {
        return is_short() ? beyond(unfinished_.load(std::memory_order_relaxed), most_ / 2) : 0;
    }

    // What a thread's holders have, each, and what they would have to give back. The rest of what is held is on its way
    // from one thread to another, or will be had in a moment by somebody; nobody else gives up anything for that.
    struct Report {
        std::vector<std::size_t> holdings;
        ByteCount need = 0;
        ByteCount held = 0;  // of which that is a part
    };
    // Gives the size from which on it has to make them give it up; 0: not yet, it is woken once all have reported, or
    // there is nothing to be had.
    std::size_t report(std::size_t place, Report report);

  private:
    static ByteCount beyond(ByteCount value, ByteCount most) { return value > most ? value - most : 0; }
    ByteCount enough() const { return most_ - most_ / 8; }
    void became_short();
    void has_room();
    void wake_all(std::size_t but);

    const ByteCount most_;
    std::atomic<ByteCount> held_ = 0, unfinished_ = 0;
    std::atomic<bool> is_short_ = false;

    // Where memory is short only.
    struct Place {
        std::function<void()> wake;
        std::vector<std::size_t> holdings;
        bool has_reported = false;
        std::size_t victim = 0;  // what came of the last round, until it has asked
    };
    std::mutex mutex_;
    std::vector<Place> places_;
};

// What somebody who is no conversation has of it; given back at his end.
class MemoryClaim {
  public:
    explicit MemoryClaim(std::shared_ptr<MemoryBound> bound) : bound_(std::move(bound)) {}
    ~MemoryClaim() { set(0); }
    MemoryClaim(const MemoryClaim&) = delete;
    MemoryClaim& operator=(const MemoryClaim&) = delete;

    void set(std::size_t bytes) {
        if (bytes > bytes_) bound_->take(bytes - bytes_);
        if (bytes < bytes_) bound_->give_back(bytes_ - bytes);
        bytes_ = bytes;
    }
    std::size_t bytes() const { return bytes_; }

  private:
    const std::shared_ptr<MemoryBound> bound_;
    std::size_t bytes_ = 0;
};

}  // namespace earshot
