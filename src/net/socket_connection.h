// A Connection over a connected TCP or Unix stream socket: readiness from the Loop, bytes straight from and to the
// kernel. Kept small, because a listener may hold very many idle ones.
#pragma once

#include <memory>

#include "base/unique_fd.h"
#include "net/connection.h"
#include "net/loop.h"

namespace earshot::net {

class SocketConnection final : public Connection, private Watcher {
  public:
    // `socket` is connected and non-blocking. A `local` of family none is asked of the kernel when somebody wants it.
    // The loop must outlive the connection.
    SocketConnection(Loop& loop, UniqueFd socket, Endpoint peer, Endpoint local = {});
    ~SocketConnection() override;

    void set_handler(ReadyHandler* handler) override { handler_ = handler; }
    void want(bool read, bool write) override;

    IoResult read_some(MutableByteView into) override;
    IoResult write_some(std::span<const ByteView> pieces) override;
    IoResult end_sending() override;
    void reset() override;
    const Error& error() const override;

    const Endpoint& peer() const override { return peer_; }
    const Endpoint& local() const override;
    int plain_descriptor() const override { return socket_.get(); }
    std::size_t unsent() const override;

  private:
    struct Failure;

    void on_events(std::uint32_t epoll_events) override;
    std::uint32_t interest() const;
    void update_interest();
    void unregister();
    IoResult fail(int error);

    Loop& loop_;
    ReadyHandler* handler_ = nullptr;
    UniqueFd socket_;
    bool want_read_ : 1 = false;
    bool want_write_ : 1 = false;
    bool registered_ : 1 = false;
    bool ended_ : 1 = false;  // the peer's FIN has been read: nothing more to wait for there
    bool told_ : 1 = false;   // a failure has been reported while nothing was wanted
    std::uint32_t mask_ = 0;  // what epoll watches for; may be more than is wanted
    std::unique_ptr<Failure> failure_;
    Endpoint peer_;
    mutable Endpoint local_;
};

}  // namespace earshot::net
