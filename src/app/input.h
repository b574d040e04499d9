// The standard input of a program that serves conversations: pieces of it as they come, at most as fast as they are
// wanted.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "net/loop.h"
#include "net/stdio.h"

namespace earshot::app {

class Input final : private net::Watcher {
  public:
    struct Handler {
        std::function<void(ByteView bytes)> on_bytes;    // may pause; must not destroy the input
        std::function<void(const Error* error)> on_end;  // null: the end in order
    };

    Input(net::Loop& loop, net::Stdio stdio, Handler handler);
    ~Input();
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    void start();
    void pause();

  private:
    void on_events(std::uint32_t epoll_events) override;
    void read_once();
    void read_later();

    net::Loop& loop_;
    net::Stdio stdio_;
    Handler handler_;
    std::vector<std::uint8_t> buffer_;
    bool running_ = false;
    bool watched_ = false;      // in epoll
    bool unwatchable_ = false;  // a regular file: always ready, read a piece a turn
    bool ended_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace earshot::app
