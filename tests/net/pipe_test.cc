#include "net/pipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/socket_connection.h"
#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

constexpr std::size_t kMuch = (9UL << 20U) + 4711;  // more than a turn, and no round number

std::string random_bytes(std::size_t size) {
    std::mt19937_64 random(size);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

void write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
        if (done <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

UniqueFd file_of(std::string_view bytes) {
    UniqueFd file(::memfd_create("source", MFD_CLOEXEC));
    write_all(file.get(), bytes);
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

std::string content_of(int file) {
    std::string content(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(file, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
    return content;
}

std::string drained(int descriptor) {
    std::string all(64UL * 1024, '\0');
    for (std::size_t have = 0;;) {
        const ssize_t got = ::read(descriptor, all.data() + have, all.size() - have);
        if (got <= 0) return all.substr(0, have);
        have += static_cast<std::size_t>(got);
        if (have == all.size()) all.resize(2 * have);
    }
}

struct Ends {
    UniqueFd read, write;
};

Ends pipe_ends() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends socket_ends() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// A pipe over a real loopback connection whose other end is a plain blocking socket.
struct PipeTest : testing::Test, PipeHandler {
    PipeTest() {
        ::signal(SIGPIPE, SIG_IGN);
        const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_storage storage{};
        const auto any = Endpoint::of_numeric("127.0.0.1", 0);
        socklen_t length = any->to_sockaddr(storage);
        EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
        EXPECT_EQ(::listen(listener.get(), 1), 0);
        ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &length);
        peer = test::call(Endpoint::of_sockaddr(reinterpret_cast<sockaddr*>(&storage), length));
        UniqueFd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        connection = std::make_unique<SocketConnection>(real.loop, std::move(socket), *any);
    }

    void start(int input, int output, PipeOptions options = {}) {
        pipe = std::make_unique<Pipe>(real.loop, *connection, Stdio::input(input), Stdio::output(output),
                                      std::move(options), *this);
    }
    bool until_end() {
        return real.until([this] { return ended; });
    }
    void on_half_closed(PipeSide side) override { (side == PipeSide::in ? in_closed : out_closed) = true; }
    void on_end(const PipeEnd& facts) override {
        end = facts;
        ended = true;
        pipe.reset();
        connection.reset();
    }
    void peer_resets() {
        const linger now{1, 0};
        ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        peer.reset();
    }
    // Sends back what comes, then FIN.
    std::thread echo() {
        return std::thread([this] {
            std::vector<char> room(100'000);
            for (;;) {
                const ssize_t got = ::recv(peer.get(), room.data(), room.size(), 0);
                if (got <= 0) break;
                write_all(peer.get(), {room.data(), static_cast<std::size_t>(got)});
            }
            ::shutdown(peer.get(), SHUT_WR);
        });
    }

    test::RealLoop real;
    UniqueFd peer;
    UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    std::unique_ptr<SocketConnection> connection;
    std::unique_ptr<Pipe> pipe;
    PipeEnd end;
    bool ended = false, in_closed = false, out_closed = false;
};

// ---- Every kind of source to every kind of target, there and back through an echoing peer.

struct Kinds {
    const char* source;
    const char* target;
};

struct PipeKinds : PipeTest, testing::WithParamInterface<Kinds> {};

TEST_P(PipeKinds, MovesEveryByteThereAndBack) {
    const std::string bytes = random_bytes(kMuch);
    const std::string_view from = GetParam().source, to = GetParam().target;
    Ends source, target;
    std::thread feeder, drainer;
    std::string got;
    if (from == "file") {
        source.read = file_of(bytes);
    } else {
        source = from == "pipe" ? pipe_ends() : socket_ends();
        feeder = std::thread([&] {
            write_all(source.write.get(), bytes);
            source.write.reset();
        });
    }
    std::string path = "/tmp/earshot-pipe-XXXXXX";
    if (to == "file" || to == "append") {
        target.write.reset(::mkstemp(path.data()));
        if (to == "append") target.write.reset(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
        ::unlink(path.c_str());
    } else {
        target = to == "pipe" ? pipe_ends() : socket_ends();
        drainer = std::thread([&] { got = drained(target.read.get()); });
    }
    std::thread echoing = echo();
    PipeOptions options;
    options.finish_output = true;
    start(source.read.get(), target.write.get(), std::move(options));
    EXPECT_TRUE(until_end());
    if (feeder.joinable()) feeder.join();
    if (drainer.joinable()) drainer.join();
    echoing.join();
    if (to == "file" || to == "append") got = content_of(target.write.get());
    EXPECT_TRUE(got == bytes) << got.size() << " of " << bytes.size();
    EXPECT_EQ(end.error, (Error{Reason::closed, {}}));
    EXPECT_EQ(end.sent, bytes.size());
    EXPECT_EQ(end.received, bytes.size());
    EXPECT_TRUE(in_closed && out_closed);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PipeKinds,
                         testing::Values(Kinds{"file", "file"}, Kinds{"file", "pipe"}, Kinds{"file", "socket"},
                                         Kinds{"file", "append"}, Kinds{"pipe", "file"}, Kinds{"pipe", "pipe"},
                                         Kinds{"pipe", "socket"}, Kinds{"pipe", "append"}, Kinds{"socket", "file"},
                                         Kinds{"socket", "pipe"}, Kinds{"socket", "socket"}, Kinds{"socket", "append"}),
                         [](const auto& one) { return std::string(one.param.source) + "To" + one.param.target; });

TEST_F(PipeTest, SendsTheRestOfAFileFromWhereItsReaderStands) {
    const UniqueFd file = file_of("0123456789");
    ::lseek(file.get(), 4, SEEK_SET);
    start(file.get(), null.get());
    ASSERT_TRUE(real.until([&] { return out_closed; }));
    EXPECT_EQ(test::read_all(peer.get()), "456789");
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 10);
}

TEST_F(PipeTest, ReadsFilesThatSendfileRefuses) {
    const UniqueFd file(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));  // regular, of size 0
    start(file.get(), null.get());
    ASSERT_TRUE(real.until([&] { return out_closed; }));
    EXPECT_EQ(test::read_all(peer.get()).substr(0, 5), "Name:");
}

TEST_F(PipeTest, WritesInTheMiddleOfAFile) {
    const UniqueFd file = file_of("..........");
    ::lseek(file.get(), 3, SEEK_SET);
    write_all(peer.get(), "abc");
    ::shutdown(peer.get(), SHUT_WR);
    start(null.get(), file.get());
    ASSERT_TRUE(until_end());
    EXPECT_EQ(content_of(file.get()), "...abc....");
}

TEST_F(PipeTest, CountsWhatGoesToDevNull) {
    std::thread sender([&] {
        write_all(peer.get(), std::string(kMuch, 'x'));
        ::shutdown(peer.get(), SHUT_WR);
    });
    start(null.get(), null.get());
    EXPECT_TRUE(until_end());
    sender.join();
    EXPECT_EQ(end.received, kMuch);
}

// ---- The two halves

TEST_F(PipeTest, ReceivesAfterItsOwnFin) {
    const UniqueFd file = file_of("question");
    const Ends target = pipe_ends();
    PipeOptions options;
    options.finish_output = true;
    start(file.get(), target.write.get(), std::move(options));
    ASSERT_TRUE(real.until([&] { return out_closed; }));
    EXPECT_EQ(test::read_all(peer.get()), "question");
    write_all(peer.get(), "answer");
    peer.reset();
    ASSERT_TRUE(until_end());
    EXPECT_EQ(drained(target.read.get()), "answer");
    EXPECT_EQ(end.error.reason, Reason::closed);
}

TEST_F(PipeTest, SendsAfterThePeersFinAndItsReaderSeesTheEndAtOnce) {
    Ends source = pipe_ends();
    const Ends target = pipe_ends();
    write_all(peer.get(), "first");
    ::shutdown(peer.get(), SHUT_WR);
    PipeOptions options;
    options.finish_output = true;
    start(source.read.get(), target.write.get(), std::move(options));
    ASSERT_TRUE(real.until([&] { return in_closed; }));
    EXPECT_EQ(drained(target.read.get()), "first");
    write_all(source.write.get(), "later");
    source.write.reset();
    ASSERT_TRUE(until_end());
    EXPECT_EQ(test::read_all(peer.get()), "later");
    EXPECT_EQ(end.error.reason, Reason::closed);
}

TEST_F(PipeTest, LeavesStdoutOpenForAnotherConversation) {
    const Ends target = pipe_ends();
    ::shutdown(peer.get(), SHUT_WR);
    start(null.get(), target.write.get());
    ASSERT_TRUE(until_end());
    EXPECT_EQ(::write(target.write.get(), "more", 4), 4);
}

TEST_F(PipeTest, KeepSendsNoFin) {
    const UniqueFd file = file_of("abc");
    PipeOptions options;
    options.on_eof = OnEof::keep;
    start(file.get(), null.get(), std::move(options));
    ASSERT_TRUE(real.until([&] { return pipe->sent() == 3; }));
    char room[8];
    ASSERT_EQ(::recv(peer.get(), room, sizeof room, 0), 3);
    real.loop.run_once(Millis(0));
    EXPECT_EQ(::recv(peer.get(), room, sizeof room, MSG_DONTWAIT), -1);
    EXPECT_FALSE(out_closed);
    ::shutdown(peer.get(), SHUT_WR);
    ASSERT_TRUE(until_end());
    EXPECT_EQ(end.error.reason, Reason::closed);
}

TEST_F(PipeTest, CloseAfterEofWaitsUntilThePeersSystemHasEverything) {
    const std::string bytes = random_bytes(kMuch);
    const UniqueFd file = file_of(bytes);
    write_all(peer.get(), "never read by us if we closed at once: that would be RST");
    PipeOptions options;
    options.on_eof = OnEof::close_after;
    std::string got;
    std::thread reader([&] { got = test::read_all(peer.get()); });
    start(file.get(), null.get(), std::move(options));
    EXPECT_TRUE(until_end());
    reader.join();
    EXPECT_TRUE(got == bytes) << got.size();
    EXPECT_EQ(end.error.reason, Reason::closed);
}

TEST_F(PipeTest, OnFinCloseEndsThoughStdinGoesOn) {
    const Ends source = pipe_ends();
    PipeOptions options;
    options.on_fin = OnFin::close;
    start(source.read.get(), null.get(), std::move(options));
    ::shutdown(peer.get(), SHUT_WR);
    ASSERT_TRUE(until_end());
    EXPECT_EQ(end.error.reason, Reason::closed);
}

TEST_F(PipeTest, ATerminalsStdinCountsAsEndedOnceThePeerHas) {
    const Ends source = pipe_ends();
    PipeOptions options;
    options.stdin_is_terminal = true;
    start(source.read.get(), null.get(), std::move(options));
    write_all(source.write.get(), "typed");
    ASSERT_TRUE(real.until([&] { return pipe->sent() == 5; }));
    ::shutdown(peer.get(), SHUT_WR);
    ASSERT_TRUE(until_end());
    EXPECT_EQ(test::read_all(peer.get()), "typed");
    EXPECT_TRUE(out_closed);
}

TEST_F(PipeTest, AClosedStdinIsItsEnd) {
    Ends source = pipe_ends();
    const int number = source.read.get();
    source.read.reset();
    start(number, null.get());
    ASSERT_TRUE(real.until([&] { return out_closed; }));
    EXPECT_EQ(test::read_all(peer.get()), "");
}

TEST_F(PipeTest, ALineIsSentWhileBulkComesTheOtherWay) {
    const Ends source = pipe_ends();
    std::thread bulk([&] { write_all(peer.get(), std::string(32UL << 20U, 'x')); });
    start(source.read.get(), null.get());
    ASSERT_TRUE(real.until([&] { return pipe->received() > (1U << 20U); }));
    write_all(source.write.get(), "line\n");
    ASSERT_TRUE(real.until([&] { return pipe->sent() == 5; }));
    EXPECT_LT(pipe->received(), 32UL << 20U) << "it had to wait for the bulk";
    ASSERT_TRUE(real.until([&] { return pipe->received() == 32UL << 20U; }));
    bulk.join();
}

// ---- What goes wrong

TEST_F(PipeTest, AReaderOfStdoutThatWentAwayEndsItWithoutAnError) {
    Ends target = pipe_ends();
    const Ends source = pipe_ends();
    start(source.read.get(), target.write.get());
    target.read.reset();
    write_all(peer.get(), "for nobody");
    ASSERT_TRUE(until_end());
    EXPECT_TRUE(end.reader_gone);
    EXPECT_EQ(end.error.reason, Reason::closed);
}

TEST_F(PipeTest, AFullDiskIsNamed) {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    write_all(peer.get(), "abc");
    start(null.get(), full.get());
    ASSERT_TRUE(until_end());
    EXPECT_EQ(end.error.reason, Reason::limit);
    EXPECT_NE(end.error.message.find("No space left"), std::string::npos) << end.error.message;
}

TEST_F(PipeTest, AFileThatMayNotGrowFailsAfterWhatFitted) {
    const UniqueFd file(::memfd_create("target", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::ftruncate(file.get(), 5000), 0);
    ASSERT_EQ(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW), 0);
    write_all(peer.get(), std::string(20'000, 'x'));
    start(null.get(), file.get());
    ASSERT_TRUE(until_end());
    EXPECT_EQ(end.error.reason, Reason::failed);
}

TEST_F(PipeTest, WhatCameBeforeAResetIsWrittenThenTheResetReported) {
    const Ends source = pipe_ends();
    const Ends target = pipe_ends();
    write_all(peer.get(), "before");
    peer_resets();
    write_all(source.write.get(), "this send meets the reset first");
    start(source.read.get(), target.write.get());
    ASSERT_TRUE(until_end());
    EXPECT_EQ(end.error.reason, Reason::reset) << end.error.message;
    EXPECT_EQ(end.received, 6U);
    char room[16];
    EXPECT_EQ(::read(target.read.get(), room, sizeof room), 6);
}

TEST_F(PipeTest, AResetIsNoticedWhileOnlyStdinIsWaitedFor) {
    const Ends source = pipe_ends();
    ::shutdown(peer.get(), SHUT_WR);
    start(source.read.get(), null.get());
    ASSERT_TRUE(real.until([&] { return in_closed; }));
    peer_resets();
    ASSERT_TRUE(until_end());
    EXPECT_EQ(end.error.reason, Reason::reset);
}

TEST_F(PipeTest, AResetWhileStdoutIsFullEndsOnceItIsRead) {
    const Ends source = pipe_ends();
    Ends target = pipe_ends();
    start(source.read.get(), target.write.get());
    std::thread sender([&] {
        ::fcntl(peer.get(), F_SETFL, O_NONBLOCK);
        const std::string piece(100'000, 'x');
        while (::send(peer.get(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
        }
    });
    ASSERT_TRUE(real.until([&] { return pipe->received() > (1U << 20U); }));
    sender.join();
    peer_resets();
    for (int i = 0; i < 20; ++i) real.loop.run_once(Millis(1));
    EXPECT_FALSE(ended) << "what was received is still to be written";
    std::thread reader([&] { drained(target.read.get()); });
    EXPECT_TRUE(until_end());
    target.write.reset();
    reader.join();
    EXPECT_EQ(end.error.reason, Reason::reset);
}

// ---- Bounds

TEST_F(PipeTest, ASlowReaderOfStdoutStopsThePeer) {
    const Ends target = pipe_ends();
    const Ends source = pipe_ends();
    ::fcntl(peer.get(), F_SETFL, O_NONBLOCK);
    start(source.read.get(), target.write.get());
    const std::string piece(1UL << 20U, 'x');
    std::size_t taken = 0;
    for (int idle = 0; idle < 20;) {
        const ssize_t done = ::send(peer.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
        if (done > 0) taken += static_cast<std::size_t>(done);
        idle = done > 0 ? 0 : idle + 1;
        real.loop.run_once(Millis(1));
    }
    EXPECT_LE(pipe->received(), (1UL << 20U) + (256UL << 10U)) << "more than the pipe and one buffer";
    EXPECT_LT(taken, 80UL << 20U);
}

TEST_F(PipeTest, DoesNotTurnWhileItWaits) {
    Ends source = pipe_ends();
    const Ends target = pipe_ends();
    PipeOptions options;
    options.on_eof = OnEof::keep;
    source.write.reset();  // hung up for good
    start(source.read.get(), target.write.get(), std::move(options));
    while (real.loop.run_once(Millis(0))) {
    }
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(real.loop.run_once(Millis(0)));
}

TEST_F(PipeTest, CanBeDestroyedWhileEverythingWaits) {
    const Ends source = pipe_ends();
    const Ends target = pipe_ends();
    start(source.read.get(), target.write.get());
    real.loop.run_once(Millis(1));
    pipe.reset();
    write_all(source.write.get(), "x");
    write_all(peer.get(), "x");
    while (real.loop.run_once(Millis(1))) {  // what nobody wants any more comes once at most
    }
    EXPECT_FALSE(ended);
}

TEST_F(PipeTest, IdleTimeoutCountsBothDirections) {
    ManualClock clock;
    Loop loop(clock);
    const UniqueFd copy(::dup(connection->plain_descriptor()));
    SocketConnection ours(loop, UniqueFd(::dup(copy.get())), connection->peer());
    const Ends source = pipe_ends();
    PipeOptions options;
    options.idle_timeout = Millis(1000);
    Pipe timed(loop, ours, Stdio::input(source.read.get()), Stdio::output(null.get()), std::move(options), *this);
    const auto turn = [&] {
        while (loop.run_once(Millis(0))) {
        }
    };
    turn();
    for (int i = 0; i < 4; ++i) {
        clock.advance(Millis(700));
        if (i % 2 == 0)
            write_all(peer.get(), "in");
        else
            write_all(source.write.get(), "out");
        turn();
        EXPECT_FALSE(ended);
    }
    clock.advance(Millis(1001));
    loop.run_once(Millis(0));
    ASSERT_TRUE(ended);
    EXPECT_EQ(end.error.reason, Reason::timeout);
}

// ---- Transforms

// Doubles every byte; fails at 'E', and at the end where the last byte was '?'.
struct Doubling final : Transform {
    Status apply(ByteView in, std::vector<std::uint8_t>& out) override {
        for (const std::uint8_t byte : in) {
            if (byte == 'E') return Error{Reason::malformed, "an E"};
            out.push_back(byte);
            out.push_back(byte);
            last = byte;
        }
        return Ok{};
    }
    Status finish(std::vector<std::uint8_t>& out) override {
        if (last == '?') return Error{Reason::malformed, "unfinished"};
        out.push_back('.');
        return Ok{};
    }
    std::uint8_t last = 0;
};

TEST_F(PipeTest, TransformsBothDirections) {
    const UniqueFd file = file_of("abc");
    const UniqueFd target = file_of("");
    PipeOptions options;
    options.transform_in = std::make_unique<Doubling>();
    options.transform_out = std::make_unique<Doubling>();
    write_all(peer.get(), "xy");
    ::shutdown(peer.get(), SHUT_WR);
    start(file.get(), target.get(), std::move(options));
    ASSERT_TRUE(until_end());
    EXPECT_EQ(test::read_all(peer.get()), "aabbcc.");
    EXPECT_EQ(content_of(target.get()), "xxyy.");
    EXPECT_EQ(end.received, 2U);
    EXPECT_EQ(end.sent, 7U);
}

TEST_F(PipeTest, AFailingTransformOfWhatIsReceivedEndsItAfterWhatCameBefore) {
    const Ends source = pipe_ends();
    const UniqueFd target = file_of("");
    PipeOptions options;
    options.transform_in = std::make_unique<Doubling>();
    write_all(peer.get(), "abEcd");
    start(source.read.get(), target.get(), std::move(options));
    ASSERT_TRUE(until_end());
    EXPECT_EQ(content_of(target.get()), "aabb");
    EXPECT_EQ(end.error, (Error{Reason::malformed, "an E"}));
}

TEST_F(PipeTest, AFailingTransformOfWhatIsSentEndsItAfterWhatCameBefore) {
    const UniqueFd file = file_of("abEcd");
    PipeOptions options;
    options.transform_out = std::make_unique<Doubling>();
    write_all(peer.get(), "unread");
    start(file.get(), null.get(), std::move(options));
    ASSERT_TRUE(until_end());
    EXPECT_EQ(test::read_all(peer.get()), "aabb");
    EXPECT_EQ(end.error, (Error{Reason::malformed, "an E"}));
}

TEST_F(PipeTest, AStreamThatEndsInTheMiddleOfACharacterFails) {
    const UniqueFd target = file_of("");
    PipeOptions options;
    options.transform_in = std::make_unique<Doubling>();
    write_all(peer.get(), "a?");
    ::shutdown(peer.get(), SHUT_WR);
    start(null.get(), target.get(), std::move(options));
    ASSERT_TRUE(until_end());
    EXPECT_EQ(content_of(target.get()), "aa??");
    EXPECT_EQ(end.error, (Error{Reason::malformed, "unfinished"}));
}

}  // namespace
}  // namespace earshot::net
