#include "net/socket_connection.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

using test::Callers;
using test::Readiness;
using test::RealLoop;

// A connection of ours, and `peer`, a plain blocking socket at its other end.
class SocketConnectionTest : public testing::Test {
  protected:
    void connect(const char* host = "127.0.0.1") { connect_to({host, 0, {}}); }
    void connect_unix() { connect_to({"", 0, testing::TempDir() + "socket-" + std::to_string(::getpid())}); }
    void connect_to(const Target& where) {
        Callers callers;
        auto listener = Listener::open(real.loop, where, {}, callers);
        ASSERT_TRUE(listener) << listener.error().message;
        peer = test::call((*listener)->addresses().at(0));
        ASSERT_TRUE(peer);
        ASSERT_TRUE(real.until([&] { return !callers.taken.empty(); }));
        auto& caller = callers.taken.front();
        ours = std::make_unique<SocketConnection>(real.loop, std::move(caller.socket), caller.peer, caller.local);
        ours->set_handler(&ready);
    }
    void say(const char* text) { ASSERT_GT(::send(peer.get(), text, std::strlen(text), MSG_NOSIGNAL), 0); }
    void reset_peer() {
        const linger now{1, 0};
        ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        peer.reset();
    }
    IoResult write(std::string_view text) {
        const ByteView piece = as_bytes(text);
        return ours->write_some({&piece, 1});
    }
    // What one read gives: the bytes, or "would block", "end", "failed".
    std::string read() {
        std::uint8_t buffer[4096];
        const IoResult result = ours->read_some(buffer);
        switch (result.status) {
            case IoStatus::ok:
                return std::string(as_chars({buffer, result.bytes}));
            case IoStatus::would_block:
                return "would block";
            case IoStatus::end:
                return "end";
            case IoStatus::failed:
                return "failed";
        }
        return "";
    }
    bool readable(int times = 1) {
        return real.until([&] { return ready.readable >= times; });
    }
    // Nothing more comes: the loop has nothing to do.
    bool quiet() {
        for (int i = 0; i < 5; ++i) real.loop.run_once(Millis(0));
        const int before = ready.readable + ready.writable;
        for (int i = 0; i < 5; ++i) {
            if (real.loop.run_once(Millis(1))) return false;
        }
        return ready.readable + ready.writable == before;
    }

    RealLoop real;
    UniqueFd peer;
    Readiness ready;
    std::unique_ptr<SocketConnection> ours;
};

TEST_F(SocketConnectionTest, CarriesBytesBothWays) {
    connect();
    EXPECT_EQ(read(), "would block");
    say("hello");
    ours->want(true, false);
    ASSERT_TRUE(readable());
    EXPECT_EQ(read(), "hello");
    const ByteView pieces[] = {as_bytes("one "), as_bytes(""), as_bytes("two")};
    EXPECT_EQ(ours->write_some(pieces).bytes, 7U);
    ours->end_sending();
    EXPECT_EQ(test::read_all(peer.get()), "one two");
}

TEST_F(SocketConnectionTest, KnowsBothItsEnds) {
    connect();
    EXPECT_EQ(ours->peer().address_text(), "127.0.0.1");
    EXPECT_EQ(ours->local().address_text(), "127.0.0.1");
    EXPECT_NE(ours->peer().port(), ours->local().port());
}

TEST_F(SocketConnectionTest, SendsOnAfterThePeersFin) {
    connect();
    say("last");
    ::shutdown(peer.get(), SHUT_WR);
    ours->want(true, false);
    ASSERT_TRUE(readable());
    EXPECT_EQ(read(), "last");
    ASSERT_TRUE(readable(2));
    EXPECT_EQ(read(), "end");
    EXPECT_EQ(write("still here").status, IoStatus::ok);
    ours->end_sending();
    EXPECT_EQ(test::read_all(peer.get()), "still here");
}

TEST_F(SocketConnectionTest, ReceivesAfterItsOwnFin) {
    connect();
    EXPECT_EQ(ours->end_sending().status, IoStatus::ok);
    EXPECT_EQ(test::read_all(peer.get()), "");
    say("answer");
    ours->want(true, false);
    ASSERT_TRUE(readable());
    EXPECT_EQ(read(), "answer");
}

TEST_F(SocketConnectionTest, DoesNotSpinAfterAnEndThatWasRead) {
    connect();
    ours->want(true, false);
    ::shutdown(peer.get(), SHUT_WR);
    ASSERT_TRUE(readable());
    EXPECT_EQ(read(), "end");
    EXPECT_TRUE(quiet());
    ours->end_sending();
    peer.reset();
    EXPECT_TRUE(quiet());
}

