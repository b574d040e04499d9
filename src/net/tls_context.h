// What one side of TLS is willing to do: its certificate, whom it trusts, the name it checks. Made once from the
// options, shared by all handshakes; immutable and usable from any thread. Nothing of OpenSSL is set up before the
// first is made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

struct bio_method_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace earshot::net {

enum class TlsRole : std::uint8_t { client, server };

enum class TlsVerify : std::uint8_t {
    standard,  // a client: require; a server: none, but require where it was given `ca` or `pin`, which would be idle
               // else
    none,      // the peer is not checked (a pin is)
    peer,      // a server asks for a certificate and checks what it is shown; a client: as require
    require,   // without a certificate that fits there is no conversation
};

struct TlsOptions {
    std::string certificate;        // PEM file, own certificate first, then its chain
    std::string key;                // PEM file; empty: in the certificate's file
    std::string ca;                 // PEM file or hashed folder, trusted instead of the system's
    std::string name;               // client: expected in the certificate and sent as SNI, instead of the host called
    std::vector<std::string> alpn;  // most wanted first
    std::string pin;                // SHA-256 of the peer certificate's DER in hex; replaces chain and name checks
    TlsVerify verify = TlsVerify::standard;
    Millis handshake_timeout{10'000};  // slow links need a few seconds; a stalled peer must not hold a descriptor
};

class TlsContext {
  public:
    // `host` as the user wrote it: a name, an address, "" for a Unix socket (then a name or a pin must be given).
    static Result<std::shared_ptr<const TlsContext>> make_client(const TlsOptions& options, std::string_view host);
    // Without options.certificate a self-signed one is made for the run; its pin is made_sha256().
    static Result<std::shared_ptr<const TlsContext>> make_server(const TlsOptions& options);
    // The same from its files as they are now; a certificate made for the run stays. Whoever shakes hands by this one
    // goes on with it.
    Result<std::shared_ptr<const TlsContext>> read_anew(const TlsOptions& options) const;
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    TlsRole role() const { return role_; }
    const std::string& name() const { return name_; }  // client: what the certificate must be for; may be an address
    const std::string& own_sha256() const { return own_sha256_; }    // of the certificate shown; empty: none
    const std::string& made_sha256() const { return made_sha256_; }  // of the one made for this run; empty: was given
    const std::vector<std::string>& alpn() const { return alpn_; }
    Millis handshake_timeout() const { return handshake_timeout_; }
    bool checks_peer() const { return checks_peer_; }

    ssl_ctx_st* native() const { return native_; }
    const bio_method_st* wire_method() const { return wire_method_; }
    // A new session ready for its handshake, without a BIO; nullptr where memory is short.
    ssl_st* make_session() const;

  private:
    explicit TlsContext(TlsRole role) : role_(role) {}
    // `before` may be null.
    Status set_up(const TlsOptions& options, const TlsContext* before = nullptr);
    Status load_certificate(const TlsOptions& options, const TlsContext* before);
    Status make_certificate();
    Status keep_certificate(const TlsContext& made);
    Status set_trust(const TlsOptions& options);
    Status set_alpn(const TlsOptions& options);
    static int check_peer(x509_store_ctx_st* store, void* context);
    static int choose_alpn(ssl_st* session, const unsigned char** chosen, unsigned char* chosen_size,
                           const unsigned char* offered, unsigned offered_size, void* context);

    TlsRole role_;
    ssl_ctx_st* native_ = nullptr;
    bio_method_st* wire_method_ = nullptr;
    std::string name_;
    bool name_is_address_ = false;
    std::string own_sha256_, made_sha256_;
    std::string pin_;
    std::vector<std::string> alpn_;
    std::vector<std::uint8_t> alpn_wire_;  // each with its length before it (RFC 7301 3.1)
    Millis handshake_timeout_{0};
    bool checks_peer_ = false;
};

}  // namespace earshot::net
