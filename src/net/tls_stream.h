// TLS over one descriptor without a loop: handshake, bytes, close_notify, each as far as it goes now. Says what to wait
// for where it stops. Not thread-safe.
#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/connection.h"
#include "net/endpoint.h"
#include "net/tls_check.h"
#include "net/tls_context.h"
#include "net/tls_wire.h"

namespace earshot::net {

enum class TlsStep : std::uint8_t { done, want_read, want_write, end, failed };

class TlsStream {
  public:
    // The role is the context's. `descriptor` is connected and does not block.
    TlsStream(std::shared_ptr<const TlsContext> context, UniqueFd descriptor, Endpoint peer);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    TlsStep shake_hands();
    // done: `count` bytes, at least 1. After `end` it is always `end`, after `failed` always `failed`.
    TlsStep read(MutableByteView into, std::size_t& count);
    // done where read() would say something else than want_...; takes no bytes.
    TlsStep probe();
    // done: `count` bytes of the pieces were taken, at least 1. They are sent by this and flush(), never offered again.
    TlsStep write(std::span<const ByteView> pieces, std::size_t& count);
    // One close_notify and its way to the kernel. Call again until done.
    TlsStep send_end();
    TlsStep flush();
    // True where read() can go on without the descriptor becoming readable.
    bool has_buffered_input() const;

    void fail(Error error);
    void fail_by_socket(int socket_error);  // an errno
    bool is_failed() const { return failed_; }
    bool ended() const { return ended_; }  // the peer's close_notify came
    const Error& error() const { return error_; }
    Error timeout_error() const;
    TlsFacts facts() const;

    TlsWire& wire() { return wire_; }
    const TlsWire& wire() const { return wire_; }
    const Endpoint& peer() const { return peer_; }

  private:
    TlsStep conclude(int returned);
    void fail_by(unsigned long code);
    TlsStep conclude_sending(int returned);
    bool find_alert();

    std::shared_ptr<const TlsContext> context_;
    Endpoint peer_;
    TlsWire wire_;
    TlsCheck check_;
    ssl_st* session_ = nullptr;
    bool shaking_hands_ = true;
    bool sent_end_ = false;
    bool ended_ = false;
    bool failed_ = false;
    Error error_;
};

}  // namespace earshot::net
