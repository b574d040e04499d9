// Makes a TLS connection out of a connected descriptor, or says why there can be none; takes a bounded time. Destroying
// it before it is done cancels it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/timer_wheel.h"
#include "base/unique_fd.h"
#include "net/connection.h"
#include "net/loop.h"
#include "net/tls_context.h"
#include "net/tls_stream.h"

namespace earshot::net {

class TlsHandshake final : private Watcher, private Timer {
  public:
    // Called once, on the loop's thread, never from inside start(). May destroy the handshake.
    using Done = std::function<void(Result<std::unique_ptr<Connection>>)>;

    // The role is the context's. `descriptor` is connected and does not block. No deadline given: the context's timeout
    // from now on. The loop must outlive the handshake and the connection it makes.
    static std::unique_ptr<TlsHandshake> start(Loop& loop, UniqueFd descriptor, Endpoint peer, Endpoint local,
                                               std::shared_ptr<const TlsContext> context,
                                               std::optional<SteadyTime> deadline, Done done);
    // Cancels: the descriptor is closed and nobody is called.
    ~TlsHandshake() override;

  private:
    TlsHandshake(Loop& loop, std::unique_ptr<TlsStream> stream, Endpoint local, Done done);
    void on_events(std::uint32_t epoll_events) override;
    void on_timer() override;
    void step();
    void leave_loop();
    void give_up(Error error);

    Loop& loop_;
    std::unique_ptr<TlsStream> stream_;
    Endpoint local_;
    Done done_;
    std::uint32_t watched_ = 0;
    bool in_loop_ = false;
};

}  // namespace earshot::net
