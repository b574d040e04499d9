// What the kernel counts and what it lets through, by packets made here: their TCP checksum is wrong, so that nobody
// but the capture takes notice of them.
#include "net/flow_counter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <vector>

#include "net/capture.h"
#include "tests/support/loopback.h"
#include "trace/packet.h"

namespace earshot::net {
namespace {

using test::RealLoop;
using namespace trace;

constexpr std::uint16_t kServer = 47, kClient = 50'047;  // nobody listens there

struct Shape {
    const char* name;
    const char* address;
    bool everywhere;  // the capture is of all interfaces
};
void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

class FlowCounterOn : public testing::TestWithParam<Shape> {
  protected:
    void SetUp() override {
        server = *Endpoint::of_numeric(GetParam().address, kServer);
        client = *Endpoint::of_numeric(GetParam().address, kClient);
        CaptureWish wish = wish_for_call({&server, 1}, std::nullopt);
        if (GetParam().everywhere) wish.interface = "any";
        auto opened = Capture::open(real.loop, wish,
                                    {.on_frame = [this](const CapturedFrame& frame) { take(frame); }, .on_lost = {}});
        if (!opened) GTEST_SKIP() << "no CAP_NET_RAW";
        capture = std::move(*opened);
        counter = capture->counter();
        if (!counter) GTEST_SKIP() << "no CAP_BPF, or an older kernel";
        raw.reset(::socket(server.family() == Endpoint::Family::ipv6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC,
                           IPPROTO_RAW));
        ASSERT_TRUE(raw);
    }

    void take(const CapturedFrame& frame) {
        const auto packet = parse_packet({.time = frame.time,
                                          .link_type = frame.link_type,
                                          .original_length = frame.original_length,
                                          .bytes = frame.bytes});
        ASSERT_TRUE(packet);
        seen.push_back(packet->segment.seq);
    }
    static Place place_of(const Endpoint& endpoint) {
        return endpoint.family() == Endpoint::Family::ipv6
                   ? Place::of_ipv6(ByteView(endpoint.address_bytes(), 16), endpoint.port())
                   : Place::of_ipv4(ByteView(endpoint.address_bytes(), 4), endpoint.port());
    }

    struct Sent {
        std::uint32_t seq = 0, ack = 0;
        std::uint16_t length = 0;
        std::uint8_t flags = kAck;
        std::uint16_t window = 500;
        int options = 12;  // bytes, all NOP
    };
    void send(const Endpoint& from, const Endpoint& to, const Sent& sent) const {
        std::vector<std::uint8_t> bytes;
        const auto two = [&](unsigned value) {
            bytes.push_back(static_cast<std::uint8_t>(value >> 8));
            bytes.push_back(static_cast<std::uint8_t>(value));
        };
        const auto four = [&](std::uint32_t value) {
            two(value >> 16);
            two(value & 0xffff);
        };
        const unsigned tcp = 20U + static_cast<unsigned>(sent.options) + sent.length;
        const bool ipv6 = from.family() == Endpoint::Family::ipv6;
        if (ipv6) {
            four(0x60000000);
            two(tcp);
            bytes.insert(bytes.end(), {IPPROTO_TCP, 64});
        } else {
            two(0x4500);
            two(20 + tcp);
            four(0);
            bytes.insert(bytes.end(), {64, IPPROTO_TCP, 0, 0});
        }
        for (const Endpoint* each : {&from, &to}) {
            bytes.insert(bytes.end(), each->address_bytes(), each->address_bytes() + (ipv6 ? 16 : 4));
        }
        two(from.port());
        two(to.port());
        four(sent.seq);
        four(sent.ack);
        bytes.push_back(static_cast<std::uint8_t>((20 + sent.options) / 4 << 4));
        bytes.push_back(sent.flags);
        two(sent.window);
        two(0xdead);
        two(~sent.seq & 0xffff);  // urgent pointer, which nobody reads: no number makes the checksum a right one
        bytes.resize(bytes.size() + static_cast<std::size_t>(sent.options), 1);
        bytes.resize(bytes.size() + sent.length, 'x');
        Endpoint without_port = to;
        without_port.set_port(0);
        sockaddr_storage storage{};
        const socklen_t length = without_port.to_sockaddr(storage);
        ASSERT_EQ(::sendto(raw.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&storage), length),
                  static_cast<ssize_t>(bytes.size()))
            << errno;
    }
    void from_client(const Sent& sent) const { send(client, server, sent); }
    void from_server(const Sent& sent) const { send(server, client, sent); }

