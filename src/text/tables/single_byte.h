// Made by tools/gen_encodings.py; do not edit.
#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {

inline constexpr unsigned kSingleByteShift = 5;

struct SingleByteTable {
    // For each byte 80..FF its text: up to three bytes of UTF-8 and their number; 0 where it has none.
    std::array<std::array<std::uint8_t, 4>, 128> utf8;
    // By kSingleBytePages: which block of kSingleByteBlocks holds this set's bytes for such code points.
    std::array<std::uint8_t, 61> blocks;
};

// [c >> kSingleByteShift] -> page of the code point c of the BMP, 0 where no set has one.
extern const std::array<std::uint8_t, 2048> kSingleBytePages;
// [block << kSingleByteShift | low bits of c] -> the byte, 0 where there is none.
extern const std::array<std::uint8_t, 7232> kSingleByteBlocks;

extern const SingleByteTable kIbm866;
extern const SingleByteTable kIso8859_2;
extern const SingleByteTable kIso8859_3;
extern const SingleByteTable kIso8859_4;
extern const SingleByteTable kIso8859_5;
extern const SingleByteTable kIso8859_6;
extern const SingleByteTable kIso8859_7;
extern const SingleByteTable kIso8859_8;
extern const SingleByteTable kIso8859_10;
extern const SingleByteTable kIso8859_13;
extern const SingleByteTable kIso8859_14;
extern const SingleByteTable kIso8859_15;
extern const SingleByteTable kIso8859_16;
extern const SingleByteTable kKoi8R;
extern const SingleByteTable kKoi8U;
extern const SingleByteTable kMacintosh;
extern const SingleByteTable kWindows874;
extern const SingleByteTable kWindows1250;
extern const SingleByteTable kWindows1251;
extern const SingleByteTable kWindows1252;
extern const SingleByteTable kWindows1253;
extern const SingleByteTable kWindows1254;
extern const SingleByteTable kWindows1255;
extern const SingleByteTable kWindows1256;
extern const SingleByteTable kWindows1257;
extern const SingleByteTable kWindows1258;
extern const SingleByteTable kXMacCyrillic;

}  // namespace earshot::text::tables
