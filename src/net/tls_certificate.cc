#include "net/tls_certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <utility>
#include <vector>

#include "base/i18n.h"

namespace earshot::net {

namespace {

constexpr long kValidSeconds = 30L * 24 * 3600;
constexpr std::size_t kMaxNames = 5;       // a shared certificate can carry hundreds
constexpr std::size_t kMaxNameBytes = 80;  // and a hostile one very long ones

struct BioFree {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    for (const char c : std::string_view(name.data())) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_';
        if (!plain) return {};  // would change the meaning of the extension's text
    }
    return name.data();
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool fill(X509* certificate, EVP_PKEY* key) {
    std::array<std::uint8_t, 16> serial{};
    if (RAND_bytes(serial.data(), serial.size()) != 1) return false;
    serial[0] = (serial[0] & 0x7fU) | 0x40U;  // positive, never zero, always 16 bytes (RFC 5280 4.1.2.2)
    BIGNUM* number = BN_bin2bn(serial.data(), serial.size(), nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);  // the caller's clock may be behind
    X509_gmtime_adj(X509_getm_notAfter(certificate), kValidSeconds);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
    if (const std::string host = host_name(); !host.empty() && host != "localhost") names += ",DNS:" + host;
    return add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
           add_extension(certificate, NID_subject_alt_name, names) && X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string time_text(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

ByteView bytes_of(const ASN1_STRING* text) {
    return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// An address of the alternative names; empty for a kind of name that is not checked by anybody here.
std::string alternative_text(const GENERAL_NAME& name) {
    if (name.type == GEN_DNS) return quoted_for_people(bytes_of(name.d.dNSName), kMaxNameBytes);
    if (name.type != GEN_IPADD) return {};
    const ByteView address = bytes_of(name.d.iPAddress);
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = address.size() == 4 ? AF_INET : AF_INET6;
    if (address.size() != 4 && address.size() != 16) return {};
    return ::inet_ntop(family, address.data(), text.data(), text.size());
}

// The length of the well-formed UTF-8 character at the start of `bytes` and its code point; 0: there is none.
std::pair<std::size_t, char32_t> first_character(ByteView bytes) {
    const std::uint8_t lead = bytes[0];
    if (lead < 0x80) return {1, lead};
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || bytes.size() < size) return {0, 0};
    auto point = static_cast<char32_t>(lead & (0xffU >> (size + 1)));
    for (std::size_t i = 1; i < size; ++i) {
        if ((bytes[i] & 0xc0U) != 0x80) return {0, 0};
        point = point << 6U | (bytes[i] & 0x3fU);
    }
    const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return overlong || surrogate || point > 0x10ffff ? std::pair<std::size_t, char32_t>{0, 0}
                                                     : std::pair<std::size_t, char32_t>{size, point};
}

bool disturbs_a_terminal(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c < 0xe0080);
}

}  // namespace

void CertificateFree::operator()(x509_st* certificate) const { X509_free(certificate); }
void CertificateFree::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<OwnCertificate> make_run_certificate() {
    OwnCertificate made{CertificatePtr(X509_new()), KeyPtr(EVP_EC_gen("P-256"))};
    if (made.certificate && made.key && fill(made.certificate.get(), made.key.get())) return made;
    return Error{Reason::tls, tr("cannot make a certificate for this run; give one with --tls-cert and --tls-key")};
}

std::string certificate_sha256(const x509_st& certificate) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

std::string normal_pin(std::string_view text) {
    std::string pin;
    for (const char c : text) {
        if (c == ':') continue;
        const bool upper = c >= 'A' && c <= 'F';
        if (!upper && !(c >= 'a' && c <= 'f') && !(c >= '0' && c <= '9')) return {};
        pin += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return pin.size() == 64 ? pin : std::string();
}

std::string name_text(const X509_name_st* name) {
    const std::unique_ptr<BIO, BioFree> memory(BIO_new(BIO_s_mem()));
    constexpr unsigned long kStyle = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    if (!memory || X509_NAME_print_ex(memory.get(), name, 0, kStyle) < 0) return {};
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return quoted_for_people(as_bytes({text, static_cast<std::size_t>(size)}), 200);
}

std::string subject_text(const x509_st& certificate) { return name_text(X509_get_subject_name(&certificate)); }
std::string issuer_text(const x509_st& certificate) { return name_text(X509_get_issuer_name(&certificate)); }

std::string certificate_names(const x509_st& certificate) {
    std::vector<std::string> names;
    auto* alternatives =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
        std::string text = alternative_text(*sk_GENERAL_NAME_value(alternatives, i));
        if (!text.empty()) names.push_back(std::move(text));
    }
    GENERAL_NAMES_free(alternatives);
    if (names.empty()) return subject_text(certificate);  // old ones have only a common name
    std::string list = names[0];
    for (std::size_t i = 1; i < names.size() && i < kMaxNames; ++i) list += ", " + names[i];
    if (names.size() > kMaxNames) list += fmt::format(", ... ({})", names.size());
    return list;
}

std::string not_before_text(const x509_st& certificate) { return time_text(X509_get0_notBefore(&certificate)); }
std::string not_after_text(const x509_st& certificate) { return time_text(X509_get0_notAfter(&certificate)); }

std::string quoted_for_people(ByteView bytes, std::size_t at_most) {
    std::string text;
    while (!bytes.empty()) {
        if (text.size() >= at_most) return text + "...";
        const auto [size, point] = first_character(bytes);
        const std::size_t used = size == 0 ? 1 : size;
        if (size == 0 || disturbs_a_terminal(point)) {
            for (const std::uint8_t byte : bytes.first(used)) text += fmt::format("\\x{:02X}", byte);
        } else {
            text += as_chars(bytes.first(used));
        }
        bytes = bytes.subspan(used);
    }
    return text;
}

}  // namespace earshot::net
