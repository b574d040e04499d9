#include "trace/packet.h"

#include <gtest/gtest.h>

#include "tests/trace/frames.h"

namespace earshot::trace {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

std::optional<Packet> parse(const Bytes& bytes, int link_type = kRaw) {
    return parse_packet(frame_of(bytes, link_type));
}

TEST(Packet, TakesAnEthernetFrameApart) {
    const auto packet = parse(ethernet(ipv4(tcp({.flags = kPsh | kAck, .payload = "hello\n"}))), kEthernet);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->from.text(), "192.168.1.20:40000");
    EXPECT_EQ(packet->to.text(), "10.0.0.7:9000");
    EXPECT_EQ(packet->segment.seq, 1000U);
    EXPECT_EQ(packet->segment.ack, 2000U);
    EXPECT_EQ(packet->segment.flags, kPsh | kAck);
    EXPECT_EQ(packet->segment.window, 512);
    EXPECT_EQ(packet->segment.length, 6U);
    EXPECT_EQ(packet->segment.payload, "hello\n");
    EXPECT_EQ(packet->ip_id, 7);
    EXPECT_EQ(packet->hops, 64);
    EXPECT_EQ(packet->segment.sent_at, at_us(0));
    EXPECT_FALSE(packet->segment.arrived_at);
}

TEST(Packet, DoesNotTakeEthernetsPaddingForPayload) {
    Bytes frame = ethernet(ipv4(tcp()));
    frame.resize(60);
    ASSERT_TRUE(parse(frame, kEthernet));
    EXPECT_EQ(parse(frame, kEthernet)->segment.length, 0U);
}

TEST(Packet, SkipsVlanTags) {
    const Bytes tagged = Bytes{0, 5, 0x81, 0, 0, 9, 8, 0} + ipv4(tcp());
    EXPECT_TRUE(parse(ethernet(tagged, 0x88a8), kEthernet));
    EXPECT_FALSE(parse(ethernet({0, 5}, 0x8100), kEthernet));
}

TEST(Packet, KnowsWhichWayACookedFramePassed) {
    Bytes sll{0, 4, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0};
    const auto sent = parse(sll + ipv4(tcp()), kCooked);
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->passage, Passage::outgoing);
    sll[1] = 0;
    const auto got = parse(sll + ipv4(tcp()), kCooked);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->passage, Passage::incoming);
    EXPECT_EQ(got->segment.arrived_at, at_us(0));
    EXPECT_FALSE(got->segment.sent_at);
}

TEST(Packet, CanBeToldWhichWayItPassed) {
    auto packet = parse(ipv4(tcp()));
    ASSERT_TRUE(packet);
    set_passage(*packet, Passage::incoming);
    EXPECT_EQ(packet->segment.arrived_at, at_us(0));
    EXPECT_FALSE(packet->segment.sent_at);
    set_passage(*packet, Passage::outgoing);
    EXPECT_EQ(packet->segment.sent_at, at_us(0));
    EXPECT_FALSE(packet->segment.arrived_at);
}

TEST(Packet, KnowsTheInterfaceOfACooked2Frame) {
    const auto packet = parse(cooked2(ipv4(tcp()), 4), kCooked2);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->passage, Passage::outgoing);
    EXPECT_EQ(packet->interface, 3U);
}

TEST(Packet, TakesNullLoopAndRawFrames) {
    for (const int type : {0, 108}) EXPECT_TRUE(parse(Bytes{2, 0, 0, 0} + ipv4(tcp()), type)) << type;
    for (const int type : {12, 14, 101, 228}) EXPECT_TRUE(parse(ipv4(tcp()), type)) << type;
    for (const int type : {12, 101, 229}) EXPECT_TRUE(parse(ipv6(tcp()), type)) << type;
    EXPECT_FALSE(parse(ipv4(tcp()), 147));
    EXPECT_FALSE(knows_link_type(147));
}

TEST(Packet, SkipsIpOptions) {
    const auto packet = parse(ipv4(tcp({.payload = "x"}), {.options = {7, 3, 4, 0}}));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->segment.payload, "x");
}

TEST(Packet, SkipsIpv6ExtensionHeaders) {
    const Bytes extensions{60, 0, 1, 4, 0, 0, 0, 0,               // hop by hop, then destination
                           51, 0, 1, 4, 0, 0, 0, 0,               // destination, then authentication
                           6,  1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1};  // authentication: 12 bytes
    const auto packet = parse(ipv6(extensions + tcp({.payload = "abc"}), 0));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->from.text(), "[2001:db8::1]:40000");
    EXPECT_EQ(packet->segment.length, 3U);
    EXPECT_FALSE(packet->ip_id);
}

