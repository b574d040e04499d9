#include "trace/pcapng.h"

#include <gtest/gtest.h>

#include "tests/trace/frames.h"

namespace earshot::trace {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

std::uint32_t u32_at(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return value;
}

// The types of the blocks one after the other; every length stands at both ends and is a multiple of four.
std::vector<std::uint32_t> block_types(const std::string& file) {
    std::vector<std::uint32_t> types;
    for (std::size_t at = 0; at < file.size();) {
        const std::uint32_t size = u32_at(file, at + 4);
        EXPECT_EQ(size % 4, 0U);
        EXPECT_GE(size, 12U);
        EXPECT_EQ(u32_at(file, at + size - 4), size);
        types.push_back(u32_at(file, at));
        at += size;
    }
    return types;
}

TEST(Pcapng, IsASectionAnInterfaceAndPackets) {
    const Bytes bytes = ipv4(tcp({.payload = "abc"}));
    std::string file = pcapng_head({.link_type = 12, .snaplen = 160, .name = "eth0"}, "earshot");
    file += pcapng_packet(frame_of(bytes), "你好");
    file += pcapng_packet(frame_of(bytes), "");
    EXPECT_EQ(block_types(file), (std::vector<std::uint32_t>{0x0a0d0d0a, 1, 6, 6}));
    const std::size_t interface = u32_at(file, 4);
    EXPECT_EQ(u32_at(file, interface + 8), 101U);  // raw IP as files number it
    EXPECT_EQ(u32_at(file, interface + 12), 160U);
}

TEST(Pcapng, KeepsFrameAndTimeAsTheyWere) {
    const Bytes bytes = ipv4(tcp({.payload = "abcde"}));
    Frame frame = frame_of(bytes, kRaw, at_us(1));
    frame.original_length = 2000;
    const std::string packet = pcapng_packet(frame, "");
    const auto nanoseconds = static_cast<std::uint64_t>(frame.time.time_since_epoch().count());
    EXPECT_EQ(u32_at(packet, 12), nanoseconds >> 32);
    EXPECT_EQ(u32_at(packet, 16), nanoseconds & 0xffffffff);
    EXPECT_EQ(u32_at(packet, 20), bytes.size());
    EXPECT_EQ(u32_at(packet, 24), 2000U);
    EXPECT_EQ(packet.substr(28, bytes.size()), as_chars(bytes));
}

TEST(Pcapng, CutsALongCommentBetweenCharacters) {
    std::string comment;
    for (int i = 0; i < 30'000; ++i) comment += "好";
    const Bytes bytes = ipv4(tcp());
    const std::string packet = pcapng_packet(frame_of(bytes), comment);
    EXPECT_EQ(block_types(packet).size(), 1U);
    const std::size_t option = 28 + (bytes.size() + 3) / 4 * 4;
    EXPECT_EQ(u32_at(packet, option), 1U | 65'535U / 3 * 3 << 16);
}

TEST(Pcapng, SaysWhichWayAPacketPassed) {
    const Bytes bytes = ipv4(tcp());
    Frame frame = frame_of(bytes);
    const std::size_t plain = pcapng_packet(frame, "").size();
    frame.passage = Passage::outgoing;
    const std::string packet = pcapng_packet(frame, "");
    EXPECT_EQ(packet.size(), plain + 8);
    EXPECT_EQ(u32_at(packet, 28 + bytes.size()), 2U | 4U << 16);
    EXPECT_EQ(u32_at(packet, 32 + bytes.size()), 2U);
}

}  // namespace
}  // namespace earshot::trace
