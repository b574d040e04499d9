// Made by tools/gen_encodings.py; do not edit.
#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {

inline constexpr unsigned kJis0212FirstRow = 1;

// [lead * 192 + trail - 0x40] -> code point, 0 where there is none; lead: 81..9F, then E0..FC of Shift_JIS.
extern const std::array<std::uint16_t, 11520> kJis0208;
// [(row - kJis0212FirstRow) * 94 + column] -> code point, as above.
extern const std::array<std::uint16_t, 7144> kJis0212;
// The way back, as text/reverse.h says: [c >> 6] -> block.
extern const std::array<std::uint16_t, 1024> kJisReverseBlock;
// [block] -> bit c & 63: c is there.
extern const std::array<std::uint64_t, 361> kJisReverseMask;
// [block] -> where its values begin.
extern const std::array<std::uint16_t, 361> kJisReverseBegin;
// The first place of each, as bytes of Shift_JIS.
extern const std::array<std::uint16_t, 7326> kJisReverseValue;

}  // namespace earshot::text::tables
