// A descriptor that calls a member function of the object it is embedded in when the loop says it is ready: for classes
// that hold several.
#pragma once

#include <utility>

#include "base/unique_fd.h"
#include "net/loop.h"

namespace earshot::net {

template <typename Owner>
class WatchedFd final : private Watcher {
  public:
    WatchedFd(Loop& loop, Owner& owner, void (Owner::*ready)()) : loop_(loop), owner_(owner), ready_(ready) {}
    ~WatchedFd() { reset(); }
    WatchedFd(const WatchedFd&) = delete;
    WatchedFd& operator=(const WatchedFd&) = delete;

    explicit operator bool() const { return static_cast<bool>(descriptor_); }
    int get() const { return descriptor_.get(); }
    void reset(UniqueFd descriptor = {}) {
        watch(0);
        descriptor_ = std::move(descriptor);
    }
    // 0: not at all, so that not even its end is reported. False: the system is out of resources.
    bool watch(std::uint32_t epoll_events) {
        if (epoll_events == events_) return true;
        if (events_ != 0) loop_.remove(descriptor_.get(), *this);
        events_ = 0;
        if (epoll_events == 0) return true;
        if (!loop_.add(descriptor_.get(), epoll_events, *this)) return false;
        events_ = epoll_events;
        return true;
    }

  private:
    void on_events(std::uint32_t) override { (owner_.*ready_)(); }

    Loop& loop_;
    Owner& owner_;
    void (Owner::*ready_)();
    UniqueFd descriptor_;
    std::uint32_t events_ = 0;
};

}  // namespace earshot::net
