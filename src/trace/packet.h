// Takes a captured frame apart down to its TCP segment: link layer, IPv4 or IPv6, TCP. Whatever a frame holds, nothing
// is read beyond it and nothing is believed that contradicts its own lengths. Checksums are not looked at: with offload
// the sender's are not there yet when a capture sees the frame.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "trace/place.h"
#include "trace/segment.h"

namespace earshot::trace {

// Which way the frame passed the interface that it was captured at.
enum class Passage : std::uint8_t { unknown, incoming, outgoing };

// A frame as a capture gives it.
struct Frame {
    WallTime time;
    int link_type = 0;                  // DLT_ or LINKTYPE_ value (pcap-linktype(7))
    std::uint32_t original_length = 0;  // bytes on the wire; the capture may hold fewer
    ByteView bytes;
    std::uint64_t number = 0;            // in its file, from 1; 0: live
    Passage passage = Passage::unknown;  // where whoever captured knows; else what the frame itself says is taken
};

struct Packet {
    Place from, to;
    Segment segment;  // `from` is not known yet: see Streams
    Passage passage = Passage::unknown;
    std::uint32_t interface = 0;         // index, where the link layer names it (SLL2); 0: not known
    std::optional<std::uint16_t> ip_id;  // IPv4's identification; none with IPv6
    std::uint8_t hops = 0;               // TTL or hop limit
    bool is_first_fragment = false;      // the segment goes on in fragments that are not put together here
};

// Beginnings of payloads are kept up to this many bytes: more than any row shows.
inline constexpr std::size_t kPayloadKept = 512;

// Whether frames of this link type can be taken apart: Ethernet (with VLAN tags), Linux cooked 1 and 2, null and loop,
// raw IP.
bool knows_link_type(int link_type);

// None: no TCP over IP, a fragment beyond the first, a header that contradicts itself, or one that was not captured
// whole. Of the passage: outgoing sets sent_at, incoming arrived_at, unknown sent_at.
std::optional<Packet> parse_packet(const Frame& frame);
// The same into a packet that is used again and again: bulk data come a hundred thousand frames a second, and its
// buffers stay. False: none, and what `packet` holds means nothing.
bool parse_packet_into(const Frame& frame, Packet& packet);

// For a live packet whose link layer does not say which way it passed: whoever knows the end that is this machine's
// says it. Moves the segment's time to where it belongs.
void set_passage(Packet& packet, Passage passage);

}  // namespace earshot::trace
