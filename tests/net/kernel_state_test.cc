// What the kernel tells of a connection's state, from the handshake to the end of TIME-WAIT's beginning.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "net/endpoint.h"
#include "net/socket_diag.h"
#include "net/tcp_info.h"

namespace earshot::net {
namespace {

using trace::State;

Endpoint end_of(int descriptor, decltype(&::getsockname) which) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    EXPECT_EQ(which(descriptor, reinterpret_cast<sockaddr*>(&storage), &length), 0);
    return Endpoint::of_sockaddr(reinterpret_cast<sockaddr*>(&storage), length);
}

// A blocking loopback connection; the listener keeps SYNs where asked.
struct Pair {
    explicit Pair(const char* host, bool keeps_syns = false) {
        Endpoint where = *Endpoint::of_numeric(host, 0);
        sockaddr_storage storage{};
        socklen_t length = where.to_sockaddr(storage);
        listener.reset(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
        if (keeps_syns) keep_syns(listener.get());
        EXPECT_EQ(::listen(listener.get(), 1), 0);
        EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &length), 0);
        client.reset(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
        server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        EXPECT_TRUE(server);
        local = end_of(client.get(), &::getsockname);
        peer = end_of(client.get(), &::getpeername);
    }
    // Waits for the peer's FIN.
    static void read_end(int descriptor) {
        char byte = 0;
        EXPECT_EQ(::recv(descriptor, &byte, 1, 0), 0);
    }
    UniqueFd listener, client, server;
    Endpoint local, peer;  // as the client sees them
};

TEST(TcpInfo, CountsWhatWentEachWay) {
    Pair pair("127.0.0.1");
    ASSERT_EQ(::send(pair.client.get(), "hello", 5, 0), 5);
    char taken[8];
    ASSERT_EQ(::recv(pair.server.get(), taken, sizeof taken, 0), 5);
    const auto client = read_tcp_info(pair.client.get());
    const auto server = read_tcp_info(pair.server.get());
    ASSERT_TRUE(client && server);
    EXPECT_EQ(client->state, State::established);
    EXPECT_EQ(client->account.sent, 5U);
    EXPECT_EQ(client->account.retransmits, 0U);
    EXPECT_GT(client->account.mss, 500U);
    EXPECT_GT(client->account.congestion_window, 0U);
    EXPECT_EQ(server->account.received, 5U);
}

TEST(TcpInfo, IsNothingOfAUnixSocket) {
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_FALSE(read_tcp_info(socket.get()));
}

TEST(TcpInfo, KeepsACallersSynOnce) {
    Pair pair("127.0.0.1", true);
    const auto syn = take_saved_syn(pair.server.get());
    ASSERT_GE(syn.size(), 40U);
    EXPECT_EQ(syn[0] >> 4, 4);
    const std::size_t tcp = (syn[0] & 15U) * 4U;
    EXPECT_EQ(syn[tcp] << 8 | syn[tcp + 1], pair.local.port());
    EXPECT_EQ(syn[tcp + 13], 2) << "SYN and nothing else";
    EXPECT_TRUE(take_saved_syn(pair.server.get()).empty());
}

TEST(TcpInfo, HasNoSynWhereNoneWasKept) {
    Pair pair("127.0.0.1");
    EXPECT_TRUE(take_saved_syn(pair.server.get()).empty());
}

void follows_to_time_wait(const char* host) {
    Pair pair(host);
    auto diag = SocketDiag::open();
    ASSERT_TRUE(diag) << diag.error().message;
    const auto state = [&](const Endpoint& local, const Endpoint& peer) {
        const auto found = diag->state(local, peer);
        EXPECT_TRUE(found);
        return *found;
    };
    EXPECT_EQ(state(pair.local, pair.peer), State::established);
    pair.client.reset();  // the client closes actively ...
    Pair::read_end(pair.server.get());
    // The kernel may take up to 200 ms to acknowledge the FIN.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (state(pair.local, pair.peer) == State::fin_wait_1 && std::chrono::steady_clock::now() < end) {
        std::this_thread::yield();
    }
    EXPECT_EQ(state(pair.local, pair.peer), State::fin_wait_2) << "no socket any more, but a state";
    EXPECT_EQ(state(pair.peer, pair.local), State::close_wait);
    pair.server.reset();  // ... and the server follows
    EXPECT_EQ(state(pair.local, pair.peer), State::time_wait);
    EXPECT_EQ(state(pair.peer, pair.local), std::nullopt);
}

TEST(SocketDiag, FollowsAConnectionToTimeWait) { follows_to_time_wait("127.0.0.1"); }

TEST(SocketDiag, FollowsAConnectionToTimeWaitOverIpv6) {
    if (const UniqueFd socket(::socket(AF_INET6, SOCK_STREAM, 0)); !socket) GTEST_SKIP() << "no IPv6 here";
    follows_to_time_wait("::1");
}

TEST(SocketDiag, KnowsNothingOfWhatNeverWas) {
    auto diag = SocketDiag::open();
    ASSERT_TRUE(diag);
    const auto found = diag->state(*Endpoint::of_numeric("127.0.0.1", 9), *Endpoint::of_numeric("127.0.0.2", 9));
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, std::nullopt);
}

}  // namespace
}  // namespace earshot::net
