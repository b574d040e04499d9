// A small language for TLS over a real loopback connection: two ends of ours, or one and something else.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "net/tls_connection.h"
#include "net/tls_context.h"
#include "net/tls_handshake.h"
#include "tests/support/certificates.h"
#include "tests/support/loopback.h"

namespace earshot::test {

struct TcpPair {
    UniqueFd caller, called;  // do not block
    net::Endpoint caller_address, called_address;
};
TcpPair make_tcp_pair();

// One end of ours: its handshake and then its connection.
struct TlsEnd {
    std::unique_ptr<net::TlsHandshake> handshake;
    std::optional<Result<std::unique_ptr<net::Connection>>> outcome;
    Readiness ready;
    bool read_after_ready = false;

    bool is_done() const { return outcome.has_value(); }
    bool is_open() const { return is_done() && *outcome; }
    net::Connection& connection() { return ***outcome; }
    std::string refusal() const { return !is_done() ? "not done" : *outcome ? "open" : outcome->error().message; }
    Reason reason() const { return outcome->error().reason; }
    void drop() {
        outcome.reset();
        handshake.reset();
    }
};

// The other end where it has to do what ours never would: OpenSSL by hand, one step at a time.
class RawTls {
  public:
    RawTls(net::TlsRole role, UniqueFd descriptor);
    ~RawTls();
    RawTls(const RawTls&) = delete;
    RawTls& operator=(const RawTls&) = delete;

    // Goes on with the handshake; true once it is complete.
    bool shake() { return SSL_do_handshake(session) == 1; }
    bool write(std::string_view text) {
        return SSL_write(session, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
    }
    // Everything there is now.
    std::string read();
    bool got_end() const { return (SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN) != 0; }

    UniqueFd socket;
    SSL_CTX* context = nullptr;
    SSL* session = nullptr;
};

class TlsTest : public testing::Test {
  protected:
    TlsTest();

    // Contexts of the options as they stand.
    std::shared_ptr<const net::TlsContext> client_context();
    std::shared_ptr<const net::TlsContext> server_context();
    void start(TlsEnd& end, UniqueFd descriptor, std::shared_ptr<const net::TlsContext> context,
               std::optional<SteadyTime> deadline = {});
    // Both ends shake hands; true where both connections are open.
    bool shake();
    // Both come to a result, whatever it is.
    void shake_to_any_end();
    // One end of ours and a raw peer of the other role.
    void start_with_raw(net::TlsRole ours, TlsEnd& end);
    bool shake_with_raw(TlsEnd& end);

    static net::IoResult write(TlsEnd& end, std::string_view text) {
        const ByteView piece = as_bytes(text);
        return end.connection().write_some({&piece, 1});
    }
    // Waits for `end` to be readable and gives what one read gave: bytes, "end" or "failed: REASON: MESSAGE".
    std::string read(TlsEnd& end);
    // Reads until end or failure, which stands at the end of the result in brackets.
    std::string read_all(TlsEnd& end);
    bool end_sending(TlsEnd& end);
    // Turns of the loop in which nothing is to do.
    bool is_quiet();

    RealLoop real;
    Certificates certificates;
    CertificateFiles good = certificates.issue({});
    net::TlsOptions client_options, server_options;
    std::string host = "localhost";
    int max_version = 0;  // TLS1_2_VERSION: no later
    TlsEnd client, server;
    std::unique_ptr<RawTls> raw;
};

}  // namespace earshot::test
