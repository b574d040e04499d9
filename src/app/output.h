// The standard output of a program that serves conversations: takes lines or bytes at once, writes them as fast as the
// reader reads, and says how much is waiting so that whoever makes them can be slowed down.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/loop.h"
#include "net/stdio.h"

namespace earshot::app {

class Output final : private net::Watcher {
  public:
    static constexpr std::size_t kHighWater = 1 << 20;  // bytes waiting above which makers should pause

    struct Handler {
        std::function<void(const Error* error)> on_gone;  // null: the reader has gone away, which is no failure
    };

    Output(net::Loop& loop, net::Stdio stdio, Handler handler);
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void write(std::string_view bytes) { waiting_ += bytes; }
    // Writes what can be written now. Call after each batch of events.
    void flush();
    bool is_full() const { return waiting_.size() - at_ > kHighWater && !gone_; }
    bool has_room() const { return waiting_.size() - at_ <= kHighWater / 2 || gone_; }  // makers may go on
    bool is_empty() const { return waiting_.size() == at_ || gone_; }
    // Nothing more will be written: the reader sees the end.
    void finish() { stdio_.finish_output(); }

  private:
    void on_events(std::uint32_t epoll_events) override;
    void watch(bool on);

    net::Loop& loop_;
    net::Stdio stdio_;
    Handler handler_;
    std::string waiting_;
    std::size_t at_ = 0;  // bytes of waiting_ already written
    bool watched_ = false;
    bool gone_ = false;
};

}  // namespace earshot::app
