// Ladders of bulk transfers on loopback, most of whose packets are counted in the kernel: the sums must be those of the
// kernel's own account of the connection, and nothing may be said that has not happened.
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <vector>

#include "net/socket_connection.h"
#include "talk/tracer.h"
#include "tests/support/loopback.h"

namespace earshot::talk {
namespace {

struct Sums {
    std::uint64_t segments = 0, bytes = 0, pure_acks = 0;
};

// A call whose two ends are both here, the client's traced by its packets.
struct Bulk : test::RealLoop {
    bool open() {
        sockaddr_storage storage{};
        socklen_t length = net::Endpoint::of_numeric("127.0.0.1", 0)->to_sockaddr(storage);
        auto* const address = reinterpret_cast<sockaddr*>(&storage);
        const UniqueFd door(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::bind(door.get(), address, length), 0);
        EXPECT_EQ(::listen(door.get(), 1), 0);
        EXPECT_EQ(::getsockname(door.get(), address, &length), 0);
        const net::Endpoint where = net::Endpoint::of_sockaddr(address, length);
        tracer.calling(kOne, where);
        if (refused) return false;
        UniqueFd caller(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(caller.get(), address, length), 0);
        server.reset(::accept4(door.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        net::Endpoint local = where;
        EXPECT_EQ(::getsockname(caller.get(), address, &length), 0);
        local = net::Endpoint::of_sockaddr(address, length);
        client = std::make_unique<net::SocketConnection>(loop, std::move(caller), where, local);
        tracer.opened(kOne, *client, trace::End::client);
        loop.set_after_batch([this] { tracer.flush(); });
        return true;
    }
    int socket_of(trace::End end) const {
        return end == trace::End::client ? client->socket_descriptor() : server.get();
    }
    // The loop has its turn now and then, as in a program.
    void move(trace::End from, std::size_t bytes) {
        static std::vector<char> block(256 << 10, 'x');
        const int out = socket_of(from), in = socket_of(other(from));
        std::size_t sent = 0, received = 0;
        for (int turn = 0; received < bytes; ++turn) {
            const auto put = ::send(out, block.data(), std::min(block.size(), bytes - sent), MSG_DONTWAIT);
            if (put > 0) sent += static_cast<std::size_t>(put);
            const auto got = ::recv(in, nullptr, 8 << 20, MSG_DONTWAIT | MSG_TRUNC);
            if (got > 0) received += static_cast<std::size_t>(got);
            if (turn % 8 == 0) loop.run_once(Millis(0));
        }
    }
    static tcp_info account(int socket) {
        tcp_info info{};
        socklen_t length = sizeof info;
        EXPECT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
        return info;
    }
    void close() {
        here = account(client->socket_descriptor());
        there = account(server.get());
        tracer.ending(kOne, Tracer::Ending::in_order);
        client.reset();
        server.reset();
        EXPECT_TRUE(until([this] { return tracer.is_settled(); }));
        tracer.finish();
    }
    void take(const model::Traced& told) {
        for (const trace::Row& row : told.rows) {
            if (const auto* fold = std::get_if<trace::FoldRow>(&row.body)) {
                add(from_client, fold->from_client);
                add(from_server, fold->from_server);
                EXPECT_EQ(fold->sight, trace::Sight::seen);
            }
            const auto* drawn = std::get_if<trace::SegmentRow>(&row.body);
            if (!drawn) continue;
            Sums& sums = drawn->segment.from == trace::End::client ? from_client : from_server;
            const bool control = (drawn->segment.flags & (trace::kSyn | trace::kFin)) != 0;
            for (const trace::Marked& mark : drawn->marks) {
                gaps += mark.remark == trace::Remark::lost_before ? 1 : 0;
                if (mark.remark != trace::Remark::retransmission && mark.remark != trace::Remark::fast_retransmission)
                    continue;
                repeated_bytes += drawn->segment.length;
            }
            sums.bytes += drawn->segment.length;
            if (drawn->segment.length > 0) ++sums.segments;
            if (drawn->segment.length == 0 && !control) ++sums.pure_acks;
        }
    }
    static void add(Sums& sums, const trace::FoldRow::Half& half) {
        sums.segments += half.segments;
        sums.bytes += half.bytes;
        sums.pure_acks += half.pure_acks;
    }

    static constexpr SessionId kOne{1};
    Sums from_client, from_server;
    std::uint64_t gaps = 0, repeated_bytes = 0;
    bool refused = false;
    tcp_info here{}, there{};
    UniqueFd server;
    Tracer tracer{loop,
                  {.on_frame = {}, .on_rows = {}, .on_trouble = [this](const Error&) { refused = true; }},
                  [this](SessionId, const model::Traced& told) { take(told); }};
    std::unique_ptr<net::SocketConnection> client;  // told of its end to the tracer before that goes
};

TEST(TracerOfBulk, TellsEverySegmentOnce) {
    Bulk bulk;
    if (!bulk.open()) GTEST_SKIP() << "no CAP_NET_RAW";
    constexpr std::size_t kMuch = std::size_t{600} << 20;
    bulk.move(trace::End::client, kMuch);
    bulk.move(trace::End::server, kMuch / 2);
    bulk.move(trace::End::client, 1000);
    bulk.close();
    EXPECT_EQ(bulk.gaps, 0U);
    EXPECT_EQ(bulk.from_client.bytes + bulk.from_server.bytes, kMuch + kMuch / 2 + 1000 + bulk.repeated_bytes);
    // Linux counts one segment with data more in its own account, with and without our counting.
    EXPECT_LE(bulk.here.tcpi_data_segs_out - bulk.from_client.segments, 1U);
    EXPECT_LE(bulk.there.tcpi_data_segs_out - bulk.from_server.segments, 1U);
    // Among its segments without data are the SYN and not yet the last ACK.
    const std::uint64_t empty = bulk.here.tcpi_segs_out - bulk.here.tcpi_data_segs_out;
    EXPECT_LE(bulk.from_client.pure_acks, empty + 2);
    EXPECT_GE(bulk.from_client.pure_acks + 2, empty);
}

}  // namespace
}  // namespace earshot::talk
