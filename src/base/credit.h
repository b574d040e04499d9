// Bytes under way from one thread to another: a mailbox itself knows no limit, so who writes into it asks here whether
// too much is under way already, and is woken when half of that has arrived.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

namespace earshot {

class Credit {
  public:
    // `on_room` is called on the thread that has taken the last of it, after must_wait() has said so.
    Credit(std::size_t most, std::function<void()> on_room) : most_(most), on_room_(std::move(on_room)) {}

    // For the one thread that writes.
    void spend(std::size_t bytes) { under_way_.fetch_add(bytes); }
    bool is_spent() const { return under_way_.load() >= most_; }
    // True: too much is under way, and on_room() will be called once.
    bool must_wait() {
        if (!is_spent()) return false;
        waits_ = true;
        // It may have arrived in between: then whoever took it has seen nobody wait.
        return under_way_.load() > most_ / 2 || !waits_.exchange(false);
    }

    // For those who take.
    void give_back(std::size_t bytes) {
        if (under_way_.fetch_sub(bytes) - bytes <= most_ / 2 && waits_.exchange(false)) on_room_();
    }

  private:
    const std::size_t most_;
    const std::function<void()> on_room_;
    std::atomic<std::size_t> under_way_ = 0;
    std::atomic<bool> waits_ = false;
};

}  // namespace earshot
