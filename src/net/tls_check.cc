#include "net/tls_check.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <vector>

#include "base/i18n.h"
#include "net/tls_certificate.h"

namespace earshot::net {

namespace {

struct Finding {
    int code;              // X509_V_ERR_...
    int depth;             // 0: the peer's own certificate
    CertificatePtr about;  // what it was found on; may be none
};
using Findings = std::vector<Finding>;

// Goes on after a finding, so that all that is wrong can be said at once; run_chain refuses in the end.
int note_finding(int fits, X509_STORE_CTX* store) {
    if (fits == 1) return 1;
    auto* findings = static_cast<Findings*>(X509_STORE_CTX_get_app_data(store));
    const int code = X509_STORE_CTX_get_error(store);
    const bool known =
        std::any_of(findings->begin(), findings->end(), [&](const Finding& f) { return f.code == code; });
    if (known || findings->size() >= 8) return 1;
    X509* about = X509_STORE_CTX_get_current_cert(store);
    if (about) X509_up_ref(about);
    findings->push_back({code, X509_STORE_CTX_get_error_depth(store), CertificatePtr(about)});
    return 1;
}

bool is_unknown_issuer(int code) {
    return code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE || code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
           code == X509_V_ERR_CERT_UNTRUSTED;
}

// One finding in words. `leaf`: the peer's own certificate.
std::string finding_text(const Finding& finding, const X509& leaf, const std::string& name) {
    const X509& about = finding.about ? static_cast<const X509&>(*finding.about) : leaf;
    // A fault further up the chain must not read as if the peer's own certificate had it.
    const std::string whose = finding.depth == 0 ? std::string(tr("its certificate"))
                                                 : tr_format("the issuer's certificate ({})", subject_text(about));
    switch (finding.code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return tr_format("{} expired on {}", whose, not_after_text(about));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return tr_format("{} is not valid before {} (is this clock right?)", whose, not_before_text(about));
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return tr_format("its certificate is for {}, not for {}", certificate_names(leaf), name);
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return tr_format("its certificate ({}) is self-signed", subject_text(leaf));
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return tr_format("{} names {} as its issuer, but was not signed by the one trusted here", whose,
                             issuer_text(about));
        default:
            break;
    }
    if (is_unknown_issuer(finding.code)) {
        return tr_format("its certificate was issued by {}, which is not trusted here", issuer_text(leaf));
    }
    return tr_format("{}: {}", whose, X509_verify_cert_error_string(finding.code));
}

std::string advice(const Findings& findings, const X509& leaf, TlsRole role) {
    const std::string pin = certificate_sha256(leaf);
    bool issuer = false;
    bool name = false;
    for (const Finding& finding : findings) {
        issuer |= is_unknown_issuer(finding.code) || finding.code == X509_V_ERR_CERT_SIGNATURE_FAILURE ||
                  finding.code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
        name |= finding.code == X509_V_ERR_HOSTNAME_MISMATCH || finding.code == X509_V_ERR_IP_ADDRESS_MISMATCH;
    }
    if (role == TlsRole::server) return tr_format("to let this caller in: --tls-ca FILE or --tls-pin {}", pin);
    if (issuer) return tr_format("if you know it to be right: --tls-ca FILE or --tls-pin {}", pin);
    if (name) return tr_format("if it is the right peer: --tls-name NAME or --tls-pin {}", pin);
    return tr_format("to accept exactly this certificate: --tls-pin {}", pin);
}

}  // namespace

int TlsCheck::run_chain(X509_STORE_CTX* store, TlsRole role, const std::string& name) {
    Findings findings;
    X509_STORE_CTX_set_app_data(store, &findings);
    X509_STORE_CTX_set_verify_cb(store, note_finding);
    const int verified = X509_verify_cert(store);
    X509_STORE_CTX_set_verify_cb(store, nullptr);
    X509_STORE_CTX_set_app_data(store, nullptr);
    if (verified == 1 && findings.empty()) {
        passed_ = true;
        return 1;
    }
    const X509* leaf = X509_STORE_CTX_get0_cert(store);
    if (findings.empty()) findings.push_back({X509_STORE_CTX_get_error(store), 0, nullptr});
    // "No issuer found" brings "cannot check its signature" with it: one of them is enough.
    bool issuer_said = false;
    for (const Finding& finding : findings) {
        if (is_unknown_issuer(finding.code) && std::exchange(issuer_said, true)) continue;
        if (!objection_.empty()) objection_ += ", ";
        objection_ += finding_text(finding, *leaf, name);
    }
    objection_ += "; " + advice(findings, *leaf, role);
    X509_STORE_CTX_set_error(store, findings.front().code);  // what the alert to the peer is chosen by
    return 0;
}

int TlsCheck::run_pin(X509_STORE_CTX* store, const std::string& pin) {
    const std::string seen = certificate_sha256(*X509_STORE_CTX_get0_cert(store));
    passed_ = seen == pin;
    if (passed_) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    objection_ = tr_format("the pin of its certificate is {}, but --tls-pin demands {}", seen, pin);
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

}  // namespace earshot::net
