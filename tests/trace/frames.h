// Words of the trace layer's tests: frames built byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/packet.h"

namespace earshot::trace::test {

using Bytes = std::vector<std::uint8_t>;

inline void put16(Bytes& out, unsigned value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}
inline void put32(Bytes& out, std::uint32_t value) {
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}
inline void put(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }
inline Bytes operator+(Bytes first, const Bytes& second) {
    put(first, second);
    return first;
}

struct TcpWords {
    std::uint16_t from = 40000, to = 9000;
    std::uint32_t seq = 1000, ack = 2000;
    std::uint8_t flags = kAck;
    std::uint16_t window = 512;
    Bytes options;  // padded to whole words here
    std::string_view payload;
};

inline Bytes tcp(const TcpWords& words = {}) {
    Bytes options = words.options;
    while (options.size() % 4 != 0) options.push_back(0);
    Bytes out;
    put16(out, words.from);
    put16(out, words.to);
    put32(out, words.seq);
    put32(out, words.ack);
    out.push_back(static_cast<std::uint8_t>((20 + options.size()) / 4 << 4));
    out.push_back(words.flags);
    put16(out, words.window);
    put32(out, 0);  // checksum, urgent
    put(out, options);
    out.insert(out.end(), words.payload.begin(), words.payload.end());
    return out;
}

struct Ipv4Words {
    std::uint16_t id = 7, fragment = 0x4000;
    int total = -1;  // -1: as it is
    Bytes options;
    std::uint8_t protocol = 6;
};

inline Bytes ipv4(const Bytes& inside, const Ipv4Words& words = {}) {
    Bytes out;
    out.push_back(static_cast<std::uint8_t>(0x40 | (20 + words.options.size()) / 4));
    out.push_back(0);
    put16(out, words.total >= 0 ? static_cast<unsigned>(words.total)
                                : static_cast<unsigned>(20 + words.options.size() + inside.size()));
    put16(out, words.id);
    put16(out, words.fragment);
    out.push_back(64);
    out.push_back(words.protocol);
    put16(out, 0);
    put(out, {192, 168, 1, 20, 10, 0, 0, 7});
    put(out, words.options);
    put(out, inside);
    return out;
}

inline Bytes ipv6(const Bytes& inside, std::uint8_t next = 6, int payload_length = -1) {
    Bytes out;
    put32(out, 0x60000000);
    put16(out, payload_length >= 0 ? static_cast<unsigned>(payload_length) : static_cast<unsigned>(inside.size()));
    out.push_back(next);
    out.push_back(64);
    put(out, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    put(out, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
    put(out, inside);
    return out;
}

inline Bytes ethernet(const Bytes& inside, unsigned type = 0x0800) {
    Bytes out(12, 0xee);
    put16(out, type);
    put(out, inside);
    return out;
}

inline Bytes cooked2(const Bytes& inside, std::uint8_t packet_type, std::uint8_t interface = 3) {
    Bytes out{8, 0, 0, 0, 0, 0, 0, interface, 0, 1, packet_type, 6, 1, 2, 3, 4, 5, 6, 0, 0};
    put(out, inside);
    return out;
}

constexpr int kEthernet = 1, kRaw = 101, kCooked = 113, kCooked2 = 276;

inline WallTime at_us(std::int64_t microseconds) {
    return WallTime(std::chrono::seconds(1'700'000'000)) + std::chrono::microseconds(microseconds);
}

inline Frame frame_of(const Bytes& bytes, int link_type = kRaw, WallTime time = at_us(0)) {
    return {.time = time,
            .link_type = link_type,
            .original_length = static_cast<std::uint32_t>(bytes.size()),
            .bytes = bytes};
}

}  // namespace earshot::trace::test
