#include "tests/support/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/check.h"

namespace earshot::test {

namespace {

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    EARSHOT_CHECK(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

Certificates::Certificates(const std::string& root_name) {
    std::string pattern = std::filesystem::temp_directory_path() / "earshot-tls-XXXXXX";
    EARSHOT_CHECK(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    root_ = make({.common_name = root_name, .alternative_names = ""}, nullptr, true);
    ca_ = write(root_, nullptr);
}

Certificates::~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

net::OwnCertificate Certificates::make(const CertificateWish& wish, const net::OwnCertificate* issuer, bool is_ca) {
    static long serial = 1000;
    net::OwnCertificate made{net::CertificatePtr(X509_new()), net::KeyPtr(EVP_EC_gen("P-256"))};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wish.from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wish.to_seconds);
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wish.common_name.data()),
                               static_cast<int>(wish.common_name.size()), -1, 0);
    X509* signer = issuer ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    extend(certificate, signer, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!wish.alternative_names.empty()) extend(certificate, signer, NID_subject_alt_name, wish.alternative_names);
    X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256());
    return made;
}

CertificateFiles Certificates::write(const net::OwnCertificate& pair, const char* passphrase) {
    const std::string stem = folder_ + "/" + std::to_string(++count_);
    CertificateFiles files{stem + ".pem", stem + ".key", net::certificate_sha256(*pair.certificate)};
    std::FILE* file = std::fopen(files.certificate.c_str(), "we");
    PEM_write_X509(file, pair.certificate.get());
    std::fclose(file);
    file = std::fopen(files.key.c_str(), "we");
    PEM_write_PrivateKey(file, pair.key.get(), passphrase ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                         const_cast<char*>(passphrase));
    std::fclose(file);
    return files;
}

CertificateFiles Certificates::issue(const CertificateWish& wish) { return write(make(wish, &root_, false), nullptr); }
CertificateFiles Certificates::self_signed(const CertificateWish& wish) {
    return write(make(wish, nullptr, false), nullptr);
}
CertificateFiles Certificates::with_passphrase(const CertificateWish& wish) {
    return write(make(wish, &root_, false), "secret");
}

std::string Certificates::file(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << content;
    return folder_ + "/" + name;
}

}  // namespace earshot::test
