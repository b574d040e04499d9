// Writes captured frames as a pcapng file (draft-ietf-opsawg-pcapng): one section, times in nanoseconds,
// each packet with the way it passed and a comment, which Wireshark shows beside it. Pure: bytes out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trace/packet.h"

namespace earshot::trace {

struct PcapngInterface {
    int link_type = 0;          // of its frames; a DLT_ or LINKTYPE_ value
    std::uint32_t snaplen = 0;  // bytes kept of each frame at most; 0: all
    std::string name;           // "eth0"; empty: not known
};

// What a file of several interfaces begins with, and each interface before its first packet; they are counted from 0.
std::string pcapng_section(std::string_view application);
std::string pcapng_interface(const PcapngInterface& interface);
// What a file of one interface begins with. `application` is the program that writes it, as in "earshot 0.1.0".
std::string pcapng_head(const PcapngInterface& interface, std::string_view application);
// One packet: the frame as it was captured. The comment is UTF-8; empty: none; what is longer than an option may be is
// cut between characters.
std::string pcapng_packet(const Frame& frame, std::string_view comment, std::uint32_t interface = 0);

}  // namespace earshot::trace
