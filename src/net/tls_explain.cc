#include "net/tls_explain.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cctype>

#include "base/i18n.h"
#include "net/tls_certificate.h"
#include "net/tls_hello.h"

namespace earshot::net {

namespace {

Error about(Reason reason, const Endpoint& peer, const std::string& why) {
    return Error{reason, tr_format("TLS with {}: {}", peer.text(), why)};
}

// The peer's first bytes are no TLS: what it said and how to go on.
std::string no_tls_text(ByteView greeting, TlsRole role) {
    const std::string_view text = as_chars(greeting);
    const std::string said = quoted_for_people(as_bytes(text.substr(0, text.find_first_of("\r\n"))), 48);
    return role == TlsRole::client
               ? tr_format("the peer does not speak TLS, it sent \"{}\"; call it without --tls", said)
               : tr_format(
                     "the caller does not speak TLS, it sent \"{}\"; it has to call with TLS (earshot: --tls, a "
                     "browser: https)",
                     said);
}

std::string alpn_list(const TlsContext& context) {
    std::string list;
    for (const std::string& protocol : context.alpn()) list += (list.empty() ? "" : ", ") + protocol;
    return list.empty() ? std::string(tr("none")) : quoted_for_people(as_bytes(list), 80);
}

// The peer sent a fatal alert: its name (RFC 8446 6.2) and what it means from here.
std::string alert_text(int alert, const TlsContext& context) {
    const bool client = context.role() == TlsRole::client;
    std::string text = tr_format("the peer refused with the alert \"{}\"", SSL_alert_desc_string_long(alert));
    switch (alert) {
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
            if (client) return text + tr(": it does not accept the certificate shown with --tls-cert");
            return text + tr_format(": it does not accept this listener's certificate; it can trust it by --tls-pin {}",
                                    context.own_sha256());
        case SSL_AD_CERTIFICATE_REQUIRED:
            return text + tr(": it demands a certificate; show one with --tls-cert and --tls-key");
        case SSL_AD_HANDSHAKE_FAILURE:
            if (!client) return text;
            return text + (context.own_sha256().empty()
                               ? tr(": no cipher in common, or it demands a certificate (--tls-cert and --tls-key)")
                               : tr(": no cipher in common, or it does not accept the certificate shown"));
        case SSL_AD_PROTOCOL_VERSION:
            return text + tr(": no TLS version in common; here it is 1.2 or later");
        case SSL_AD_NO_APPLICATION_PROTOCOL:
            return text + tr_format(": none of the protocols offered (--tls-alpn: {}) is its own", alpn_list(context));
        case SSL_AD_UNRECOGNIZED_NAME:
            return text + tr_format(": it does not serve the name {}; try --tls-name", context.name());
        default:
            return text;
    }
}

// Errors of our own side of the protocol; empty: OpenSSL's words have to do.
std::string protocol_text(int reason, const TlsContext& context) {
    const bool client = context.role() == TlsRole::client;
    switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_UNKNOWN_PROTOCOL:
            return tr("no TLS version in common; here it is 1.2 or later");
        case SSL_R_NO_SHARED_CIPHER:
            return tr("no cipher in common");
        case SSL_R_NO_APPLICATION_PROTOCOL:
            return tr_format("no application protocol in common; here it is {} (--tls-alpn)", alpn_list(context));
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return tr("the caller showed no certificate, and --tls-verify require demands one");
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
            return client ? tr("what came is not TLS; does this port speak TLS at all? Without --tls it may work")
                          : tr("what came is not TLS; the caller has to call with TLS");
        case SSL_R_BAD_EXTENSION:
            return {};
        default:
            return {};
    }
}

std::string cut_hint(const TlsTrouble& trouble) {
    if (!trouble.sent_end) return {};
    return tr(
        "; it may be one that cuts its answer as soon as it is told the end of the other direction: try --on-eof keep");
}

Error explain_end(const TlsTrouble& trouble, const TlsContext& context, const Endpoint& peer) {
    if (trouble.shaking_hands) {
        return about(Reason::tls, peer,
                     context.role() == TlsRole::client
                         ? tr("the peer closed the connection in the middle of the handshake; it may not speak TLS, or "
                              "not want this caller")
                         : tr("the caller closed the connection in the middle of the handshake"));
    }
    return about(Reason::truncated, peer,
                 tr("the peer ended the connection without close_notify, so the end of its data may be missing") +
                     cut_hint(trouble));
}

}  // namespace

std::string openssl_text(unsigned long code) {
    if (ERR_SYSTEM_ERROR(code)) return errno_text(ERR_GET_REASON(code));
    const char* reason = ERR_reason_error_string(code);
    return reason ? reason : tr_format("error {:#x}", code);
}

Error explain(const TlsTrouble& trouble, const TlsContext& context, const Endpoint& peer) {
    const int reason = ERR_GET_LIB(trouble.code) == ERR_LIB_SSL ? ERR_GET_REASON(trouble.code) : 0;
    if (!trouble.objection.empty()) return about(Reason::tls, peer, std::string(trouble.objection));
    if (trouble.shaking_hands && !may_begin_tls(trouble.greeting)) {
        return about(Reason::tls, peer, no_tls_text(trouble.greeting, context.role()));
    }
    if (reason > SSL_AD_REASON_OFFSET) {
        return about(Reason::tls, peer, alert_text(reason - SSL_AD_REASON_OFFSET, context));
    }
    if (trouble.socket_error != 0) {
        std::string why = errno_text(trouble.socket_error);
        if (trouble.shaking_hands) why = tr_format("in the middle of the handshake: {}", why);
        return about(reason_of_errno(trouble.socket_error), peer, why + cut_hint(trouble));
    }
    if (trouble.saw_end && (reason == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
        return explain_end(trouble, context, peer);
    }
    const std::string known = protocol_text(reason, context);
    return about(Reason::tls, peer, known.empty() ? openssl_text(trouble.code) : known);
}

Error explain_timeout(ByteView greeting, const TlsContext& context, const Endpoint& peer) {
    if (!may_begin_tls(greeting)) return about(Reason::tls, peer, no_tls_text(greeting, context.role()));
    if (greeting.empty()) {
        return about(Reason::timeout, peer,
                     context.role() == TlsRole::client
                         ? tr("no answer to the greeting in time; does this port speak TLS at all?")
                         : tr("the caller did not begin the handshake in time"));
    }
    return about(Reason::timeout, peer, tr("the handshake did not come to an end in time"));
}

}  // namespace earshot::net
