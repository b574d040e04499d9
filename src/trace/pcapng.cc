#include "trace/pcapng.h"

#include <algorithm>

namespace earshot::trace {

namespace {

constexpr std::uint32_t kSection = 0x0a0d0d0a, kInterface = 1, kEnhancedPacket = 6;  // block types
constexpr std::uint16_t kEnd = 0, kComment = 1;                                      // options of every block
constexpr std::uint16_t kUserApplication = 4;                                        // of a section
constexpr std::uint16_t kInterfaceName = 2, kTimeResolution = 9;                     // of an interface
constexpr std::uint16_t kPacketFlags = 2;                                            // of a packet
constexpr std::size_t kLongestOption = 65'535;

// Little-endian whatever this machine is: the section says so.
void put16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value & 0xff);
    out += static_cast<char>(value >> 8);
}
void put32(std::string& out, std::uint32_t value) {
    put16(out, static_cast<std::uint16_t>(value & 0xffff));
    put16(out, static_cast<std::uint16_t>(value >> 16));
}
void pad(std::string& out) { out.resize((out.size() + 3) / 4 * 4); }

void put_option(std::string& out, std::uint16_t code, std::string_view value) {
    put16(out, code);
    put16(out, static_cast<std::uint16_t>(value.size()));
    out += value;
    pad(out);
}

std::string block(std::uint32_t type, const std::string& body) {
    const auto size = static_cast<std::uint32_t>(body.size() + 12);  // type and both lengths
    std::string out;
    out.reserve(size);
    put32(out, type);
    put32(out, size);
    out += body;
    put32(out, size);
    return out;
}

// The file's number for the link type: libpcap gives raw IP the number of the system it runs on.
std::uint16_t file_link_type(int link_type) {
    constexpr int kRawHere = 12, kRawBsd = 14, kRawFile = 101;
    return static_cast<std::uint16_t>(link_type == kRawHere || link_type == kRawBsd ? kRawFile : link_type);
}

std::string_view cut_to_option(std::string_view text) {
    std::size_t size = std::min(text.size(), kLongestOption);
    if (size < text.size()) {
        while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    }
    return text.substr(0, size);
}

}  // namespace

std::string pcapng_section(std::string_view application) {
    std::string section;
    put32(section, 0x1a2b3c4d);  // the byte order
    put16(section, 1);           // version 1.0
    put16(section, 0);
    section.append(8, '\xff');  // its length is not known
    put_option(section, kUserApplication, cut_to_option(application));
    put_option(section, kEnd, {});
    return block(kSection, section);
}

std::string pcapng_interface(const PcapngInterface& interface) {
    std::string body;
    put16(body, file_link_type(interface.link_type));
    put16(body, 0);
    put32(body, interface.snaplen);
    if (!interface.name.empty()) put_option(body, kInterfaceName, cut_to_option(interface.name));
    put_option(body, kTimeResolution, "\x09");  // 10^-9 s
    put_option(body, kEnd, {});
    return block(kInterface, body);
}

std::string pcapng_head(const PcapngInterface& interface, std::string_view application) {
    return pcapng_section(application) + pcapng_interface(interface);
}

std::string pcapng_packet(const Frame& frame, std::string_view comment, std::uint32_t interface) {
    const auto time = static_cast<std::uint64_t>(frame.time.time_since_epoch().count());
    std::string body;
    put32(body, interface);
    put32(body, static_cast<std::uint32_t>(time >> 32));
    put32(body, static_cast<std::uint32_t>(time));
    put32(body, static_cast<std::uint32_t>(frame.bytes.size()));
    put32(body, std::max(frame.original_length, static_cast<std::uint32_t>(frame.bytes.size())));
    body += as_chars(frame.bytes);
    pad(body);
    if (!comment.empty()) put_option(body, kComment, cut_to_option(comment));
    if (frame.passage != Passage::unknown) {
        std::string flags;
        put32(flags, frame.passage == Passage::incoming ? 1 : 2);
        put_option(body, kPacketFlags, flags);
    }
    put_option(body, kEnd, {});
    return block(kEnhancedPacket, body);
}

}  // namespace earshot::trace
