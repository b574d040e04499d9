#include "trace/packet.h"

#include <algorithm>
#include <utility>

namespace earshot::trace {

namespace {

constexpr std::uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd;  // EtherTypes
constexpr std::uint16_t kVlan = 0x8100, kServiceVlan = 0x88a8, kOldVlan = 0x9100;
constexpr std::uint8_t kTcp = 6;  // IP protocol numbers
constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51, kDestination = 60;

// DLT_ values of Linux beside LINKTYPE_ ones: they differ for raw IP only.
constexpr int kLinkNull = 0, kLinkEthernet = 1, kLinkRaw = 12, kLinkRawBsd = 14, kLinkRawFile = 101, kLinkLoop = 108;
constexpr int kLinkCooked = 113, kLinkIpv4 = 228, kLinkIpv6 = 229, kLinkCooked2 = 276;

// What is left of a frame. Reading beyond what was captured is the caller's mistake: he asks has() first.
struct Rest {
    ByteView bytes;        // captured
    std::uint64_t length;  // on the wire; at least what was captured, but for what IP itself says

    bool has(std::size_t size) const { return bytes.size() >= size; }
    std::uint8_t u8(std::size_t at) const { return bytes[at]; }
    std::uint16_t u16(std::size_t at) const { return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]); }
    std::uint32_t u32(std::size_t at) const { return std::uint32_t(u16(at)) << 16 | u16(at + 2); }
    void skip(std::size_t size) {
        bytes = bytes.subspan(std::min(size, bytes.size()));
        length -= std::min<std::uint64_t>(size, length);
    }
    // What follows does not belong to it: Ethernet's padding, for one.
    void cut(std::uint64_t size) {
        bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes.size())));
        length = size;
    }
};

// ---- link layer: leaves the IP packet, gives its EtherType

std::optional<std::uint16_t> version_of(const Rest& rest) {
    if (!rest.has(1)) return std::nullopt;
    const int version = rest.u8(0) >> 4;
    if (version == 4) return kIpv4;
    return version == 6 ? std::optional(kIpv6) : std::nullopt;
}

std::optional<std::uint16_t> skip_vlans(Rest& rest, std::uint16_t type) {
    while (type == kVlan || type == kServiceVlan || type == kOldVlan) {
        if (!rest.has(4)) return std::nullopt;
        type = rest.u16(2);
        rest.skip(4);
    }
    return type;
}

// Packet types of packet(7): 4 is one that this machine sends, the others reached it.
Passage cooked_passage(std::uint16_t packet_type) { return packet_type == 4 ? Passage::outgoing : Passage::incoming; }

std::optional<std::uint16_t> skip_link_layer(int link_type, Rest& rest, Packet& packet) {
    switch (link_type) {
        case kLinkNull:
        case kLinkLoop:
            // Four bytes of address family, in either byte order and differing between systems: IP says itself what it
            // is.
            if (!rest.has(4)) return std::nullopt;
            rest.skip(4);
            return version_of(rest);
        case kLinkEthernet: {
            if (!rest.has(14)) return std::nullopt;
            const std::uint16_t type = rest.u16(12);
            rest.skip(14);
            return skip_vlans(rest, type);
        }
        case kLinkCooked: {
            if (!rest.has(16)) return std::nullopt;
            packet.passage = cooked_passage(rest.u16(0));
            const std::uint16_t type = rest.u16(14);
            rest.skip(16);
            return skip_vlans(rest, type);
        }
        case kLinkCooked2: {
            if (!rest.has(20)) return std::nullopt;
            const std::uint16_t type = rest.u16(0);
            packet.interface = rest.u32(4);
            packet.passage = cooked_passage(rest.u8(10));
            rest.skip(20);
            return skip_vlans(rest, type);
        }
        case kLinkRaw:
        case kLinkRawBsd:
        case kLinkRawFile:
        case kLinkIpv4:
        case kLinkIpv6:
            return version_of(rest);
        default:
            return std::nullopt;
    }
}

// ---- IP: leaves the TCP segment

