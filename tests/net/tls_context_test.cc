#include "net/tls_context.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/support/certificates.h"

namespace earshot::net {
namespace {

using testing::HasSubstr;

class TlsContextTest : public testing::Test {
  protected:
    Error client_error(std::string_view host = "localhost") {
        const auto made = TlsContext::make_client(options, host);
        return made ? Error{Reason::closed, "made"} : made.error();
    }
    Error server_error() {
        const auto made = TlsContext::make_server(options);
        return made ? Error{Reason::closed, "made"} : made.error();
    }
    static std::string content(const std::string& path) {
        std::ostringstream all;
        all << std::ifstream(path).rdbuf();
        return all.str();
    }
    test::Certificates certificates;
    TlsOptions options;
};

TEST_F(TlsContextTest, TakesCertificateAndKeyFromOneFile) {
    const auto files = certificates.issue({});
    options.certificate = certificates.file("both.pem", content(files.key) + content(files.certificate));
    EXPECT_EQ(server_error().message, "made");
    EXPECT_EQ((*TlsContext::make_server(options))->own_sha256(), files.sha256);
    EXPECT_EQ((*TlsContext::make_server(options))->made_sha256(), "");
}

TEST_F(TlsContextTest, NamesAFileThatIsNotThere) {
    options.certificate = "/nowhere/c.pem";
    EXPECT_EQ(server_error().message, "--tls-cert: cannot read /nowhere/c.pem: No such file or directory");
    options = {.ca = "/nowhere/ca.pem"};
    EXPECT_EQ(client_error().message, "--tls-ca: cannot read /nowhere/ca.pem: No such file or directory");
}

TEST_F(TlsContextTest, NamesAFileWithoutPem) {
    const auto files = certificates.issue({});
    const std::string empty = certificates.file("empty.pem", "nothing in here\n");
    options.certificate = empty;
    EXPECT_THAT(server_error().message,
                HasSubstr("--tls-cert: " + empty + " cannot be used: there is no such PEM block"));
    options = {.certificate = files.certificate, .key = files.certificate};
    EXPECT_THAT(server_error().message, HasSubstr("--tls-key: "));
    options = {.ca = empty};
    EXPECT_THAT(client_error().message, HasSubstr("--tls-ca: "));
}

TEST_F(TlsContextTest, NamesAKeyOfAnotherCertificate) {
    options = {.certificate = certificates.issue({}).certificate, .key = certificates.issue({}).key};
    EXPECT_THAT(server_error().message, HasSubstr("does not belong to the certificate"));
}

TEST_F(TlsContextTest, NeverAsksForAPassphrase) {
    const auto files = certificates.with_passphrase({});
    options = {.certificate = files.certificate, .key = files.key};
    EXPECT_THAT(server_error().message, HasSubstr("protected by a passphrase"));
}

TEST_F(TlsContextTest, AKeyAloneIsAMistake) {
    options.key = "k.pem";
    EXPECT_EQ(client_error().reason, Reason::usage);
    EXPECT_EQ(server_error().reason, Reason::usage);
}

TEST_F(TlsContextTest, RefusesWhatIsNoPin) {
    for (const char* pin : {"abc", "xyz", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
                            "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}) {
        options.pin = pin;
        EXPECT_EQ(client_error().reason, Reason::usage) << pin;
    }
}

TEST_F(TlsContextTest, NeedsAPeersNameUnlessPinnedOrUnchecked) {
    EXPECT_THAT(client_error("").message, HasSubstr("--tls-name or --tls-pin"));
    options.name = "there";
    EXPECT_EQ(client_error("").message, "made");
    options = {.pin = std::string(64, '1')};
    EXPECT_EQ(client_error("").message, "made");
    options = {.verify = TlsVerify::none};
    EXPECT_EQ(client_error("").message, "made");
}

TEST_F(TlsContextTest, RefusesProtocolNamesThatDoNotFit) {
    options.alpn = {"h2", ""};
    EXPECT_EQ(client_error().reason, Reason::usage);
    options.alpn = {std::string(256, 'x')};
    EXPECT_EQ(server_error().reason, Reason::usage);
}

TEST_F(TlsContextTest, MakesADifferentCertificateForEachRun) {
    const auto first = *TlsContext::make_server({});
    const auto second = *TlsContext::make_server({});
    EXPECT_EQ(first->made_sha256().size(), 64u);
    EXPECT_EQ(first->made_sha256(), first->own_sha256());
    EXPECT_NE(first->made_sha256(), second->made_sha256());
}

}  // namespace
}  // namespace earshot::net
