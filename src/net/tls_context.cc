#include "net/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/i18n.h"
#include "net/tls_certificate.h"
#include "net/tls_check.h"
#include "net/tls_explain.h"
#include "net/tls_wire.h"

namespace earshot::net {

namespace {

// OpenSSL would ask on /dev/tty in the middle of everything.
int no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

// An address as X509 checks want it: no brackets, no zone.
bool normal_address(std::string& name) {
    std::string address = name;
    if (address.size() > 2 && address.front() == '[' && address.back() == ']')
        address = address.substr(1, address.size() - 2);
    address = address.substr(0, address.find('%'));
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, address.c_str(), bytes.data()) != 1 &&
        ::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) {
        return false;
    }
    name = address;
    return true;
}

// Whether the file can be read at all, so that "no such file" does not read like a bad certificate.
Status readable(const char* option, const std::string& path) {
    if (std::FILE* file = std::fopen(path.c_str(), "re")) {
        std::fclose(file);
        return Ok{};
    }
    const int error = errno;
    return Error{reason_of_errno(error), tr_format("{}: cannot read {}: {}", option, path, errno_text(error))};
}

Error bad_file(const char* option, const std::string& path) {
    const unsigned long code = ERR_peek_error();  // the first is the cause, the later ones only report it upwards
    const std::string why =
        ERR_GET_REASON(code) == PEM_R_NO_START_LINE ? tr("there is no such PEM block in it") : openssl_text(code);
    ERR_clear_error();
    return Error{Reason::tls, tr_format("{}: {} cannot be used: {}", option, path, why)};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::make_client(const TlsOptions& options, std::string_view host) {
    const std::shared_ptr<TlsContext> context(new TlsContext(TlsRole::client));
    context->name_ = options.name.empty() ? std::string(host) : options.name;
    context->name_is_address_ = normal_address(context->name_);
    if (!context->name_is_address_ && context->name_.ends_with('.')) context->name_.pop_back();  // RFC 6066 3
    if (const Status done = context->set_up(options); !done) return done.error();
    return std::shared_ptr<const TlsContext>(context);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make_server(const TlsOptions& options) {
    const std::shared_ptr<TlsContext> context(new TlsContext(TlsRole::server));
    if (const Status done = context->set_up(options); !done) return done.error();
    return std::shared_ptr<const TlsContext>(context);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::read_anew(const TlsOptions& options) const {
    EARSHOT_CHECK(role_ == TlsRole::server);
    const std::shared_ptr<TlsContext> context(new TlsContext(role_));
    if (const Status done = context->set_up(options, this); !done) return done.error();
    return std::shared_ptr<const TlsContext>(context);
}

TlsContext::~TlsContext() {
    SSL_CTX_free(native_);
    free_wire_method(wire_method_);
}

Status TlsContext::set_up(const TlsOptions& options, const TlsContext* before) {
    ERR_clear_error();
    native_ = SSL_CTX_new(role_ == TlsRole::client ? TLS_client_method() : TLS_server_method());
    wire_method_ = make_wire_method();
    if (!native_ || !wire_method_) {
        return Error{Reason::tls, tr_format("TLS cannot be set up: {}", openssl_text(ERR_get_error()))};
    }
    handshake_timeout_ = options.handshake_timeout;
    SSL_CTX_set_min_proto_version(native_, TLS1_2_VERSION);
    // Buffers only while a record is under way: an idle conversation keeps none.
    SSL_CTX_set_mode(native_,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(native_, SSL_OP_NO_RENEGOTIATION);
    // No tickets: a caller who sends and closes without reading them would reset the connection under his own data,
    // and a resumed session would skip the check of his certificate.
    SSL_CTX_set_session_cache_mode(native_, SSL_SESS_CACHE_OFF);
    if (role_ == TlsRole::server) {
        SSL_CTX_set_options(native_, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
        SSL_CTX_set_num_tickets(native_, 0);
    }
    if (const Status done = load_certificate(options, before); !done) return done;
    if (const Status done = set_trust(options); !done) return done;
    return set_alpn(options);
}

Status TlsContext::load_certificate(const TlsOptions& options, const TlsContext* before) {
    if (options.certificate.empty()) {
        if (!options.key.empty())
            return Error{Reason::usage, tr("--tls-key needs --tls-cert: a key alone shows nothing")};
        if (before && !before->made_sha256_.empty()) return keep_certificate(*before);
        return role_ == TlsRole::server ? make_certificate() : Status(Ok{});
    }
    const std::string& key = options.key.empty() ? options.certificate : options.key;
    if (const Status done = readable("--tls-cert", options.certificate); !done) return done;
    if (const Status done = readable("--tls-key", key); !done) return done;
    bool protected_key = false;
    SSL_CTX_set_default_passwd_cb(native_, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(native_, &protected_key);
    const bool certificate_loaded = SSL_CTX_use_certificate_chain_file(native_, options.certificate.c_str()) == 1;
    const bool key_loaded =
        certificate_loaded && SSL_CTX_use_PrivateKey_file(native_, key.c_str(), SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(native_, nullptr);
    SSL_CTX_set_default_passwd_cb(native_, nullptr);
    if (!certificate_loaded) return bad_file("--tls-cert", options.certificate);
    if (!key_loaded && protected_key) {
        ERR_clear_error();
        return Error{Reason::tls, tr_format("--tls-key: {} is protected by a passphrase; write it without one first "
                                            "(openssl pkey -in {} -out plain.pem)",
                                            key, key)};
    }
    if (!key_loaded && ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
        ERR_clear_error();
        return Error{Reason::tls, tr_format("--tls-key: the key in {} does not belong to the certificate in {}", key,
                                            options.certificate)};
    }
    if (!key_loaded && options.key.empty()) {
        ERR_clear_error();
        return Error{Reason::tls,
                     tr_format("--tls-cert: {} has no private key that can be used; name the file that has "
                               "it with --tls-key",
                               key)};
    }
    if (!key_loaded) return bad_file("--tls-key", key);
    own_sha256_ = certificate_sha256(*SSL_CTX_get0_certificate(native_));
    return Ok{};
}

Status TlsContext::make_certificate() {
    auto made = make_run_certificate();
    if (!made) return made.error();
    if (SSL_CTX_use_certificate(native_, made->certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(native_, made->key.get()) != 1) {
        return Error{Reason::tls, tr_format("TLS cannot be set up: {}", openssl_text(ERR_get_error()))};
    }
    own_sha256_ = made_sha256_ = certificate_sha256(*made->certificate);
    return Ok{};
}

Status TlsContext::keep_certificate(const TlsContext& made) {
    if (SSL_CTX_use_certificate(native_, SSL_CTX_get0_certificate(made.native_)) != 1 ||
        SSL_CTX_use_PrivateKey(native_, SSL_CTX_get0_privatekey(made.native_)) != 1) {
        return Error{Reason::tls, tr_format("TLS cannot be set up: {}", openssl_text(ERR_get_error()))};
    }
    own_sha256_ = made_sha256_ = made.made_sha256_;
    return Ok{};
}

Status TlsContext::set_trust(const TlsOptions& options) {
    if (!options.pin.empty()) {
        pin_ = normal_pin(options.pin);
        if (pin_.empty()) {
            return Error{
                Reason::usage,
                tr_format("--tls-pin {}: not a SHA-256, which is 64 hex digits (colons allowed)", options.pin)};
        }
    }
    TlsVerify verify = options.verify;
    if (verify == TlsVerify::standard) {
        const bool given = !options.ca.empty() || !pin_.empty();
        verify = role_ == TlsRole::client || given ? TlsVerify::require : TlsVerify::none;
    }
    checks_peer_ = verify != TlsVerify::none || !pin_.empty();
    const int demand = verify == TlsVerify::peer ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(native_, checks_peer_ ? SSL_VERIFY_PEER | demand : SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_cert_verify_callback(native_, check_peer, this);
    if (!checks_peer_ || !pin_.empty()) return Ok{};

    X509_VERIFY_PARAM* wanted = SSL_CTX_get0_param(native_);
    if (role_ == TlsRole::client) {
        if (name_.empty()) {
            return Error{Reason::usage,
                         tr("TLS needs to know whose certificate to expect: give --tls-name or --tls-pin")};
        }
        X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int set = name_is_address_ ? X509_VERIFY_PARAM_set1_ip_asc(wanted, name_.c_str())
                                         : X509_VERIFY_PARAM_set1_host(wanted, name_.data(), name_.size());
        if (set != 1) return Error{Reason::usage, tr_format("{} is not a name that a certificate can carry", name_)};
    }
    if (options.ca.empty()) {
        SSL_CTX_set_default_verify_paths(native_);  // none installed: every certificate is unknown, and so it is said
        return Ok{};
    }
    if (const Status done = readable("--tls-ca", options.ca); !done) return done;
    // What a person names as trusted is trusted: also an intermediate, also the certificate itself.
    X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_PARTIAL_CHAIN);
    struct stat facts {};
    const bool folder = ::stat(options.ca.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
    const int loaded = folder ? SSL_CTX_load_verify_dir(native_, options.ca.c_str())
                              : SSL_CTX_load_verify_file(native_, options.ca.c_str());
    if (loaded != 1) return bad_file("--tls-ca", options.ca);
    // Tells a caller with several certificates which one to show.
    if (role_ == TlsRole::server && !folder) {
        SSL_CTX_set_client_CA_list(native_, SSL_load_client_CA_file(options.ca.c_str()));
    }
    return Ok{};
}

Status TlsContext::set_alpn(const TlsOptions& options) {
    alpn_ = options.alpn;
    for (const std::string& protocol : alpn_) {
        if (protocol.empty() || protocol.size() > 255) {
            return Error{Reason::usage, tr("--tls-alpn: a protocol's name has 1 to 255 bytes")};
        }
        alpn_wire_.push_back(static_cast<std::uint8_t>(protocol.size()));
        alpn_wire_.insert(alpn_wire_.end(), protocol.begin(), protocol.end());
    }
    if (alpn_.empty()) return Ok{};
    if (role_ == TlsRole::server) {
        SSL_CTX_set_alpn_select_cb(native_, choose_alpn, this);
    } else {
        // Gives 0 for success, unlike its neighbours.
        EARSHOT_CHECK(SSL_CTX_set_alpn_protos(native_, alpn_wire_.data(), static_cast<unsigned>(alpn_wire_.size())) ==
                      0);
    }
    return Ok{};
}

ssl_st* TlsContext::make_session() const {
    SSL* session = SSL_new(native_);
    if (!session) return nullptr;
    if (role_ == TlsRole::server) {
        SSL_set_accept_state(session);
        return session;
    }
    SSL_set_connect_state(session);
    // An address is never sent as SNI (RFC 6066 3).
    if (!name_.empty() && !name_is_address_) SSL_set_tlsext_host_name(session, name_.c_str());
    return session;
}

int TlsContext::check_peer(X509_STORE_CTX* store, void* context) {
    const auto& self = *static_cast<const TlsContext*>(context);
    const void* session = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    auto* check = static_cast<TlsCheck*>(SSL_get_app_data(static_cast<const SSL*>(session)));
    EARSHOT_CHECK(check != nullptr);
    if (!self.checks_peer_) return 1;
    return self.pin_.empty() ? check->run_chain(store, self.role_, self.name_) : check->run_pin(store, self.pin_);
}

int TlsContext::choose_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                            const unsigned char* offered, unsigned offered_size, void* context) {
    const auto& self = *static_cast<const TlsContext*>(context);
    const std::string_view offer(reinterpret_cast<const char*>(offered), offered_size);
    for (const std::string& own : self.alpn_) {
        for (std::size_t at = 0; at < offer.size();) {
            const std::size_t size = offered[at];
            if (offer.substr(at + 1, size) == own) {
                *chosen = offered + at + 1;
                *chosen_size = static_cast<unsigned char>(size);
                return SSL_TLSEXT_ERR_OK;
            }
            at += 1 + size;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 3.2: no_application_protocol
}

}  // namespace earshot::net