// With segmentation offload the sender's system shows packets longer than the field can say as 0 bytes long; the
// capture's own length holds then.
bool cut_to(Rest& rest, std::uint64_t total, std::size_t header) {
    if (total == 0) total = rest.length;
    if (total < header) return false;
    rest.cut(total);
    return true;
}

bool skip_ipv4(Rest& rest, Packet& packet) {
    if (!rest.has(20) || rest.u8(0) >> 4 != 4) return false;
    const auto header = static_cast<std::size_t>((rest.u8(0) & 0x0f) * 4);
    const std::uint16_t fragment = rest.u16(6);
    if (header < 20 || rest.u8(9) != kTcp || (fragment & 0x1fff) != 0) return false;
    packet.is_first_fragment = (fragment & 0x2000) != 0;
    packet.ip_id = rest.u16(4);
    packet.hops = rest.u8(8);
    packet.from = Place::of_ipv4(rest.bytes.subspan(12, 4), 0);
    packet.to = Place::of_ipv4(rest.bytes.subspan(16, 4), 0);
    if (!rest.has(header) || !cut_to(rest, rest.u16(2), header)) return false;
    rest.skip(header);
    return true;
}

// The jumbo payload option (RFC 2675) of a hop-by-hop header whose bytes these are.
std::optional<std::uint32_t> jumbo_length(const Rest& rest, std::size_t size) {
    for (std::size_t at = 2; at + 2 <= size;) {
        const std::uint8_t kind = rest.u8(at);
        if (kind == 0) {
            ++at;
            continue;
        }
        const std::size_t length = rest.u8(at + 1);
        if (kind == 0xc2 && length == 4 && at + 6 <= size) return rest.u32(at + 2);
        at += 2 + length;
    }
    return std::nullopt;
}

// Extension headers (RFC 8200, section 4) up to TCP.
bool skip_ipv6_extensions(Rest& rest, Packet& packet, std::uint8_t next, bool is_jumbo) {
    while (next != kTcp) {
        if (!rest.has(8)) return false;
        std::size_t size = (std::size_t(rest.u8(1)) + 1) * 8;
        if (next == kFragment) {
            size = 8;
            if (rest.u16(2) >> 3 != 0) return false;
            packet.is_first_fragment = (rest.u16(2) & 1) != 0;
        } else if (next == kAuthentication) {
            size = (std::size_t(rest.u8(1)) + 2) * 4;  // RFC 4302 counts in words, less two
        } else if (next != kHopByHop && next != kRouting && next != kDestination) {
            return false;
        }
        if (!rest.has(size) || rest.length < size) return false;
        if (next == kHopByHop && is_jumbo) {
            if (const auto jumbo = jumbo_length(rest, size)) {
                if (*jumbo < size) return false;
                rest.cut(*jumbo);
            }
        }
        next = rest.u8(0);
        rest.skip(size);
    }
    return true;
}

bool skip_ipv6(Rest& rest, Packet& packet) {
    constexpr std::size_t kHeader = 40;
    if (!rest.has(kHeader) || rest.u8(0) >> 4 != 6) return false;
    const std::uint16_t length = rest.u16(4);
    const std::uint8_t next = rest.u8(6);
    packet.hops = rest.u8(7);
    packet.from = Place::of_ipv6(rest.bytes.subspan(8, 16), 0);
    packet.to = Place::of_ipv6(rest.bytes.subspan(24, 16), 0);
    if (!cut_to(rest, length == 0 ? 0 : length + kHeader, kHeader)) return false;
    rest.skip(kHeader);
    return skip_ipv6_extensions(rest, packet, next, length == 0);
}

// ---- TCP

void read_option(std::uint8_t kind, const Rest& value, TcpOptions& options) {
    const std::size_t size = value.bytes.size();
    switch (kind) {
        case 2:
            if (size == 2) options.mss = value.u16(0);
            break;
        case 3:
            // A shift above 14 counts as 14 (RFC 7323, section 2.3).
            if (size == 1) options.window_scale = std::min<std::uint8_t>(value.u8(0), 14);
            break;
        case 4:
            if (size == 0) options.sack_permitted = true;
            break;
        case 5:
            if (size % 8 != 0) break;
            for (std::size_t at = 0; at < size; at += 8) options.sack.push_back({value.u32(at), value.u32(at + 4)});
            break;
        case 8:
            if (size == 8) options.timestamps = Timestamps{value.u32(0), value.u32(4)};
            break;
        default:
            break;
    }
}

