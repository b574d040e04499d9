// Made by tools/gen_encodings.py; do not edit.
#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {

struct Gb18030Range {
    std::uint32_t pointer;
    std::uint32_t code_point;
};

inline constexpr unsigned kGb18030ReverseShift = 5;

// [(lead - 0x81) * 192 + trail - 0x40] -> code point, 0 where there is none.
extern const std::array<std::uint16_t, 24192> kGb18030Index;
extern const std::array<Gb18030Range, 207> kGb18030Ranges;
// [first[c >> shift] << shift | low bits of c] -> the two bytes, lead high; 0 where there are none.
extern const std::array<std::uint16_t, 2048> kGb18030ReverseBlock;
extern const std::array<std::uint16_t, 26624> kGb18030Reverse;

}  // namespace earshot::text::tables
