// From code points back to a charset's bytes, for repertoires that are scattered over the BMP: in two stages, where a
// block holds only what is there. The tables are made by tools/gen_encodings.py.
#pragma once

#include <cstddef>
#include <cstdint>

namespace earshot::text {

struct Reverse {
    const std::uint16_t* block;  // [c >> 6]
    const std::uint64_t* mask;   // [block] -> bit c & 63: c is there
    const std::uint16_t* begin;  // [block] -> where its values begin
    const std::uint16_t* value;
};

inline constexpr unsigned kNoValue = ~0U;

// std::popcount would be a call: not every x86-64 has an instruction for it.
constexpr unsigned count_bits(std::uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555U;
    bits = (bits & 0x3333333333333333U) + (bits >> 2 & 0x3333333333333333U);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0FU;
    return static_cast<unsigned>(bits * 0x0101010101010101U >> 56);
}

inline unsigned reverse_value(const Reverse& reverse, char32_t code_point) {
    if (code_point > 0xFFFF) return kNoValue;
    const std::size_t block = reverse.block[code_point >> 6];
    const std::uint64_t mask = reverse.mask[block];
    const std::uint64_t bit = std::uint64_t{1} << (code_point & 63);
    if ((mask & bit) == 0) return kNoValue;
    return reverse.value[reverse.begin[block] + count_bits(mask & (bit - 1))];
}

}  // namespace earshot::text
