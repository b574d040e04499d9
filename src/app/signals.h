// Signals as events of the loop: no handler runs in the middle of anything.
#pragma once

#include <functional>
#include <initializer_list>

#include "base/unique_fd.h"
#include "net/loop.h"

namespace earshot::app {

// While it lives the signals named are blocked and reported to `on_signal` on the loop's thread. Make it before any
// thread is started, so that every thread inherits the mask.
class Signals final : private net::Watcher {
  public:
    Signals(net::Loop& loop, std::initializer_list<int> signals, std::function<void(int signal)> on_signal);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

  private:
    void on_events(std::uint32_t epoll_events) override;

    net::Loop& loop_;
    UniqueFd descriptor_;
    std::function<void(int)> on_signal_;
};

}  // namespace earshot::app
