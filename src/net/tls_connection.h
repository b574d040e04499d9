// A Connection over TLS, made by TlsHandshake: what the session reads and writes is plain, close_notify is the end of a
// direction. Decides which readiness of the descriptor means which readiness of the conversation.
#pragma once

#include <memory>

#include "base/timer_wheel.h"
#include "net/connection.h"
#include "net/loop.h"
#include "net/tls_stream.h"

namespace earshot::net {

class TlsConnection final : public Connection, private Watcher, private Timer {
  public:
    // `stream` has shaken hands. The loop must outlive the connection.
    TlsConnection(Loop& loop, std::unique_ptr<TlsStream> stream, Endpoint local);
    // Sends no close_notify of its own: a conversation that was to end in order has ended its sending before.
    ~TlsConnection() override;

    void set_handler(ReadyHandler* handler) override { handler_ = handler; }
    void want(bool read, bool write) override;
    IoResult read_some(MutableByteView into) override;
    // Takes whole records. What the kernel does not take of the last one is kept encrypted (at most about 16 KiB) and
    // sent as soon as it can be, wanted or not; until then writing and end_sending() say would_block.
    IoResult write_some(std::span<const ByteView> pieces) override;
    bool has_buffered_input() const override;
    // ok, with 0 bytes, when close_notify is with the kernel.
    IoResult end_sending() override;
    void reset() override;
    const Error& error() const override { return stream_->error(); }

    const Endpoint& peer() const override { return stream_->peer(); }
    const Endpoint& local() const override { return local_; }
    const TlsFacts* tls() const override { return &facts_; }
    int socket_descriptor() const override { return stream_->wire().descriptor(); }
    // Encrypted bytes: those waiting here and those of the kernel.
    std::size_t unsent() const override;

  private:
    void on_events(std::uint32_t epoll_events) override;
    void on_timer() override;
    IoResult result_of(TlsStep step, std::size_t bytes);
    bool input_waits() const;
    std::uint32_t interest() const;
    void settle();
    void leave_loop();

    Loop& loop_;
    std::unique_ptr<TlsStream> stream_;
    Endpoint local_;
    TlsFacts facts_;
    ReadyHandler* handler_ = nullptr;
    std::uint32_t watched_ = 0;  // epoll events asked for
    bool in_loop_ = false;
    bool want_read_ = false, want_write_ = false;
    bool read_needs_write_ = false;  // TLS must send before it can read on (a new key asked for)
    bool write_needs_read_ = false;  // and the other way round
    bool hung_up_ = false;           // EPOLLHUP or EPOLLERR was seen: they cannot be switched off, only left
    bool end_told_ = false, failure_told_ = false;
};

}  // namespace earshot::net
