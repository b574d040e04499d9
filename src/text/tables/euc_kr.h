// Made by tools/gen_encodings.py; do not edit.
#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {

// [(lead - 0x81) * 192 + trail - 0x40] -> code point, 0 where there is none.
extern const std::array<std::uint16_t, 24192> kEucKrIndex;
// The way back, as text/reverse.h says: [c >> 6] -> block.
extern const std::array<std::uint16_t, 1024> kEucKrReverseBlock;
// [block] -> bit c & 63: c is there.
extern const std::array<std::uint64_t, 545> kEucKrReverseMask;
// [block] -> where its values begin.
extern const std::array<std::uint16_t, 545> kEucKrReverseBegin;
// Two bytes, lead high.
extern const std::array<std::uint16_t, 17048> kEucKrReverseValue;

}  // namespace earshot::text::tables
