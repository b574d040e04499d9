// Options of a connected socket, by what they do to the bytes on it.
#include "net/socket_options.h"

#include <gtest/gtest.h>
#include <linux/tcp.h>  // its tcp_info has the send window, the C library's has not
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "net/listening_socket.h"
#include "net/target.h"
#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

void send_all(int descriptor, const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const ssize_t count = ::send(descriptor, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        ASSERT_GT(count, 0);
        sent += static_cast<std::size_t>(count);
    }
}

void read_exactly(int descriptor, std::size_t size) {
    std::string bytes(size, '\0');
    ASSERT_EQ(::recv(descriptor, bytes.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
}

// What the other end lets this one send without an answer.
std::uint32_t window_of(int sender) {
    tcp_info facts{};
    socklen_t size = sizeof facts;
    EXPECT_EQ(::getsockopt(sender, IPPROTO_TCP, TCP_INFO, &facts, &size), 0);
    return facts.tcpi_snd_wnd;
}

TEST(TuneForLoopbackBulk, OpensTheWindowAlsoWhereBytesCameBefore) {
    const auto doors = open_listening_sockets(Target{"127.0.0.1", 0, ""}, {});
    ASSERT_TRUE(doors);
    const UniqueFd caller = test::call(doors->front().bound());
    const UniqueFd called(::accept4(doors->front().descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(called);
    const std::string early(200'000, 'e');
    std::jthread reads([&] { read_exactly(called.get(), early.size()); });
    send_all(caller.get(), early);
    reads.join();

    tune_for_loopback_bulk(caller.get());
    tune_for_loopback_bulk(called.get());
    const std::string bulk(8 << 20, 'b');
    reads = std::jthread([&] { read_exactly(called.get(), bulk.size()); });
    send_all(caller.get(), bulk);
    reads.join();
    EXPECT_GT(window_of(caller.get()), 256U * 1024);
}

}  // namespace
}  // namespace earshot::net
