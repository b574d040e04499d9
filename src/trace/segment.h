// One TCP segment as it stood on the wire (RFC 9293, section 3.1), with the time and the place it was seen at.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace earshot::trace {

// The two ends of a connection. The client is the end that called: the sender of the first SYN; where nothing of the
// opening was seen, the end that this program knows to have called, or else the first sender.
enum class End : std::uint8_t { client, server };
constexpr End other(End end) { return end == End::client ? End::server : End::client; }

// The bits of the header's byte 13.
enum Flag : std::uint8_t { kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32, kEce = 64, kCwr = 128 };

struct Timestamps {  // RFC 7323
    std::uint32_t value = 0, echo = 0;
    friend bool operator==(const Timestamps&, const Timestamps&) = default;
};
struct SackBlock {  // RFC 2018; absolute, right is one past the end
    std::uint32_t left = 0, right = 0;
    friend bool operator==(const SackBlock&, const SackBlock&) = default;
};
struct TcpOptions {
    std::optional<std::uint16_t> mss;          // bytes
    std::optional<std::uint8_t> window_scale;  // shift
    bool sack_permitted = false;
    std::vector<SackBlock> sack;
    std::optional<Timestamps> timestamps;
    friend bool operator==(const TcpOptions&, const TcpOptions&) = default;
};

struct Segment {
    std::optional<WallTime> sent_at;     // when it passed the sender's interface; none: not seen there
    std::optional<WallTime> arrived_at;  // when it passed the receiver's interface; none: not seen there
    End from = End::client;
    std::uint32_t seq = 0, ack = 0;  // absolute
    std::uint8_t flags = 0;          // Flag bits
    std::uint16_t window = 0;        // as in the header, not scaled
    std::uint32_t length = 0;        // bytes of payload on the wire
    std::string payload;             // its beginning, as much as was captured: at most `length` bytes
    TcpOptions options;
    std::uint64_t number = 0;  // of the packet in its file, from 1 (pcap order); 0: live

    bool has(Flag flag) const { return (flags & flag) != 0; }
    // Sequence numbers it takes up: payload, SYN and FIN count (SEG.LEN).
    std::uint32_t extent() const { return length + (has(kSyn) ? 1U : 0U) + (has(kFin) ? 1U : 0U); }
    // When it was seen first; sent_at or arrived_at is always there in what a capture gives.
    std::optional<WallTime> seen_at() const { return sent_at ? sent_at : arrived_at; }
};

// Sequence numbers are compared modulo 2^32 (RFC 9293, section 3.4).
constexpr bool seq_before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }
constexpr bool seq_not_after(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) <= 0; }

}  // namespace earshot::trace