TEST_F(SocketConnectionTest, SaysNothingOfDataThatNobodyWants) {
    connect();
    ours->want(true, false);
    ours->want(false, false);
    say("later");
    EXPECT_TRUE(quiet());
    EXPECT_EQ(ready.readable, 0);
    ours->want(true, false);
    EXPECT_TRUE(readable());
}

TEST_F(SocketConnectionTest, ReportsAResetOnceWhereNothingIsWanted) {
    connect();
    ours->want(false, false);
    reset_peer();
    ASSERT_TRUE(readable());
    EXPECT_TRUE(quiet());
    EXPECT_EQ(ready.readable, 1);
    EXPECT_EQ(read(), "failed");
    EXPECT_EQ(ours->error().reason, Reason::reset);
    EXPECT_EQ(ours->error().message, "reset by " + ours->peer().text());
}

TEST_F(SocketConnectionTest, StillGivesWhatCameBeforeAReset) {
    connect();
    ours->want(false, false);
    say("in time");
    reset_peer();
    ASSERT_TRUE(readable());
    EXPECT_EQ(read(), "in time");
    ours->want(true, false);
    ASSERT_TRUE(readable(2));
    EXPECT_EQ(read(), "failed");
    EXPECT_TRUE(quiet());
}

TEST_F(SocketConnectionTest, LearnsOfAResetByWriting) {
    connect();
    ours->want(false, true);
    reset_peer();
    ASSERT_TRUE(real.until([&] { return write("x").status == IoStatus::failed; }));
    EXPECT_EQ(ours->error().reason, Reason::reset);
    EXPECT_TRUE(quiet());
    EXPECT_EQ(write("x").status, IoStatus::failed);
    EXPECT_EQ(ours->end_sending().status, IoStatus::failed);
}

TEST_F(SocketConnectionTest, StillGivesWhatCameBeforeAResetThatWritingFoundOut) {
    connect();
    say("last words");
    reset_peer();
    ASSERT_TRUE(real.until([&] { return write("are you there?").status == IoStatus::failed; }));
    EXPECT_EQ(read(), "last words");
    EXPECT_EQ(read(), "failed");
    EXPECT_EQ(ours->error().reason, Reason::reset);
}

TEST_F(SocketConnectionTest, ReportsThatAPeerIsGoneWhoHadSentHisFin) {
    connect();
    ours->want(true, false);
    peer.reset();
    ASSERT_TRUE(readable());
    EXPECT_EQ(read(), "end");
    EXPECT_TRUE(quiet());
    EXPECT_EQ(write("still there?").status, IoStatus::ok);
    ASSERT_TRUE(readable(2));
    EXPECT_EQ(read(), "failed");
    EXPECT_EQ(ours->error().reason, Reason::reset);
    EXPECT_TRUE(quiet());
}

TEST_F(SocketConnectionTest, WaitsForAPeerThatDoesNotRead) {
    connect();
    const std::string block(1 << 20, 'x');
    ByteCount sent = 0;
    IoResult result;
    while ((result = write(block)).status == IoStatus::ok) sent += result.bytes;
    ASSERT_EQ(result.status, IoStatus::would_block);
    EXPECT_GT(ours->unsent(), 0U);
    ours->want(false, true);
    EXPECT_TRUE(quiet());
    EXPECT_EQ(ready.writable, 0);
    std::string drained(sent, 0);
    ASSERT_EQ(::recv(peer.get(), drained.data(), sent, MSG_WAITALL), static_cast<ssize_t>(sent));
    EXPECT_TRUE(real.until([&] { return ready.writable > 0; }));
    EXPECT_EQ(write("more").bytes, 4U);
}

TEST_F(SocketConnectionTest, ClosesInOrderWhenDestroyed) {
    connect();
    write("bye");
    ours.reset();
    EXPECT_EQ(test::read_all(peer.get()), "bye");
}

TEST_F(SocketConnectionTest, ResetIsSeenAsSuchByThePeer) {
    connect();
    ours->want(true, false);
    ours->reset();
    EXPECT_EQ(test::read_all(peer.get()), "RST");
    EXPECT_EQ(read(), "failed");
    EXPECT_EQ(ours->error().reason, Reason::reset);
    EXPECT_TRUE(ours->local().is_ip());
    EXPECT_TRUE(quiet());
}

TEST_F(SocketConnectionTest, ClosingOverUnreadBytesIsAReset) {
    connect();
    say("unread");
    ours->want(true, false);
    ASSERT_TRUE(readable());
    ours.reset();
    EXPECT_EQ(test::read_all(peer.get()), "RST");
}

