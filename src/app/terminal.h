// The controlling terminal in raw mode: keys in, bytes out, and the terminal put back however the program ends.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/loop.h"

namespace earshot::app {

// Columns of the terminal that this descriptor is; 80 where it is none or does not say.
int terminal_columns(int descriptor);

// Opens /dev/tty on its own: a description of ours may be non-blocking without any other program noticing. One at a
// time. Where the program dies of a signal (a crash, an abort) the terminal is put back first; after kill -9 nobody
// can.
class Terminal final : private net::Watcher {
  public:
    struct Handler {
        std::function<void(std::string_view bytes)> on_keys;
        std::function<void()> on_gone;     // the terminal has hung up
        std::function<void()> on_resumed;  // after suspend(): draw everything anew
    };

    static Result<std::unique_ptr<Terminal>> open(net::Loop& loop, Handler handler);
    ~Terminal();

    // Never blocks: what the terminal does not take now waits. backlog() says how much that is.
    void write(std::string_view bytes);
    std::size_t backlog() const { return waiting_.size(); }  // bytes
    int columns() const;                                     // 80 where unknown
    // Puts the terminal back, stops the program (Ctrl-Z) and takes the terminal again when it goes on.
    void suspend();

  private:
    Terminal(net::Loop& loop, UniqueFd device, Handler handler);
    void on_events(std::uint32_t epoll_events) override;
    void enter();
    void leave();
    void flush();
    void watch();
    void hang_up();

    net::Loop& loop_;
    UniqueFd device_;
    Handler handler_;
    std::string waiting_;
    bool watching_output_ = false;
    bool waits_ = false;  // the loop tells of the device
    bool gone_ = false;   // nothing can be written to it any more
};

}  // namespace earshot::app
