// Made by tools/gen_encodings.py; do not edit.
#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {

inline constexpr unsigned kBig5ReverseShift = 5;

// [(lead - 0x81) * 192 + trail - 0x40] -> code point, 0 where there is none.
extern const std::array<std::uint16_t, 24192> kBig5Index;
// What an index entry n < 0x800 stands for: letter n - 1, or, after these,
extern const std::array<std::uint16_t, 180> kBig5Letters;
// this one beyond U+20000. Sorted.
extern const std::array<std::uint16_t, 1713> kBig5Astral;
// Their bytes, 0 where text is not written with them.
extern const std::array<std::uint16_t, 1713> kBig5AstralBytes;
// As in gb18030.h: [first[c >> shift] << shift | low bits of c] -> the two bytes.
extern const std::array<std::uint16_t, 2048> kBig5ReverseBlock;
extern const std::array<std::uint16_t, 24448> kBig5Reverse;

}  // namespace earshot::text::tables
