// Certificates for tests, made when asked for and written as PEM into a folder that goes with its maker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/tls_certificate.h"

namespace earshot::test {

// A certificate and its key as files, and its SHA-256.
struct CertificateFiles {
    std::string certificate, key, sha256;
};

struct CertificateWish {
    std::string common_name = "localhost";
    std::string alternative_names = "DNS:localhost,IP:127.0.0.1,IP:::1";  // "": none
    long from_seconds = -3600;                                            // relative to now
    long to_seconds = 3600;
};

class Certificates {
  public:
    explicit Certificates(const std::string& root_name = "Test Root");
    ~Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    const std::string& ca() const { return ca_.certificate; }  // PEM file of the root
    CertificateFiles issue(const CertificateWish& wish);       // signed by the root
    CertificateFiles self_signed(const CertificateWish& wish);
    CertificateFiles with_passphrase(const CertificateWish& wish);
    std::string file(const std::string& name, const std::string& content);

  private:
    CertificateFiles write(const net::OwnCertificate& pair, const char* passphrase);
    net::OwnCertificate make(const CertificateWish& wish, const net::OwnCertificate* issuer, bool is_ca);

    std::string folder_;
    int count_ = 0;
    net::OwnCertificate root_;
    CertificateFiles ca_;
};

}  // namespace earshot::test