// As far as they were captured and make sense: a length that cannot be ends them, the segment stands all the same.
void read_options(const Rest& rest, TcpOptions& options) {
    for (std::size_t at = 0; at < rest.bytes.size();) {
        const std::uint8_t kind = rest.u8(at);
        if (kind == 0) break;
        if (kind == 1) {
            ++at;
            continue;
        }
        if (at + 2 > rest.bytes.size()) break;
        const std::size_t size = rest.u8(at + 1);
        if (size < 2 || at + size > rest.bytes.size()) break;
        read_option(kind, {rest.bytes.subspan(at + 2, size - 2), size - 2}, options);
        at += size;
    }
}

bool read_tcp(Rest& rest, Packet& packet) {
    constexpr std::size_t kFixed = 20;
    if (!rest.has(kFixed)) return false;
    const auto header = static_cast<std::size_t>((rest.u8(12) >> 4) * 4);
    if (header < kFixed || header > rest.length) return false;
    Segment& segment = packet.segment;
    packet.from.port = rest.u16(0);
    packet.to.port = rest.u16(2);
    segment.seq = rest.u32(4);
    segment.ack = rest.u32(8);
    segment.flags = rest.u8(13);
    segment.window = rest.u16(14);
    const std::size_t captured = std::min(header, rest.bytes.size());
    read_options({rest.bytes.subspan(kFixed, captured - kFixed), captured - kFixed}, segment.options);
    rest.skip(header);
    if (rest.length > UINT32_MAX) return false;
    segment.length = static_cast<std::uint32_t>(rest.length);
    segment.payload.assign(as_chars(rest.bytes.first(std::min(rest.bytes.size(), kPayloadKept))));
    return true;
}

// As new, but for the room that its buffers have taken.
void clear(Packet& packet) {
    std::string payload = std::move(packet.segment.payload);
    std::vector<SackBlock> sack = std::move(packet.segment.options.sack);
    payload.clear();
    sack.clear();
    packet = Packet{};
    packet.segment.payload = std::move(payload);
    packet.segment.options.sack = std::move(sack);
}

}  // namespace

bool knows_link_type(int link_type) {
    constexpr int kKnown[] = {kLinkNull, kLinkEthernet, kLinkRaw,  kLinkRawBsd, kLinkRawFile,
                              kLinkLoop, kLinkCooked,   kLinkIpv4, kLinkIpv6,   kLinkCooked2};
    return std::find(std::begin(kKnown), std::end(kKnown), link_type) != std::end(kKnown);
}

std::optional<Packet> parse_packet(const Frame& frame) {
    std::optional<Packet> packet(std::in_place);
    if (!parse_packet_into(frame, *packet)) packet.reset();
    return packet;
}

bool parse_packet_into(const Frame& frame, Packet& packet) {
    clear(packet);
    Rest rest{frame.bytes, std::max<std::uint64_t>(frame.original_length, frame.bytes.size())};
    const auto type = skip_link_layer(frame.link_type, rest, packet);
    if (type != kIpv4 && type != kIpv6) return false;
    if (type == kIpv4 ? !skip_ipv4(rest, packet) : !skip_ipv6(rest, packet)) return false;
    if (!read_tcp(rest, packet)) return false;
    packet.segment.number = frame.number;
    packet.segment.sent_at = frame.time;
    set_passage(packet, frame.passage != Passage::unknown ? frame.passage : packet.passage);
    return true;
}

void set_passage(Packet& packet, Passage passage) {
    const auto time = packet.segment.seen_at();
    const bool arrives = passage == Passage::incoming;
    packet.passage = passage;
    packet.segment.sent_at = arrives ? std::nullopt : time;
    packet.segment.arrived_at = arrives ? time : std::nullopt;
}

}  // namespace earshot::trace
