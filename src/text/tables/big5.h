// Made by tools/gen_encodings.py; do not edit.
#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {

// [(lead - 0x81) * 192 + trail - 0x40] -> code point, 0 where there is none.
extern const std::array<std::uint16_t, 24192> kBig5Index;
// What an index entry n < 0x800 stands for: letter n - 1, or, after these,
extern const std::array<std::uint16_t, 180> kBig5Letters;
// this one beyond U+20000. Sorted.
extern const std::array<std::uint16_t, 1713> kBig5Astral;
// Those of them that text is written with,
extern const std::array<std::uint16_t, 291> kBig5AstralBack;
// and their bytes.
extern const std::array<std::uint16_t, 291> kBig5AstralBytes;
// The way back, as text/reverse.h says: [c >> 6] -> block.
extern const std::array<std::uint16_t, 1024> kBig5ReverseBlock;
// [block] -> bit c & 63: c is there.
extern const std::array<std::uint64_t, 419> kBig5ReverseMask;
// [block] -> where its values begin.
extern const std::array<std::uint16_t, 419> kBig5ReverseBegin;
// Two bytes, lead high.
extern const std::array<std::uint16_t, 14362> kBig5ReverseValue;

}  // namespace earshot::text::tables
