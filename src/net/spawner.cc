#include "net/spawner.h"

#include <csignal>
#include <system_error>
#include <utility>

namespace earshot::net {

namespace {
constexpr std::size_t kThreads = 4;  // they mostly stand still, so more than there are processors
}

Spawner::~Spawner() {
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    due_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void Spawner::run(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        const bool has_hands = idle_ > work_.size() || (threads_.size() < kThreads && add_thread());
        if (has_hands || !threads_.empty()) {
            work_.push_back(std::move(work));
            due_.notify_one();
            return;
        }
    }
    work();
}

// No signal is for it: they are for the threads that have asked for them.
bool Spawner::add_thread() {
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    bool added = true;
    try {
        threads_.emplace_back([this] { serve(); });
    } catch (const std::exception&) {  // no thread, or no memory for one
        added = false;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return added;
}

void Spawner::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        due_.wait(lock, [this] { return !work_.empty() || ends_; });
        --idle_;
        if (work_.empty()) return;
        const std::function<void()> work = std::move(work_.front());
        work_.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

}  // namespace earshot::net
