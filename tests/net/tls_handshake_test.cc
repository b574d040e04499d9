#include "net/tls_handshake.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <random>

#include "tests/net/tls_fixture.h"

namespace earshot::net {
namespace {

using test::TcpPair;
using test::TlsTest;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class TlsHandshakeTest : public TlsTest {
  protected:
    void serve(const test::CertificateFiles& files) {
        server_options.certificate = files.certificate;
        server_options.key = files.key;
    }
    // What the client says of a server with these files.
    std::string refusal_of(const test::CertificateFiles& files) {
        serve(files);
        shake_to_any_end();
        return client.refusal();
    }
    // What one end of ours says to a peer who sends `bytes`.
    std::string refusal_of_bytes(TlsRole ours, std::string_view bytes, bool then_fin = false) {
        TcpPair pair = test::make_tcp_pair();
        const bool is_client = ours == TlsRole::client;
        test::TlsEnd& end = is_client ? client : server;
        peer = std::move(is_client ? pair.called : pair.caller);
        if (!bytes.empty()) ::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (then_fin) ::shutdown(peer.get(), SHUT_WR);
        start(end, std::move(is_client ? pair.caller : pair.called), is_client ? client_context() : server_context());
        EXPECT_TRUE(real.until([&] { return end.is_done(); }));
        return end.refusal();
    }
    void show_client_certificate() {
        const auto files = certificates.issue({.common_name = "caller", .alternative_names = ""});
        client_options.certificate = files.certificate;
        client_options.key = files.key;
        shown = files.sha256;
    }
    UniqueFd peer;
    std::string shown;
};

TEST_F(TlsHandshakeTest, AgreesAndSaysOnWhat) {
    ASSERT_TRUE(shake());
    const TlsFacts facts = *client.connection().tls();
    EXPECT_EQ(facts.version, "TLSv1.3");
    EXPECT_EQ(facts.cipher, "TLS_AES_256_GCM_SHA384");
    EXPECT_EQ(facts.alpn, "");
    EXPECT_EQ(facts.peer_name, "CN=localhost");
    EXPECT_EQ(facts.peer_sha256, good.sha256);
    EXPECT_TRUE(facts.verified);
    EXPECT_FALSE(server.connection().tls()->verified);
    EXPECT_EQ(server.connection().tls()->peer_sha256, "");
}

TEST_F(TlsHandshakeTest, ChecksAddressesAsAddresses) {
    host = "127.0.0.1";
    EXPECT_TRUE(shake());
    client.drop(), server.drop();
    host = "[::1]";
    EXPECT_TRUE(shake());
    client.drop(), server.drop();
    host = "127.0.0.2";
    shake_to_any_end();
    EXPECT_THAT(client.refusal(), HasSubstr("is for localhost, 127.0.0.1, ::1, not for 127.0.0.2"));
}

TEST_F(TlsHandshakeTest, SendsTheNameButNeverAnAddress) {
    for (const char* name : {"localhost", "127.0.0.1"}) {
        host = name;
        start_with_raw(TlsRole::client, client);
        ASSERT_TRUE(shake_with_raw(client));
        const char* sent = SSL_get_servername(raw->session, TLSEXT_NAMETYPE_host_name);
        EXPECT_STREQ(sent, host == "localhost" ? "localhost" : nullptr);
        client.drop();
    }
}

TEST_F(TlsHandshakeTest, TakesADotAtTheEndOfAName) {
    host = "localhost.";
    EXPECT_TRUE(shake());
}

TEST_F(TlsHandshakeTest, TheNameOptionOverridesTheHost) {
    host = "10.11.12.13";
    client_options.name = "localhost";
    EXPECT_TRUE(shake());
}

TEST_F(TlsHandshakeTest, RefusesAnExpiredCertificate) {
    const auto files = certificates.issue({.from_seconds = -7200, .to_seconds = -60});
    const std::string refusal = refusal_of(files);
    EXPECT_THAT(refusal, AllOf(HasSubstr("TLS with 127.0.0.1:4433: its certificate expired on 20"), HasSubstr(" UTC"),
                               HasSubstr("--tls-pin " + files.sha256)));
    EXPECT_EQ(client.reason(), Reason::tls);
    EXPECT_THAT(server.refusal(), AllOf(HasSubstr("alert \"certificate expired\""), HasSubstr(files.sha256)));
}

TEST_F(TlsHandshakeTest, RefusesACertificateOfTheFuture) {
    EXPECT_THAT(refusal_of(certificates.issue({.from_seconds = 3600, .to_seconds = 7200})),
                AllOf(HasSubstr("is not valid before 20"), HasSubstr("clock")));
}

TEST_F(TlsHandshakeTest, RefusesAWrongName) {
    EXPECT_THAT(
        refusal_of(certificates.issue({.common_name = "x", .alternative_names = "DNS:a.example,DNS:*.b.example"})),
        AllOf(HasSubstr("is for a.example, *.b.example, not for localhost"), HasSubstr("--tls-name")));
}

TEST_F(TlsHandshakeTest, CountsTheNamesOfAVeryWideCertificate) {
    std::string names = "DNS:n0";
    for (int i = 1; i < 100; ++i) names += ",DNS:n" + std::to_string(i);
    EXPECT_THAT(refusal_of(certificates.issue({.alternative_names = names})),
                HasSubstr("is for n0, n1, n2, n3, n4, ... (100), not for localhost"));
}

TEST_F(TlsHandshakeTest, RefusesASelfSignedCertificateAndGivesItsPin) {
    const auto files = certificates.self_signed({});
    EXPECT_THAT(refusal_of(files), AllOf(HasSubstr("(CN=localhost) is self-signed"), HasSubstr("--tls-ca"),
                                         HasSubstr("--tls-pin " + files.sha256)));
    EXPECT_THAT(server.refusal(), HasSubstr("does not accept this listener's certificate"));
}

TEST_F(TlsHandshakeTest, RefusesAnUnknownIssuer) {
    test::Certificates others("Another Root");
    const std::string refusal = refusal_of(others.issue({}));
    EXPECT_THAT(refusal,
                AllOf(HasSubstr("was issued by CN=Another Root, which is not trusted here"), HasSubstr("--tls-ca")));
}

TEST_F(TlsHandshakeTest, RefusesAnIssuerThatOnlyHasTheName) {
    test::Certificates others("Test Root");
    EXPECT_THAT(refusal_of(others.issue({})),
                AllOf(HasSubstr("names CN=Test Root as its issuer"), HasSubstr("--tls-ca")));
}

TEST_F(TlsHandshakeTest, RefusesWhatTheSystemDoesNotKnow) {
    client_options.ca.clear();
    EXPECT_THAT(refusal_of(good), HasSubstr("which is not trusted here"));
}

TEST_F(TlsHandshakeTest, SaysAllThatIsWrongAtOnce) {
    const auto files = certificates.self_signed(
        {.common_name = "x", .alternative_names = "DNS:other", .from_seconds = -7200, .to_seconds = -60});
    EXPECT_THAT(refusal_of(files),
                AllOf(HasSubstr("self-signed"), HasSubstr("expired on"), HasSubstr("is for other, not for localhost")));
}

TEST_F(TlsHandshakeTest, NothingOfACertificateDisturbsATerminal) {
    const auto files = certificates.issue({.common_name = "\x1b[31m\xe2\x80\xae red", .alternative_names = ""});
    const std::string refusal = refusal_of(files);
    EXPECT_THAT(refusal, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\xe2\x80\xae")), HasSubstr("red")));
}

TEST_F(TlsHandshakeTest, APinReplacesChainAndName) {
    const auto files = certificates.self_signed({.alternative_names = "DNS:other", .to_seconds = -60});
    client_options.ca.clear();
    client_options.pin = files.sha256;
    serve(files);
    ASSERT_TRUE(shake());
    EXPECT_TRUE(client.connection().tls()->verified);
}

TEST_F(TlsHandshakeTest, APinIsTakenInEitherCaseWithColons) {
    std::string pin;
    for (std::size_t i = 0; i < good.sha256.size(); ++i) {
        if (i > 0 && i % 2 == 0) pin += ':';
        pin += static_cast<char>(std::toupper(good.sha256[i]));
    }
    client_options.pin = pin;
    EXPECT_TRUE(shake());
}

TEST_F(TlsHandshakeTest, RefusesAWrongPinAndShowsBoth) {
    client_options.pin = std::string(64, 'a');
    client_options.verify = TlsVerify::none;  // a pin is checked all the same
    EXPECT_THAT(refusal_of(good), AllOf(HasSubstr(good.sha256), HasSubstr(std::string(64, 'a'))));
}

TEST_F(TlsHandshakeTest, VerifyNoneTakesAnythingAndSaysSo) {
    client_options.verify = TlsVerify::none;
    serve(certificates.self_signed({.to_seconds = -60}));
    ASSERT_TRUE(shake());
    EXPECT_FALSE(client.connection().tls()->verified);
    EXPECT_NE(client.connection().tls()->peer_sha256, "");
}

TEST_F(TlsHandshakeTest, ACertificateMadeForTheRunFitsItsPinAndItsNames) {
    server_options.certificate.clear();
    server_options.key.clear();
    const auto context = server_context();
    EXPECT_EQ(context->made_sha256().size(), 64u);
    client_options.pin = context->made_sha256();
    TcpPair pair = test::make_tcp_pair();
    start(client, std::move(pair.caller), client_context());
    start(server, std::move(pair.called), context);
    ASSERT_TRUE(real.until([&] { return client.is_done() && server.is_done(); }));
    EXPECT_TRUE(client.is_open()) << client.refusal();
    // Trusted as a file it also fits by name.
    char* text = nullptr;
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, SSL_CTX_get0_certificate(context->native()));
    const long size = BIO_get_mem_data(memory, &text);
    client_options.pin.clear();
    client_options.ca = certificates.file("run.pem", std::string(text, static_cast<std::size_t>(size)));
    BIO_free(memory);
    for (const char* name : {"localhost", "127.0.0.1", "::1"}) {
        host = name;
        client.drop(), server.drop();
        pair = test::make_tcp_pair();
        start(client, std::move(pair.caller), client_context());
        start(server, std::move(pair.called), context);
        ASSERT_TRUE(real.until([&] { return client.is_done() && server.is_done(); }));
        EXPECT_TRUE(client.is_open()) << name << ": " << client.refusal();
    }
}

TEST_F(TlsHandshakeTest, PlainTextOnATlsPortIsNamed) {
    EXPECT_THAT(refusal_of_bytes(TlsRole::server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                AllOf(HasSubstr("the caller does not speak TLS, it sent \"GET / HTTP/1.1\""), HasSubstr("https")));
    EXPECT_EQ(server.reason(), Reason::tls);
    EXPECT_EQ(test::read_all(peer.get()), "") << "FIN, no reset";
}

TEST_F(TlsHandshakeTest, AFewBytesOfPlainTextAreEnough) {
    EXPECT_THAT(refusal_of_bytes(TlsRole::server, "hi\n"), HasSubstr("it sent \"hi\""));
    EXPECT_THAT(refusal_of_bytes(TlsRole::client, "\x1b]0;\n"), HasSubstr("it sent \"\\x1B]0;\""));
}

TEST_F(TlsHandshakeTest, TlsOnAPlainPortIsNamed) {
    EXPECT_THAT(refusal_of_bytes(TlsRole::client, "HTTP/1.1 400 Bad Request\r\n\r\n"),
                AllOf(HasSubstr("the peer does not speak TLS, it sent \"HTTP/1.1 400 Bad Request\""),
                      HasSubstr("without --tls")));
    EXPECT_EQ(client.reason(), Reason::tls);
}

TEST_F(TlsHandshakeTest, AnEndInsteadOfAnAnswerIsNamed) {
    EXPECT_THAT(refusal_of_bytes(TlsRole::client, "", true),
                HasSubstr("closed the connection in the middle of the handshake; it may not speak TLS"));
    EXPECT_THAT(refusal_of_bytes(TlsRole::server, "", true),
                HasSubstr("the caller closed the connection in the middle"));
}

TEST_F(TlsHandshakeTest, ACloseNotifyInsteadOfAnAnswerIsAnEnd) {
    const std::string_view close_notify("\x15\x03\x03\x00\x02\x01\x00", 7);
    EXPECT_THAT(refusal_of_bytes(TlsRole::client, close_notify), HasSubstr("closed the connection in the middle"));
    EXPECT_THAT(refusal_of_bytes(TlsRole::server, close_notify), HasSubstr("TLS with 127.0.0.1:4433: "));
}

TEST_F(TlsHandshakeTest, AResetInsteadOfAnAnswerIsAReset) {
    TcpPair pair = test::make_tcp_pair();
    const linger now{1, 0};
    ::setsockopt(pair.caller.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    pair.caller.reset();
    start(server, std::move(pair.called), server_context());
    ASSERT_TRUE(real.until([&] { return server.is_done(); }));
    EXPECT_EQ(server.reason(), Reason::reset);
    EXPECT_THAT(server.refusal(), HasSubstr("in the middle of the handshake"));
}

TEST_F(TlsHandshakeTest, AStalledHandshakeRunsOut) {
    client_options.handshake_timeout = Millis(30);
    EXPECT_THAT(refusal_of_bytes(TlsRole::client, ""), HasSubstr("does this port speak TLS at all?"));
    EXPECT_EQ(client.reason(), Reason::timeout);
    server_options.handshake_timeout = Millis(30);
    EXPECT_THAT(refusal_of_bytes(TlsRole::server, std::string_view("\x16\x03\x01", 3)), HasSubstr("in time"));
    EXPECT_EQ(server.reason(), Reason::timeout);
}

TEST_F(TlsHandshakeTest, ADeadlineOverridesTheTimeout) {
    TcpPair pair = test::make_tcp_pair();
    start(client, std::move(pair.caller), client_context(), real.clock.now() + Millis(20));
    ASSERT_TRUE(real.until([&] { return client.is_done(); }));
    EXPECT_EQ(client.reason(), Reason::timeout);
}

TEST_F(TlsHandshakeTest, IsCancelledByItsDestruction) {
    TcpPair pair = test::make_tcp_pair();
    start(client, std::move(pair.caller), client_context());
    real.loop.run_once(Millis(10));
    client.handshake.reset();
    EXPECT_EQ(test::read_all(pair.called.get()).empty(), false) << "a hello, then the end";
    EXPECT_TRUE(is_quiet());
    EXPECT_FALSE(client.is_done());
}

TEST_F(TlsHandshakeTest, NoVersionInCommonIsNamed) {
    for (const TlsRole ours : {TlsRole::server, TlsRole::client}) {
        test::TlsEnd& end = ours == TlsRole::client ? client : server;
        max_version = 0;
        start_with_raw(ours, end);
        SSL_set_security_level(raw->session, 0);
        SSL_set_min_proto_version(raw->session, TLS1_VERSION);
        SSL_set_max_proto_version(raw->session, TLS1_1_VERSION);
        SSL_set_cipher_list(raw->session, "ALL:@SECLEVEL=0");
        ASSERT_TRUE(real.until([&] { return raw->shake(), end.is_done(); }));
        EXPECT_THAT(end.refusal(), HasSubstr("no TLS version in common; here it is 1.2 or later"));
    }
}

TEST_F(TlsHandshakeTest, NoCipherInCommonIsNamed) {
    start_with_raw(TlsRole::server, server);
    SSL_set_max_proto_version(raw->session, TLS1_2_VERSION);
    SSL_set_cipher_list(raw->session, "ECDHE-RSA-AES128-GCM-SHA256");  // our key is no RSA key
    ASSERT_TRUE(real.until([&] { return raw->shake(), server.is_done(); }));
    EXPECT_THAT(server.refusal(), HasSubstr("no cipher in common"));
}

TEST_F(TlsHandshakeTest, ChoosesTheServersMostWantedProtocol) {
    client_options.alpn = {"a", "bb", "ccc"};
    server_options.alpn = {"x", "ccc", "bb"};
    ASSERT_TRUE(shake());
    EXPECT_EQ(client.connection().tls()->alpn, "ccc");
    EXPECT_EQ(server.connection().tls()->alpn, "ccc");
}

TEST_F(TlsHandshakeTest, NoProtocolInCommonIsNamed) {
    client_options.alpn = {"h2"};
    server_options.alpn = {"mqtt"};
    shake_to_any_end();
    EXPECT_THAT(client.refusal(), AllOf(HasSubstr("no application protocol"), HasSubstr("--tls-alpn: h2")));
    EXPECT_THAT(server.refusal(), AllOf(HasSubstr("no application protocol in common"), HasSubstr("mqtt")));
}

TEST_F(TlsHandshakeTest, GoesOnWithoutAProtocolWhereOneSideNamesNone) {
    client_options.alpn = {"h2"};
    ASSERT_TRUE(shake());
    EXPECT_EQ(client.connection().tls()->alpn, "");
}

class TlsClientCertificateTest : public TlsHandshakeTest, public testing::WithParamInterface<int> {
  protected:
    TlsClientCertificateTest() {
        max_version = GetParam();
        server_options.ca = certificates.ca();
    }
};
INSTANTIATE_TEST_SUITE_P(Versions, TlsClientCertificateTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13"; });

TEST_P(TlsClientCertificateTest, IsCheckedAndNamed) {
    server_options.verify = TlsVerify::require;
    show_client_certificate();
    ASSERT_TRUE(shake());
    EXPECT_EQ(server.connection().tls()->peer_name, "CN=caller");
    EXPECT_EQ(server.connection().tls()->peer_sha256, shown);
    EXPECT_TRUE(server.connection().tls()->verified);
}

TEST_P(TlsClientCertificateTest, IsDemandedAlsoWhereOnlyTheCaIsGiven) {
    shake_to_any_end();
    EXPECT_THAT(server.refusal(), HasSubstr("the caller showed no certificate, and --tls-verify require demands one"));
    // TLS 1.3 tells the client after its own handshake.
    const std::string told = client.is_open() ? read(client) : client.refusal();
    EXPECT_THAT(told, AllOf(HasSubstr("alert"), HasSubstr("--tls-cert")));
    if (client.is_open()) {
        EXPECT_EQ(client.connection().error().reason, Reason::tls);
    }
}

TEST_P(TlsClientCertificateTest, PeerAsksButDoesNotDemand) {
    server_options.verify = TlsVerify::peer;
    ASSERT_TRUE(shake());
    EXPECT_FALSE(server.connection().tls()->verified);
}

TEST_P(TlsClientCertificateTest, PeerChecksWhatIsShown) {
    server_options.verify = TlsVerify::peer;
    const auto files = certificates.self_signed({.common_name = "stranger", .alternative_names = ""});
    client_options.certificate = files.certificate;
    client_options.key = files.key;
    shake_to_any_end();
    EXPECT_THAT(server.refusal(),
                AllOf(HasSubstr("(CN=stranger) is self-signed"), HasSubstr("--tls-pin " + files.sha256)));
    const std::string told = client.is_open() ? read(client) : client.refusal();
    EXPECT_THAT(told, HasSubstr("it does not accept the certificate shown with --tls-cert"));
}

TEST_P(TlsClientCertificateTest, CanBePinned) {
    server_options.ca.clear();
    show_client_certificate();
    server_options.pin = shown;
    ASSERT_TRUE(shake());
    EXPECT_TRUE(server.connection().tls()->verified);
    client.drop(), server.drop();
    server_options.pin = std::string(64, '0');
    shake_to_any_end();
    EXPECT_THAT(server.refusal(), HasSubstr(shown));
}

TEST_P(TlsClientCertificateTest, AWriteThatMeetsARefusalSaysWhy) {
    start_with_raw(TlsRole::client, client);
    SSL_set_verify(raw->session, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    ASSERT_TRUE(real.until([&] { return raw->shake(), client.is_done(); }));
    if (!client.is_open()) return;  // TLS 1.2 says it at once
    raw->shake();
    raw.reset();
    ASSERT_TRUE(real.until([&] { return write(client, "x").status == IoStatus::failed; }));
    EXPECT_THAT(client.connection().error().message, HasSubstr("it demands a certificate"));
}

// Whatever comes at the handshake, it ends, and never in an open connection.
TEST_F(TlsHandshakeTest, SurvivesRandomBytes) {
    std::mt19937 random(20);
    for (int round = 0; round < 150; ++round) {
        std::string bytes(1 + random() % 600, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        // Half of them look like a record at first.
        if (round % 2 == 0) {
            bytes.replace(0, std::min<std::size_t>(bytes.size(), 3), "\x16\x03\x01");
            if (bytes.size() > 4) bytes[3] = 0, bytes[4] = static_cast<char>(random() % 200);
        }
        const TlsRole role = round % 4 < 2 ? TlsRole::server : TlsRole::client;
        const std::string refusal = refusal_of_bytes(role, bytes, true);
        EXPECT_THAT(refusal, HasSubstr("TLS with 127.0.0.1:4433: ")) << round;
        EXPECT_EQ(refusal.find('\n'), std::string::npos);
        client.drop(), server.drop();
    }
}

// A real hello with one byte changed, cut or doubled at any place.
TEST_F(TlsHandshakeTest, SurvivesDamagedHellos) {
    TcpPair pair = test::make_tcp_pair();
    start(client, std::move(pair.caller), client_context());
    real.loop.run_once(Millis(100));
    client.drop();
    const std::string hello = test::read_all(pair.called.get());
    ASSERT_GT(hello.size(), 100u);
    for (std::size_t at = 0; at < hello.size(); at += 3) {
        std::string damaged = hello;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
        EXPECT_NE(refusal_of_bytes(TlsRole::server, damaged, true), "open") << at;
        EXPECT_NE(refusal_of_bytes(TlsRole::server, hello.substr(0, at), true), "open") << at;
    }
}

}  // namespace
}  // namespace earshot::net
