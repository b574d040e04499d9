#include "net/tls_connection.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <random>

#include "tests/net/tls_fixture.h"

namespace earshot::net {
namespace {

using test::TlsTest;
using testing::HasSubstr;

class TlsConnectionTest : public TlsTest {};

// The same facts hold in both versions.
class TlsVersionsTest : public TlsTest, public testing::WithParamInterface<int> {
  protected:
    TlsVersionsTest() { max_version = GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Versions, TlsVersionsTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13"; });

TEST_P(TlsVersionsTest, CarriesBytesBothWays) {
    ASSERT_TRUE(shake());
    EXPECT_EQ(write(client, "question").bytes, 8u);
    EXPECT_EQ(read(server), "question");
    EXPECT_EQ(write(server, "answer").bytes, 6u);
    EXPECT_EQ(read(client), "answer");
    EXPECT_EQ(client.connection().tls()->version, GetParam() == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
}

TEST_P(TlsVersionsTest, EndsOneDirectionAndGoesOnWithTheOther) {
    ASSERT_TRUE(shake());
    ASSERT_TRUE(end_sending(client));
    EXPECT_EQ(read(server), "end");
    for (int i = 0; i < 3; ++i) {
        const std::string text(40'000, static_cast<char>('a' + i));
        std::size_t sent = 0;
        std::string got;
        while (sent < text.size()) {
            sent += write(server, std::string_view(text).substr(sent)).bytes;
            got += read(client);
        }
        while (got.size() < text.size()) got += read(client);
        EXPECT_EQ(got, text);
    }
    ASSERT_TRUE(end_sending(server));
    EXPECT_EQ(read(client), "end");
    EXPECT_EQ(read(server), "end") << "the end stays the end";
}

TEST_P(TlsVersionsTest, TheCalledEndCanEndFirst) {
    ASSERT_TRUE(shake());
    ASSERT_TRUE(end_sending(server));
    EXPECT_EQ(read(client), "end");
    EXPECT_EQ(write(client, "still here").bytes, 10u);
    EXPECT_EQ(read(server), "still here");
    ASSERT_TRUE(end_sending(client));
    EXPECT_EQ(read(server), "end");
}

TEST_P(TlsVersionsTest, SendsNoFinWithCloseNotify) {
    start_with_raw(TlsRole::server, server);
    ASSERT_TRUE(shake_with_raw(server));
    ASSERT_TRUE(end_sending(server));
    EXPECT_EQ(server.connection().end_sending().status, IoStatus::ok) << "a second call does nothing";
    ASSERT_TRUE(real.until([&] { return raw->read(), raw->got_end(); }));
    char byte = 0;
    EXPECT_EQ(::recv(raw->socket.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_TRUE(raw->write("more"));
    EXPECT_EQ(read(server), "more");
    server.drop();
    ASSERT_TRUE(real.until([&] { return ::recv(raw->socket.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0; }));
}

TEST_P(TlsVersionsTest, AFinWithoutCloseNotifyIsTruncation) {
    start_with_raw(TlsRole::client, client);
    ASSERT_TRUE(shake_with_raw(client));
    ASSERT_TRUE(raw->write("half of"));
    ::shutdown(raw->socket.get(), SHUT_WR);
    EXPECT_EQ(read(client), "half of");
    const std::string failure = read(client);
    EXPECT_THAT(failure, HasSubstr("failed: truncated: TLS with 127.0.0.1:4433"));
    EXPECT_THAT(failure, HasSubstr("close_notify"));
    EXPECT_THAT(failure, testing::Not(HasSubstr("--on-eof")));
}

TEST_P(TlsVersionsTest, ACutAnswerAfterOurEndSuggestsToKeep) {
    start_with_raw(TlsRole::client, client);
    ASSERT_TRUE(shake_with_raw(client));
    ASSERT_TRUE(end_sending(client));
    ::shutdown(raw->socket.get(), SHUT_WR);
    EXPECT_THAT(read(client), testing::AllOf(HasSubstr("failed: truncated"), HasSubstr("--on-eof keep")));
}

TEST_P(TlsVersionsTest, ResetReachesThePeer) {
    ASSERT_TRUE(shake());
    client.connection().reset();
    EXPECT_THAT(read(server), HasSubstr("failed: reset"));
    EXPECT_THAT(read(client), HasSubstr("failed: reset"));
}

TEST_F(TlsConnectionTest, AResetAfterOurEndSuggestsToKeep) {
    ASSERT_TRUE(shake());
    ASSERT_TRUE(end_sending(client));
    server.connection().reset();
    EXPECT_THAT(read(client), testing::AllOf(HasSubstr("failed: reset"), HasSubstr("--on-eof keep")));
}

TEST_F(TlsConnectionTest, AResetIsToldOnceWhereNothingIsWanted) {
    ASSERT_TRUE(shake());
    client.connection().reset();
    ASSERT_TRUE(real.until([&] { return server.ready.readable == 1; }));
    EXPECT_TRUE(is_quiet());
    EXPECT_EQ(server.ready.readable, 1);
    EXPECT_THAT(read(server), HasSubstr("failed: reset"));
}

TEST_F(TlsConnectionTest, AResetAfterThePeersEndIsSeen) {
    ASSERT_TRUE(shake());
    ASSERT_TRUE(end_sending(client));
    EXPECT_EQ(read(server), "end");
    EXPECT_TRUE(is_quiet());
    server.ready.readable = 0;
    client.connection().reset();
    ASSERT_TRUE(real.until([&] { return server.ready.readable > 0; }));
    EXPECT_THAT(read(server), HasSubstr("failed: reset"));
}

TEST_F(TlsConnectionTest, WritingToAPeerThatIsGoneFails) {
    ASSERT_TRUE(shake());
    client.connection().reset();
    ASSERT_TRUE(real.until([&] { return write(server, "x").status == IoStatus::failed; }));
    EXPECT_EQ(server.connection().error().reason, Reason::reset);
}

TEST_F(TlsConnectionTest, ReportsReadableOnlyForWholeRecords) {
    start_with_raw(TlsRole::server, server);
    ASSERT_TRUE(shake_with_raw(server));
    // The record goes through memory and then byte by byte.
    BIO* memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(raw->session, memory);
    ASSERT_TRUE(raw->write("dribbled"));
    char* record = nullptr;
    const long size = BIO_get_mem_data(memory, &record);
    server.connection().want(true, false);
    for (long i = 0; i < size; ++i) {
        EXPECT_EQ(server.ready.readable, 0);
        ASSERT_EQ(::send(raw->socket.get(), record + i, 1, MSG_NOSIGNAL), 1);
        real.loop.run_once(Millis(50));
    }
    EXPECT_EQ(read(server), "dribbled");
}

TEST_F(TlsConnectionTest, KeepsReportingWhatIsOnlyInTls) {
    ASSERT_TRUE(shake());
    write(client, "abcdef");
    server.connection().want(true, false);
    std::string got;
    for (int i = 0; i < 6; ++i) {
        server.ready.readable = 0;
        ASSERT_TRUE(real.until([&] { return server.ready.readable > 0; }));
        std::uint8_t byte[1];
        ASSERT_EQ(server.connection().read_some(byte).bytes, 1u);
        got += static_cast<char>(byte[0]);
        EXPECT_EQ(server.connection().has_buffered_input(), i < 5);
    }
    EXPECT_EQ(got, "abcdef");
    EXPECT_TRUE(is_quiet());
}

TEST_F(TlsConnectionTest, IdleConnectionsKeepTheLoopQuiet) {
    ASSERT_TRUE(shake());
    client.connection().want(true, false);
    server.connection().want(true, false);
    EXPECT_TRUE(is_quiet());
    ASSERT_TRUE(end_sending(client));
    EXPECT_EQ(read(server), "end");
    server.connection().want(true, false);
    EXPECT_TRUE(is_quiet()) << "an end that was told is not told again and again";
}

TEST_F(TlsConnectionTest, GathersShortPiecesIntoOneRecord) {
    start_with_raw(TlsRole::server, server);
    ASSERT_TRUE(shake_with_raw(server));
    std::vector<ByteView> pieces(100, as_bytes("ab"));
    pieces.insert(pieces.begin() + 50, ByteView());
    EXPECT_EQ(server.connection().write_some(pieces).bytes, 200u);
    std::string got;
    ASSERT_TRUE(real.until([&] { return !(got = raw->read()).empty(); }));
    EXPECT_EQ(got.size(), 200u);
    EXPECT_EQ(server.connection().write_some({}).status, IoStatus::would_block);
}

TEST_F(TlsConnectionTest, WhatWasTakenArrivesWhatWasNotMayChange) {
    ASSERT_TRUE(shake());
    // Fill until the wire blocks, then change one's mind about the rest: TLS must not mind.
    const std::string block(100'000, 'x');
    std::size_t taken = 0;
    IoResult result;
    while ((result = write(client, block)).status == IoStatus::ok) taken += result.bytes;
    ASSERT_EQ(result.status, IoStatus::would_block);
    EXPECT_GT(client.connection().unsent(), 0u);
    EXPECT_EQ(write(client, "other").status, IoStatus::would_block);
    EXPECT_EQ(client.connection().end_sending().status, IoStatus::would_block);
    std::size_t got = 0;
    server.connection().want(true, false);
    server.ready.then = [&] {
        std::vector<std::uint8_t> buffer(50'000);
        got += server.connection().read_some(buffer).bytes;
    };
    // Nothing is wanted of the client, and still all that was taken goes out.
    ASSERT_TRUE(real.until([&] { return got == taken; })) << got << " of " << taken;
    EXPECT_EQ(write(client, "other").bytes, 5u);
    ASSERT_TRUE(real.until([&] { return got == taken + 5; }));
    server.ready.then = nullptr;
    ASSERT_TRUE(end_sending(client));
    EXPECT_EQ(read(server), "end");
}

// Echoes ten megabytes through short and uneven buffers in both directions at once.
TEST_P(TlsVersionsTest, EchoesTenMegabytesThroughShortBuffers) {
    ASSERT_TRUE(shake());
    constexpr std::size_t kTotal = 10'000'000;
    std::mt19937 random(7);
    std::string sent(kTotal, '\0');
    for (char& c : sent) c = static_cast<char>(random());
    std::string queue, got;
    std::size_t at = 0;
    server.ready.then = [&] {
        std::uint8_t buffer[3001];
        do {
            const IoResult in = server.connection().read_some(buffer);
            ASSERT_NE(in.status, IoStatus::failed) << server.connection().error().message;
            queue += as_chars({buffer, in.bytes});
        } while (queue.size() < 200'000 && server.connection().has_buffered_input());
        if (!queue.empty()) queue.erase(0, write(server, queue).bytes);
        server.connection().want(queue.size() < 200'000, !queue.empty());
    };
    client.ready.then = [&] {
        std::uint8_t buffer[7777];
        const IoResult in = client.connection().read_some({buffer, 1 + random() % sizeof buffer});
        ASSERT_NE(in.status, IoStatus::failed) << client.connection().error().message;
        got += as_chars({buffer, in.bytes});
        if (at < kTotal) at += write(client, std::string_view(sent).substr(at, 1 + random() % 40'000)).bytes;
        client.connection().want(true, at < kTotal);
    };
    client.connection().want(true, true);
    server.connection().want(true, false);
    ASSERT_TRUE(real.until([&] { return got.size() == kTotal; })) << got.size();
    EXPECT_TRUE(got == sent);
}

TEST_F(TlsConnectionTest, TakesNewKeysInMidStream) {
    start_with_raw(TlsRole::server, server);
    ASSERT_TRUE(shake_with_raw(server));
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(SSL_key_update(raw->session, SSL_KEY_UPDATE_REQUESTED), 1);
        ASSERT_TRUE(raw->write("with a new key"));
        EXPECT_EQ(read(server), "with a new key");
        EXPECT_EQ(write(server, "too").bytes, 3u);
        std::string got;
        ASSERT_TRUE(real.until([&] { return !(got = raw->read()).empty(); }));
        EXPECT_EQ(got, "too");
    }
    server.connection().want(true, false);
    EXPECT_TRUE(is_quiet());
}

TEST_F(TlsConnectionTest, APeerThatDemandsKeysAndNeverReadsCostsLittle) {
    start_with_raw(TlsRole::server, server);
    ASSERT_TRUE(shake_with_raw(server));
    const std::string block(100'000, 'x');
    while (write(server, block).status == IoStatus::ok) {
    }
    server.connection().want(true, false);
    int demanded = 0;
    for (int i = 0; i < 5000; ++i) {
        demanded += SSL_key_update(raw->session, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(raw->session) == 1;
        real.loop.run_once(Millis(0));
    }
    EXPECT_GT(demanded, 50);
    EXPECT_LT(server.connection().unsent(), 8U << 20U) << "the kernel's buffers and one record";
    EXPECT_TRUE(is_quiet());
}

TEST_F(TlsConnectionTest, EndsAfterAKeyWasAskedForInMidStream) {
    start_with_raw(TlsRole::server, server);
    ASSERT_TRUE(shake_with_raw(server));
    ASSERT_TRUE(end_sending(server));
    SSL_key_update(raw->session, SSL_KEY_UPDATE_REQUESTED);
    ASSERT_TRUE(raw->write("late"));
    EXPECT_EQ(read(server), "late");
}

TEST_F(TlsConnectionTest, TakesTicketsAsNothing) {
    start_with_raw(TlsRole::client, client);
    SSL_set_num_tickets(raw->session, 3);
    ASSERT_TRUE(shake_with_raw(client));
    client.connection().want(true, false);
    EXPECT_TRUE(is_quiet());
    EXPECT_EQ(client.ready.readable, 0);
    ASSERT_TRUE(raw->write("x"));
    EXPECT_EQ(read(client), "x");
}

TEST_F(TlsConnectionTest, AHandlerMayDestroyTheConnection) {
    ASSERT_TRUE(shake());
    server.ready.then = [&] { server.drop(); };
    server.connection().want(true, true);
    write(client, "x");
    ASSERT_TRUE(real.until([&] { return !server.is_done(); }));
    EXPECT_THAT(read(client), testing::AnyOf(HasSubstr("failed: truncated"), HasSubstr("failed: reset")));
}

TEST_F(TlsConnectionTest, GarbageInMidStreamFails) {
    start_with_raw(TlsRole::server, server);
    ASSERT_TRUE(shake_with_raw(server));
    const std::string garbage = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'g');
    ASSERT_GT(::send(raw->socket.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
    EXPECT_THAT(read(server), HasSubstr("failed: tls: TLS with 127.0.0.1:4433"));
}

TEST_F(TlsConnectionTest, KnowsBothEndsAddresses) {
    ASSERT_TRUE(shake());
    EXPECT_TRUE(client.connection().local().is_ip());
    EXPECT_EQ(client.connection().peer().text(), "127.0.0.1:4433");
    EXPECT_EQ(client.connection().plain_descriptor(), -1);
}

}  // namespace
}  // namespace earshot::net