    // Both ends have sent a byte, and counting has begun.
    FlowCounter::Slot begin() {
        const auto slot = counter->watch(place_of(client), place_of(server), {1000, 5000});
        EXPECT_TRUE(slot);
        from_client({.seq = 1000, .ack = 5000, .length = 1});
        from_server({.seq = 5000, .ack = 1001, .length = 1});
        counter->start(*slot);
        return *slot;
    }
    const std::vector<std::uint32_t>& all_seen() {
        bool done = false;
        capture->flush_all([&] { done = true; });
        EXPECT_TRUE(real.until([&] { return done; }));
        return seen;
    }

    RealLoop real;
    Endpoint server, client;
    std::unique_ptr<Capture> capture;
    FlowCounter* counter = nullptr;
    UniqueFd raw;
    std::vector<std::uint32_t> seen;  // the numbers of what was let through
};

TEST_P(FlowCounterOn, CountsWhatIsPlain) {
    const auto slot = begin();
    from_client({.seq = 1001, .ack = 5001, .length = 100, .flags = kAck | kPsh});
    from_client({.seq = 1101, .ack = 5001, .length = 1200});
    from_server({.seq = 5001, .ack = 2301, .window = 400});
    from_server({.seq = 5001, .ack = 2301, .window = 500});  // window update
    from_server({.seq = 5001, .ack = 2301, .length = 7, .options = 0});
    from_client({.seq = 2301, .ack = 5008, .window = 321});
    const auto tally = counter->read(slot);
    EXPECT_TRUE(tally.is_running);
    EXPECT_FALSE(tally.has_control);
    const auto& there = tally.counted.from(End::client);
    EXPECT_EQ(there.segments, 2U);
    EXPECT_EQ(there.bytes, 1300U);
    EXPECT_EQ(there.pure_acks, 1U);
    EXPECT_EQ(there.next, 2301U);
    EXPECT_EQ(there.ack, 5008U);
    EXPECT_EQ(there.window, 321U);
    EXPECT_EQ(there.last_length, 1200U);
    const auto& back = tally.counted.from(End::server);
    EXPECT_EQ(back.segments, 1U);
    EXPECT_EQ(back.bytes, 7U);
    EXPECT_EQ(back.pure_acks, 2U);
    EXPECT_EQ(back.next, 5008U);
    ASSERT_TRUE(back.last);
    EXPECT_LT(std::chrono::abs(real.clock.wall() - *back.last), std::chrono::seconds(1));
    EXPECT_EQ(all_seen(), (std::vector<std::uint32_t>{1000, 5000})) << "nothing of what was counted";
}

// Each ends the counting, is handed out, and so is all after it.
TEST_P(FlowCounterOn, LetsThroughWhatIsWorthARow) {
    const Sent unusual[] = {
        {.seq = 1001, .ack = 5001, .length = 100},                       // sent again
        {.seq = 1102, .ack = 5001, .length = 100},                       // a gap
        {.seq = 1101, .ack = 5001},                                      // a duplicate ACK
        {.seq = 1100, .ack = 5001},                                      // keepalive
        {.seq = 1101, .ack = 5001, .length = 10, .flags = kAck | kFin},  // the end
        {.seq = 1101, .ack = 5001, .flags = kRst},                       //
        {.seq = 1101, .ack = 5001, .flags = kSyn},                       //
        {.seq = 1101, .ack = 5001, .length = 10, .flags = kAck | kUrg},  //
        {.seq = 1101, .ack = 5001, .length = 10, .flags = 0},            //
        {.seq = 1101, .ack = 5001, .length = 10, .window = 0},           // zero window
        {.seq = 1101, .ack = 5001, .length = 10, .flags = kAck | kEce, .options = 0},
    };
    std::vector<std::uint32_t> expected;
    for (const Sent& sent : unusual) {
        const auto slot = begin();
        from_client({.seq = 1001, .ack = 5001, .length = 100});
        from_client(sent);
        const auto end = std::max(sent.seq + sent.length, 1101U);
        from_client({.seq = end, .ack = 5001, .length = 20});
        from_server({.seq = 5001, .ack = 1001, .length = 3});
        expected.insert(expected.end(), {1000, 5000, sent.seq, end, 5001});
        const auto tally = counter->read(slot);
        EXPECT_FALSE(tally.is_running);
        EXPECT_EQ(tally.has_control, (sent.flags & (kSyn | kFin | kRst)) != 0);
        EXPECT_EQ(tally.counted.from(End::client).segments, 1U);
        EXPECT_EQ(tally.counted.from(End::client).next, 1101U) << "of what was counted";
        EXPECT_EQ(tally.counted.from(End::client).window, 500U);
        EXPECT_TRUE(tally.counted.from(End::server).is_empty());
        counter->start(slot);  // and goes on behind what was handed out
        from_client({.seq = end + 20, .ack = 5001, .length = 9});
        EXPECT_EQ(counter->read(slot).counted.from(End::client).segments, tally.has_control ? 1U : 2U);
        if (tally.has_control) expected.push_back(end + 20);
        counter->release(slot);
    }
    EXPECT_EQ(all_seen(), expected);
}

TEST_P(FlowCounterOn, LeavesOutWhatTheFilterLeavesOut) {
    Endpoint other_port = server;
    other_port.set_port(48);
    send(client, other_port, {.seq = 1});
    send(server, other_port, {.seq = 2});
    send(other_port, client, {.seq = 3});
    from_client({.seq = 4, .options = 0});
    std::vector<std::uint32_t> expected{2, 4};
    if (server.family() == Endpoint::Family::ipv4) {
        const Endpoint other_host = *Endpoint::of_numeric("127.0.0.9", kServer);
        const Endpoint other_client = *Endpoint::of_numeric("127.0.0.9", kClient);
        send(other_client, other_host, {.seq = 5});
        send(other_client, server, {.seq = 6});
        expected.push_back(6);
    }
    EXPECT_EQ(all_seen(), expected);
}

TEST_P(FlowCounterOn, GivesAFlowAPlaceOfItsOwn) {
    const auto slot = begin();
    EXPECT_FALSE(counter->watch(place_of(client), place_of(server), {1, 1}));
    Endpoint neighbour = client;
    neighbour.set_port(kClient + FlowCounter::kSlots);  // would have the same
    send(neighbour, server, {.seq = 1001, .ack = 5001, .length = 10});
    EXPECT_TRUE(counter->read(slot).counted.from(End::client).is_empty());
    counter->release(slot);
    from_client({.seq = 1001, .ack = 5001, .length = 11});
    EXPECT_TRUE(counter->watch(place_of(client), place_of(server), {1, 1}));
    EXPECT_EQ(all_seen(), (std::vector<std::uint32_t>{1000, 5000, 1001, 1001}));
}

TEST_P(FlowCounterOn, HandsEverythingOutWhereNobodyReads) {
    const auto slot = begin();
    std::uint32_t next = 1001;
    for (std::uint64_t i = 0; i < FlowCounter::kUnread + 3; ++i) {
        from_client({.seq = next++, .ack = 5001, .length = 1});
        if (i % 256 != 255) continue;  // loopback's queue is short
        const auto counted = [&] { return counter->read(slot).counted.from(End::client).segments == i + 1; };
        ASSERT_TRUE(real.until(counted)) << i;
    }
    ASSERT_TRUE(real.until([&] { return !counter->read(slot).is_running; }));
    EXPECT_EQ(counter->read(slot).counted.from(End::client).segments, FlowCounter::kUnread);
    EXPECT_FALSE(counter->read(slot).is_running);
    EXPECT_EQ(all_seen().size(), 5U);
}

INSTANTIATE_TEST_SUITE_P(Loopback, FlowCounterOn,
                         testing::Values(Shape{"ipv4", "127.0.0.1", false}, Shape{"ipv6", "::1", false},
                                         Shape{"ipv4_everywhere", "127.0.0.1", true},
                                         Shape{"ipv6_everywhere", "::1", true}),
                         [](const testing::TestParamInfo<Shape>& each) { return each.param.name; });

}  // namespace
}  // namespace earshot::net
