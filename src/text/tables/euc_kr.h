// Made by tools/gen_encodings.py; do not edit.
#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {

inline constexpr unsigned kEucKrReverseShift = 5;

// [(lead - 0x81) * 192 + trail - 0x40] -> code point, 0 where there is none.
extern const std::array<std::uint16_t, 24192> kEucKrIndex;
// As in gb18030.h: [first[c >> shift] << shift | low bits of c] -> the two bytes.
extern const std::array<std::uint16_t, 2048> kEucKrReverseBlock;
extern const std::array<std::uint16_t, 33632> kEucKrReverse;

}  // namespace earshot::text::tables