TEST_F(SocketConnectionTest, RunsOverIpv6) {
    connect("::1");
    EXPECT_EQ(ours->local().address_text(), "::1");
    write("six");
    ours->end_sending();
    EXPECT_EQ(test::read_all(peer.get()), "six");
}

TEST_F(SocketConnectionTest, RunsOverAUnixSocket) {
    connect_unix();
    say("hello");
    EXPECT_EQ(read(), "hello");
    write("bye");
    EXPECT_EQ(ours->end_sending().status, IoStatus::ok);
    EXPECT_EQ(test::read_all(peer.get()), "bye");
    say("and more");
    peer.reset();
    EXPECT_EQ(read(), "and more");
    EXPECT_EQ(read(), "end");
}

TEST_F(SocketConnectionTest, ResetOfAUnixSocketClosesIt) {
    connect_unix();
    ours->reset();
    EXPECT_EQ(test::read_all(peer.get()), "");
    EXPECT_EQ(read(), "failed");
}

TEST_F(SocketConnectionTest, SeesAUnixPeerThatIsGone) {
    connect_unix();
    ours->want(false, false);
    peer.reset();
    ASSERT_TRUE(readable());
    EXPECT_TRUE(quiet());
    EXPECT_EQ(write("x").status, IoStatus::failed);
    EXPECT_EQ(ours->error().reason, Reason::reset);
}

TEST_F(SocketConnectionTest, GathersMorePiecesThanOneCallTakes) {
    connect();
    std::vector<ByteView> pieces(1000, as_bytes("ab"));
    std::span<const ByteView> left = pieces;
    while (!left.empty()) {
        const IoResult result = ours->write_some(left);
        ASSERT_EQ(result.status, IoStatus::ok);
        ASSERT_EQ(result.bytes % 2, 0U);
        left = left.subspan(result.bytes / 2);
    }
    ours->end_sending();
    EXPECT_EQ(test::read_all(peer.get()).size(), 2000U);
}

// Reads and writes a known stream in pieces of any size, with pauses.
struct Pump final : ReadyHandler {
    Pump(SocketConnection& over, unsigned seed) : connection(over), random(seed) {}
    void on_ready(bool read, bool write) override {
        std::uint8_t buffer[70'000];
        const std::size_t size = 1 + random() % sizeof buffer;
        if (read) {
            const IoResult got = connection.read_some({buffer, size});
            ASSERT_NE(got.status, IoStatus::failed);
            if (got.status == IoStatus::end) ended = true;
            for (std::size_t i = 0; i < got.bytes; ++i) ordered &= buffer[i] == (received++ * 7 & 0xff);
        }
        if (write && sent < kTotal) {
            const std::size_t much = std::min<std::size_t>(size, kTotal - sent);
            for (std::size_t i = 0; i < much; ++i) buffer[i] = static_cast<std::uint8_t>((sent + i) * 7);
            const ByteView pieces[] = {{buffer, much / 3}, {buffer + much / 3, much - much / 3}};
            sent += connection.write_some(pieces).bytes;
            if (sent == kTotal) connection.end_sending();
        }
        connection.want(!ended && random() % 4 != 0, sent < kTotal && random() % 4 != 0);
    }
    void go_on() { connection.want(!ended, sent < kTotal); }
    static constexpr ByteCount kTotal = 5 << 20;
    SocketConnection& connection;
    std::mt19937 random;
    ByteCount sent = 0, received = 0;
    bool ordered = true, ended = false;
};

// However reads, writes and waits fall: all bytes arrive, in order, and nothing hangs.
TEST_F(SocketConnectionTest, CarriesAStreamBothWaysAtOnce) {
    connect();
    ASSERT_EQ(::fcntl(peer.get(), F_SETFL, O_NONBLOCK), 0);
    SocketConnection theirs(real.loop, std::move(peer), ours->local());
    std::mt19937 random(3);
    Pump here(*ours, 1), there(theirs, 2);
    ours->set_handler(&here);
    theirs.set_handler(&there);
    ours->want(true, true);
    theirs.want(true, true);
    EXPECT_TRUE(real.until([&] {
        if (random() % 2 == 0) here.go_on();
        if (random() % 2 == 0) there.go_on();
        return here.ended && there.ended;
    }));
    EXPECT_EQ(here.received, Pump::kTotal);
    EXPECT_EQ(there.received, Pump::kTotal);
    EXPECT_TRUE(here.ordered && there.ordered);
}

TEST_F(SocketConnectionTest, MayBeDestroyedWhenItReports) {
    connect();
    ready.then = [this] { ours.reset(); };
    ours->want(true, true);
    ASSERT_TRUE(real.until([&] { return !ours; }));
}

}  // namespace
}  // namespace earshot::net
