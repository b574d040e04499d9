// One end of a stream connection, seen by readiness: what a Session reads from, writes to and ends. Behind it stands a
// TCP or Unix socket, TLS over one, or a test's memory. It never blocks and never buffers what it was given to write.
// One shard's; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace earshot::net {

enum class IoStatus : std::uint8_t {
    ok,           // `bytes` moved, at least 1
    would_block,  // nothing moved; wait for on_ready
    end,          // reading: the peer's FIN (TLS: close_notify). Neither an error nor a close (RFC 9293 3.6)
    failed,       // the connection is gone; error() says why
};

struct IoResult {
    IoStatus status = IoStatus::would_block;
    std::size_t bytes = 0;
};

// What a TLS conversation agreed on, for people.
struct TlsFacts {
    std::string version;      // "TLSv1.3"
    std::string cipher;       // "TLS_AES_256_GCM_SHA384"
    std::string alpn;         // empty: none
    std::string peer_name;    // subject of the peer's certificate; empty: it showed none
    std::string peer_sha256;  // of the certificate's DER, lower-case hex; empty: it showed none
    bool verified = false;    // chain and name, or pin, were checked and fit

    friend bool operator==(const TlsFacts&, const TlsFacts&) = default;
};

// Who is told when a connection can go on. May destroy the connection from inside the call.
class ReadyHandler {
  public:
    // `readable`: read_some will not say would_block (data, end or failure). `writable` likewise for write_some.
    virtual void on_ready(bool readable, bool writable) = 0;

  protected:
    ~ReadyHandler() = default;
};

class Connection {
  public:
    // Closes the descriptor in the ordinary way: the kernel sends what it holds, then FIN, or RST where received bytes
    // were never read.
    virtual ~Connection() = default;
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Something that lives as long as the connection: what counts its caller. Freed after the descriptor.
    void keep(std::shared_ptr<const void> kept) { kept_ = std::move(kept); }

    // The handler must outlive the connection or be replaced. Nothing is reported before want() asks.
    virtual void set_handler(ReadyHandler* handler) = 0;
    // Level-triggered: on_ready comes for as long as the condition holds and is wanted. With nothing wanted an
    // established connection still reports its failure (reset), once, as readable.
    virtual void want(bool read, bool write) = 0;

    // After a failure that writing found out it goes on with what had come before, then says failed.
    virtual IoResult read_some(MutableByteView into) = 0;
    // One gathered write. `bytes` may be less than offered.
    virtual IoResult write_some(std::span<const ByteView> pieces) = 0;
    // True while bytes can be read without the descriptor being readable (TLS records already decrypted); read again
    // before waiting.
    virtual bool has_buffered_input() const { return false; }
    // Ends our direction: FIN, or one close_notify (TLS; no FIN until the connection closes). would_block: call again
    // when writable. Reading goes on.
    virtual IoResult end_sending() = 0;
    // RST now (SO_LINGER 0, RFC 9293 3.10.5), then closed. Unix sockets close.
    virtual void reset() = 0;
    // After IoStatus::failed: why.
    virtual const Error& error() const = 0;

    virtual const Endpoint& peer() const = 0;
    virtual const Endpoint& local() const = 0;
    virtual const TlsFacts* tls() const { return nullptr; }
    // The descriptor where bytes on it are the conversation's own bytes (no TLS), else -1: for net/pipe and trace.
    virtual int plain_descriptor() const { return -1; }
    // The socket under it, for what the kernel knows of it and never for bytes; -1: none.
    virtual int socket_descriptor() const { return plain_descriptor(); }
    // How much the kernel still holds unsent or unacknowledged (SIOCOUTQ); 0 where unknown.
    virtual std::size_t unsent() const { return 0; }

  private:
    std::shared_ptr<const void> kept_;
};

}  // namespace earshot::net
