// A stretch of bytes that did not decode, small enough to go with the text it interrupts.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace earshot {

struct MalformedUnit {
    ByteCount raw_at = 0;       // bytes from the start of the stream
    std::uint32_t text_at = 0;  // bytes of UTF-8 before its U+FFFD in the text it came with
    std::uint8_t size = 0;      // 1..4
    std::uint8_t bytes[4] = {};

    friend bool operator==(const MalformedUnit&, const MalformedUnit&) = default;
};

}  // namespace earshot
