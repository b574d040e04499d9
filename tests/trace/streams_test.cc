#include "trace/streams.h"

#include <gtest/gtest.h>

#include "tests/trace/frames.h"

namespace earshot::trace {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

// Packets between ports of two hosts: `there` turns the addresses round.
struct Sorting {
    Streams streams;

    const Stream& add(const TcpWords& words, bool back = false) {
        const Bytes bytes = ipv4(tcp(words));
        Packet packet = *parse_packet(frame_of(bytes));
        if (back) std::swap(packet.from, packet.to);
        const Stream& stream = streams.add(packet);
        last_from = packet.segment.from;
        return stream;
    }
    End last_from = End::client;
};

TEST(Streams, TakesBothDirectionsForOne) {
    Sorting sorting;
    EXPECT_EQ(sorting.add({.flags = kSyn}).number, 0U);
    const Stream& stream = sorting.add({.ack = 1001, .flags = kSyn | kAck, .payload = ""}, true);
    EXPECT_EQ(stream.number, 0U);
    EXPECT_EQ(stream.packets, 2U);
    EXPECT_EQ(sorting.last_from, End::server);
    EXPECT_EQ(stream.client.text(), "192.168.1.20:40000");
    EXPECT_EQ(stream.server.text(), "10.0.0.7:9000");
}

TEST(Streams, NumbersConversationsInTheOrderOfTheirFirstPackets) {
    Sorting sorting;
    EXPECT_EQ(sorting.add({.from = 2}).number, 0U);
    EXPECT_EQ(sorting.add({.from = 1}).number, 1U);
    EXPECT_EQ(sorting.add({.from = 2}, true).number, 0U);
}

TEST(Streams, OpensANewOneForASynWithAnotherNumber) {
    Sorting sorting;
    sorting.add({.seq = 1000, .flags = kSyn});
    EXPECT_EQ(sorting.add({.seq = 1000, .flags = kSyn}).number, 0U);  // said again
    EXPECT_EQ(sorting.add({.seq = 5000, .flags = kSyn}).number, 1U);
    EXPECT_EQ(sorting.add({.flags = kAck}).number, 1U);
}

TEST(Streams, KeepsASimultaneousOpeningInOne) {
    Sorting sorting;
    sorting.add({.seq = 1000, .flags = kSyn});
    EXPECT_EQ(sorting.add({.seq = 7000, .flags = kSyn}, true).number, 0U);
    EXPECT_EQ(sorting.last_from, End::server);
}

TEST(Streams, KnowsTheServerByItsAnswer) {
    Sorting sorting;
    const Stream& stream = sorting.add({.flags = kSyn | kAck});
    EXPECT_EQ(stream.server.text(), "192.168.1.20:40000");
    EXPECT_TRUE(stream.ends_known);
    EXPECT_EQ(sorting.last_from, End::server);
}

TEST(Streams, TakesTheFirstSenderForTheClientWhereNoOpeningWasSeen) {
    Sorting sorting;
    EXPECT_FALSE(sorting.add({}).ends_known);
    EXPECT_EQ(sorting.last_from, End::client);
    for (std::uint64_t i = 0; i < Streams::kUndecided; ++i) sorting.add({}, true);
    EXPECT_TRUE(sorting.streams.all()[0].ends_known);
    EXPECT_FALSE(sorting.streams.all()[0].opening_seen);
    EXPECT_EQ(sorting.last_from, End::server);
}

TEST(Streams, CountsPayload) {
    Sorting sorting;
    sorting.add({.payload = "four"});
    EXPECT_EQ(sorting.add({.payload = "sixsix"}, true).bytes, 10U);
}

TEST(Streams, TakesWhoCallsHimselfForTheClient) {
    Sorting sorting;
    const Bytes bytes = ipv4(tcp({.flags = kSyn}));
    Packet packet = *parse_packet(frame_of(bytes));
    packet.to = packet.from;
    EXPECT_EQ(sorting.streams.add(packet).number, 0U);
    EXPECT_EQ(packet.segment.from, End::client);
}

}  // namespace
}  // namespace earshot::trace
