// Certificates as people see them: made for a run, named, dated and pinned. Everything here needs OpenSSL and is called
// only where TLS was asked for.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

struct x509_st;
struct evp_pkey_st;
struct X509_name_st;

namespace earshot::net {

struct CertificateFree {
    void operator()(x509_st* certificate) const;
    void operator()(evp_pkey_st* key) const;
};
using CertificatePtr = std::unique_ptr<x509_st, CertificateFree>;
using KeyPtr = std::unique_ptr<evp_pkey_st, CertificateFree>;

struct OwnCertificate {
    CertificatePtr certificate;
    KeyPtr key;
};

// A self-signed certificate for one run of a listener: EC P-256, valid for 30 days from an hour ago, for localhost,
// this machine's name, 127.0.0.1 and ::1.
Result<OwnCertificate> make_run_certificate();

// SHA-256 of the DER, 64 lower-case hex digits: what --tls-pin takes.
std::string certificate_sha256(const x509_st& certificate);
// The pin as given by a person (either case, colons allowed) in the form above; empty where it is none.
std::string normal_pin(std::string_view text);

// One line, "CN=example.org,O=Example"; characters that could disturb a terminal are `\xNN`.
std::string name_text(const X509_name_st* name);
std::string subject_text(const x509_st& certificate);
std::string issuer_text(const x509_st& certificate);
// What the certificate is for: "example.org, *.example.org, 10.0.0.1"; at most a handful, then their number.
std::string certificate_names(const x509_st& certificate);
std::string not_before_text(const x509_st& certificate);  // "2026-01-31 12:00:00 UTC"
std::string not_after_text(const x509_st& certificate);

// Bytes that a peer chose, fit for a message: valid UTF-8 stays, controls (bidi ones too) and the rest become `\xNN`.
// Cut at about `at_most` bytes.
std::string quoted_for_people(ByteView bytes, std::size_t at_most);

}  // namespace earshot::net
