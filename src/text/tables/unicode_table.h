// Width and grapheme break class of every code point (Unicode 15.0.0). Written by tools/gen_unicode.py: do not edit.
#pragma once

#include <cstdint>

namespace earshot::text {

inline constexpr char kUnicodeVersion[] = "15.0.0";

// Grapheme_Cluster_Break (UAX #29) with Extended_Pictographic as one more value.
enum class Break : std::uint8_t {
    other,
    cr,
    lf,
    control,
    extend,
    zwj,
    regional_indicator,
    prepend,
    spacing_mark,
    l,
    v,
    t,
    lv,
    lvt,
    extended_pictographic,
};

// In two steps: the index names the block of 128 code points; the byte there is Break << 2 | columns, where columns
// is 0, 1, 2 or kAmbiguousColumns.
inline constexpr int kAmbiguousColumns = 3;
extern const std::uint8_t kUnicodeIndex[8704];
extern const std::uint8_t kUnicodeBlocks[24320];

inline std::uint8_t unicode_property(char32_t code_point) {
    if (code_point >= 0x110000) return 1;
    return kUnicodeBlocks[kUnicodeIndex[code_point / 128] * 128u + code_point % 128];
}

inline Break grapheme_break(char32_t code_point) { return static_cast<Break>(unicode_property(code_point) >> 2); }

}  // namespace earshot::text