TEST(Packet, RefusesWhatIsNoTcp) {
    EXPECT_FALSE(parse(ipv4(tcp(), {.protocol = 17})));
    EXPECT_FALSE(parse(ipv6(tcp(), 17)));
    EXPECT_FALSE(parse(ethernet(ipv4(tcp()), 0x0806), kEthernet));
    EXPECT_FALSE(parse({}));
}

TEST(Packet, RefusesFragmentsBeyondTheFirst) {
    EXPECT_FALSE(parse(ipv4(tcp(), {.fragment = 1})));
    const auto first = parse(ipv4(tcp(), {.fragment = 0x2000}));
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->is_first_fragment);
    EXPECT_FALSE(parse(ipv6(Bytes{6, 0, 0, 8, 0, 0, 0, 1} + tcp(), 44)));
    EXPECT_TRUE(parse(ipv6(Bytes{6, 0, 0, 1, 0, 0, 0, 1} + tcp(), 44))->is_first_fragment);
}

TEST(Packet, CountsWhatASnaplenCutAway) {
    const std::string long_payload(1000, 'a');
    Bytes bytes = ipv4(tcp({.payload = long_payload}));
    Frame frame = frame_of(bytes);
    frame.bytes = frame.bytes.first(50);
    const auto packet = parse_packet(frame);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->segment.length, 1000U);
    EXPECT_EQ(packet->segment.payload, "aaaaaaaaaa");
}

TEST(Packet, RefusesAHeaderThatWasNotCapturedWhole) {
    const Bytes bytes = ipv4(tcp());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Frame frame = frame_of(bytes);
        frame.bytes = frame.bytes.first(size);
        EXPECT_FALSE(parse_packet(frame)) << size;
    }
}

TEST(Packet, TakesTheCapturesLengthWhereOffloadLeftIpWithoutOne) {
    const std::string payload(300, 'b');
    EXPECT_EQ(parse(ipv4(tcp({.payload = payload}), {.total = 0}))->segment.length, 300U);
    EXPECT_EQ(parse(ipv6(tcp({.payload = payload}), 6, 0))->segment.length, 300U);
}

TEST(Packet, BelievesAJumbogramsOwnLength) {
    Bytes bytes = ipv6(Bytes{6, 0, 0xc2, 4, 0, 1, 0x11, 0x70} + tcp(), 0, 0);  // 70,000 bytes after the IPv6 header
    EXPECT_EQ(parse(bytes)->segment.length, 70'000U - 8 - 20);
}

TEST(Packet, ReadsTheOptionsOfASyn) {
    const Bytes options{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0, 1, 3, 3, 7};
    const auto packet = parse(ipv4(tcp({.flags = kSyn, .options = options})));
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->segment.options.mss, 1460);
    EXPECT_EQ(packet->segment.options.window_scale, 7);
    EXPECT_TRUE(packet->segment.options.sack_permitted);
    EXPECT_EQ(packet->segment.options.timestamps, (Timestamps{256, 512}));
}

TEST(Packet, ReadsSackBlocks) {
    const auto packet = parse(ipv4(tcp({.options = {1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2}})));
    EXPECT_EQ(packet->segment.options.sack, (std::vector<SackBlock>{{1, 2}}));
}

TEST(Packet, KeepsASegmentWhoseOptionsMakeNoSense) {
    for (const Bytes& options : {Bytes{2, 0, 5, 0xb4}, Bytes{2, 40, 0, 0}, Bytes{1, 1, 1, 5}, Bytes{5, 5, 0, 0}}) {
        const auto packet = parse(ipv4(tcp({.options = options, .payload = "x"})));
        ASSERT_TRUE(packet);
        EXPECT_EQ(packet->segment.options, TcpOptions());
        EXPECT_EQ(packet->segment.payload, "x");
    }
}

TEST(Packet, RefusesHeaderLengthsThatCannotBe) {
    Bytes short_ip = ipv4(tcp());
    short_ip[0] = 0x44;
    EXPECT_FALSE(parse(short_ip));
    Bytes short_tcp = ipv4(tcp());
    short_tcp[20 + 12] = 4 << 4;
    EXPECT_FALSE(parse(short_tcp));
    Bytes long_tcp = ipv4(tcp());
    long_tcp[20 + 12] = 15 << 4;
    EXPECT_FALSE(parse(long_tcp));
    EXPECT_FALSE(parse(ipv4(tcp(), {.total = 19})));
    EXPECT_FALSE(parse(ipv4(tcp(), {.total = 39})));
}

TEST(Place, ShowsMappedAddressesAsIpv4) {
    Place place;
    place.address[10] = place.address[11] = 0xff;
    place.address[15] = 1;
    place.port = 80;
    EXPECT_TRUE(place.is_ipv4());
    EXPECT_EQ(place.text(), "0.0.0.1:80");
    place.address[0] = 0xfe;
    EXPECT_FALSE(place.is_ipv4());
}

}  // namespace
}  // namespace earshot::trace
