// A frame as libpcap gives it, live or from a file.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/clock.h"

namespace earshot::net {

struct CapturedFrame {
    WallTime time;
    int link_type = 0;  // a DLT_ value, pcap-linktype(7)
    ByteView bytes;     // lives until the call it is handed to returns, or until the next one is read
    std::uint32_t original_length = 0;
};

}  // namespace earshot::net
