// One unit of UTF-8, as the decoder of the Encoding Standard cuts it: a broken sequence ends before the first byte that
// does not continue it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace earshot::text {

struct Utf8Unit {
    std::uint8_t size = 0;  // bytes of the unit, whole or broken; 0: all bytes are taken and more are needed
    bool valid = false;
    char32_t code_point = 0;
};

inline Utf8Unit utf8_unit(const std::uint8_t* at, std::size_t size) {
    const std::uint8_t lead = at[0];
    if (lead < 0x80) return {1, true, lead};
    if (lead < 0xC2 || lead > 0xF4) return {1, false, 0};
    const unsigned needed = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    // The second byte's range is narrower after four leads: no overlong forms, no surrogates, nothing past U+10FFFF.
    std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    char32_t code_point = lead & (0x7FU >> needed);
    for (unsigned i = 1; i < needed; ++i) {
        if (i == size) return {};
        if (at[i] < low || at[i] > high) return {static_cast<std::uint8_t>(i), false, 0};
        code_point = code_point << 6 | (at[i] & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    return {static_cast<std::uint8_t>(needed), true, code_point};
}

}  // namespace earshot::text
