#include "net/stdio.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

namespace earshot::net {
namespace {

struct Ends {
    UniqueFd read, write;
};

Ends make_pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd open_path(const char* path, int flags) { return UniqueFd(::open(path, flags | O_CLOEXEC)); }

struct StdioTest : testing::Test {
    StdioTest() { ::signal(SIGPIPE, SIG_IGN); }
    std::array<std::uint8_t, 64> room{};
};

TEST_F(StdioTest, NeverMakesASharedPipeNonBlocking) {
    const Ends pipe = make_pipe();
    Stdio input = Stdio::input(pipe.read.get());
    Stdio output = Stdio::output(pipe.write.get());
    EXPECT_EQ(input.read_some(room).status, IoStatus::would_block);
    EXPECT_EQ(::fcntl(pipe.read.get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_EQ(::fcntl(pipe.write.get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_TRUE(input.is_nonblocking());
    EXPECT_TRUE(output.is_nonblocking());
}

TEST_F(StdioTest, SeesTheEndOfAPipe) {
    Ends pipe = make_pipe();
    Stdio input = Stdio::input(pipe.read.get());
    ASSERT_EQ(::write(pipe.write.get(), "abc", 3), 3);
    pipe.write.reset();
    EXPECT_EQ(input.read_some(room).bytes, 3U);
    EXPECT_EQ(input.read_some(room).status, IoStatus::end);
}

TEST_F(StdioTest, AFullPipeWouldBlock) {
    const Ends pipe = make_pipe();
    Stdio output = Stdio::output(pipe.write.get());
    const std::vector<std::uint8_t> much(4UL << 20U);
    while (output.write_some(much).status == IoStatus::ok) {
    }
    EXPECT_EQ(output.write_some(much).status, IoStatus::would_block);
}

TEST_F(StdioTest, AReaderThatWentAwayIsTheEnd) {
    Ends pipe = make_pipe();
    Stdio output = Stdio::output(pipe.write.get());
    pipe.read.reset();
    EXPECT_EQ(output.write_some(as_bytes("x")).status, IoStatus::end);
}

TEST_F(StdioTest, APipeWithoutAReaderFromTheStartIsTheEndToo) {
    Ends pipe = make_pipe();
    pipe.read.reset();  // opening it anew gives ENXIO
    Stdio output = Stdio::output(pipe.write.get());
    EXPECT_EQ(output.write_some(as_bytes("x")).status, IoStatus::end);
}

TEST_F(StdioTest, ClosedDescriptorsAreAtTheirEnd) {
    Ends pipe = make_pipe();
    const int number = pipe.read.get();
    pipe.read.reset();
    Stdio input = Stdio::input(number);
    Stdio output = Stdio::output(number);
    EXPECT_EQ(input.kind(), Stdio::Kind::closed);
    EXPECT_EQ(input.read_some(room).status, IoStatus::end);
    EXPECT_EQ(output.write_some(as_bytes("x")).status, IoStatus::end);
}

TEST_F(StdioTest, ADescriptorOpenTheOtherWayIsClosed) {
    const UniqueFd only_read = open_path("/dev/null", O_RDONLY);
    const UniqueFd only_write = open_path("/dev/null", O_WRONLY);
    EXPECT_EQ(Stdio::output(only_read.get()).kind(), Stdio::Kind::closed);
    EXPECT_EQ(Stdio::input(only_write.get()).kind(), Stdio::Kind::closed);
    EXPECT_EQ(Stdio::output(only_write.get()).kind(), Stdio::Kind::null_device);
}

TEST_F(StdioTest, NamesAFullDevice) {
    const UniqueFd full = open_path("/dev/full", O_WRONLY);
    Stdio output = Stdio::output(full.get());
    ASSERT_EQ(output.write_some(as_bytes("x")).status, IoStatus::failed);
    EXPECT_EQ(output.error().reason, Reason::limit);
    EXPECT_NE(output.error().message.find("No space left"), std::string::npos) << output.error().message;
}

TEST_F(StdioTest, NamesADirectory) {
    const UniqueFd directory = open_path("/", O_RDONLY);
    Stdio input = Stdio::input(directory.get());
    ASSERT_EQ(input.read_some(room).status, IoStatus::failed);
    EXPECT_NE(input.error().message.find("directory"), std::string::npos) << input.error().message;
}

TEST_F(StdioTest, SocketsNeverBlockThoughTheirDescriptionDoes) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const UniqueFd ours(ends[0]), theirs(ends[1]);
    Stdio input = Stdio::input(ours.get());
    Stdio output = Stdio::output(ours.get());
    EXPECT_EQ(input.read_some(room).status, IoStatus::would_block);
    const std::vector<std::uint8_t> much(1UL << 20U);
    while (output.write_some(much).status == IoStatus::ok) {
    }
    EXPECT_EQ(::fcntl(ours.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(StdioTest, ATerminalIsReadOnlyWhenItHasSomething) {
    const UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(master);
    ASSERT_EQ(::grantpt(master.get()) | ::unlockpt(master.get()), 0);
    UniqueFd slave = open_path(::ptsname(master.get()), O_RDWR | O_NOCTTY);
    ASSERT_TRUE(slave);
    Stdio input = Stdio::input(slave.get());
    Stdio output = Stdio::output(slave.get());
    EXPECT_EQ(input.kind(), Stdio::Kind::terminal);
    EXPECT_EQ(input.read_some(room).status, IoStatus::would_block);
    ASSERT_EQ(::write(master.get(), "hi\n", 3), 3);
    EXPECT_EQ(input.read_some(room).bytes, 3U);
    // Nobody reads the other side: a blocking write would hang here.
    const std::vector<std::uint8_t> much(1UL << 20U, 'x');
    while (output.write_some(much).status == IoStatus::ok) {
    }
    EXPECT_EQ(::fcntl(slave.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(StdioTest, FinishingLetsTheReaderSeeTheEndAndKeepsTheNumber) {
    const Ends pipe = make_pipe();
    Stdio output = Stdio::output(pipe.write.get());
    ASSERT_EQ(output.write_some(as_bytes("abc")).bytes, 3U);
    output.finish_output();
    EXPECT_EQ(::read(pipe.read.get(), room.data(), room.size()), 3);
    EXPECT_EQ(::read(pipe.read.get(), room.data(), room.size()), 0);
    EXPECT_GE(::fcntl(pipe.write.get(), F_GETFD), 0);
    EXPECT_EQ(output.write_some(as_bytes("x")).status, IoStatus::end);
}

TEST_F(StdioTest, KnowsAnAppendedFile) {
    std::string path = "/tmp/earshot-append-XXXXXX";
    const UniqueFd made(::mkstemp(path.data()));
    const UniqueFd appended = open_path(path.c_str(), O_WRONLY | O_APPEND);
    ::unlink(path.c_str());
    EXPECT_TRUE(Stdio::output(appended.get()).appends());
    EXPECT_FALSE(Stdio::output(made.get()).appends());
    EXPECT_EQ(Stdio::output(made.get()).kind(), Stdio::Kind::file);
}

}  // namespace
}  // namespace earshot::net
