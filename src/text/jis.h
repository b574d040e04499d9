// What the three Japanese encodings share: the characters of JIS X 0208 by place and by code point, half-width
// katakana.
#pragma once

#include <cstdint>

#include "text/reverse.h"
#include "text/tables/jis.h"
#include "text/two_byte.h"

namespace earshot::text {

// A layout (two_byte.h) of rows and columns, both from kFirst on: A1 in EUC-JP, 21 in ISO-2022-JP. The index has two
// such rows in one row of Shift_JIS, with that row's hole between its columns 62 and 63.
template <std::uint8_t kFirst>
struct JisRows {
    [[gnu::always_inline]] static unsigned place(std::uint8_t lead, std::uint8_t trail) {
        const unsigned row = static_cast<unsigned>(lead) - kFirst;
        const unsigned column = static_cast<unsigned>(trail) - kFirst;
        if (row >= 94 || column >= 94) return kNoPlace;
        const unsigned wide_column = (row & 1) * 94 + column;
        return row / 2 * kIndexTrails + wide_column + (wide_column >= 63 ? 1 : 0);
    }
#if defined(__SSE2__)
    [[gnu::always_inline]] static EightPlaces places(__m128i leads, __m128i trails) {
        const __m128i row = _mm_sub_epi16(leads, _mm_set1_epi16(kFirst));
        const __m128i column = _mm_sub_epi16(trails, _mm_set1_epi16(kFirst));
        const __m128i low = _mm_cmpgt_epi16(_mm_setzero_si128(), _mm_or_si128(row, column));
        const __m128i high =
            _mm_or_si128(_mm_cmpgt_epi16(row, _mm_set1_epi16(93)), _mm_cmpgt_epi16(column, _mm_set1_epi16(93)));
        // As above, with 96 a row: then the second row of two is one too far, and the first is one short past the hole.
        const __m128i second = _mm_srai_epi16(_mm_slli_epi16(row, 15), 15);
        const __m128i past = _mm_andnot_si128(second, _mm_cmpgt_epi16(column, _mm_set1_epi16(62)));
        const __m128i near = _mm_add_epi16(_mm_mullo_epi16(row, _mm_set1_epi16(kIndexTrails / 2)), column);
        return {_mm_sub_epi16(_mm_add_epi16(near, second), past), _mm_or_si128(low, high)};
    }
#endif
};

// The code point of a unit in a layout, 0 where there is none.
template <typename Layout>
char32_t jis0208(std::uint8_t lead, std::uint8_t trail) {
    const unsigned place = Layout::place(lead, trail);
    return place == kNoPlace ? 0 : char32_t{tables::kJis0208[place]};
}

// Half-width katakana: 63 of them, from this one on.
inline constexpr char32_t kHalfWidthKatakana = 0xFF61;
inline constexpr unsigned kHalfWidthKatakanaCount = 63;

inline bool is_half_width_katakana(char32_t code_point) {
    return code_point - kHalfWidthKatakana < kHalfWidthKatakanaCount;
}

// In Shift_JIS and EUC-JP they are the bytes A1..DF.
inline bool is_half_width_byte(std::uint8_t byte) { return byte >= 0xA1 && byte <= 0xDF; }
// Their three bytes of UTF-8, for the tight loops: EF BD and the byte, from C0 on EF BE and the byte less 40.
inline void put_half_width(std::uint8_t byte, char* to) {
    const unsigned late = byte >> 6 & 1U;
    to[0] = static_cast<char>(0xEF);
    to[1] = static_cast<char>(0xBD + late);
    to[2] = static_cast<char>(byte - (late << 6));
}

// The first place that a code point has in JIS X 0208 with the vendors' rows, as bytes of Shift_JIS, lead high;
// kNoValue where it has none.
inline unsigned jis_place(char32_t code_point) {
    constexpr Reverse kReverse = {tables::kJisReverseBlock.data(), tables::kJisReverseMask.data(),
                                  tables::kJisReverseBegin.data(), tables::kJisReverseValue.data()};
    return reverse_value(kReverse, code_point);
}

// Writes it as row and column, both from kFirst on.
template <std::uint8_t kFirst>
void put_jis_place(unsigned place, std::uint8_t* to) {
    const unsigned lead = (place >> 8 ^ 0xA0) - 0x21;  // both ranges of leads are one so
    const unsigned trail = place & 0xFF;
    const unsigned second = trail >= 0x9F ? 1 : 0;  // two rows share a lead
    to[0] = static_cast<std::uint8_t>(2 * lead + second + kFirst);
    to[1] = static_cast<std::uint8_t>(trail - (second != 0 ? 0x9F : trail > 0x7F ? 0x41 : 0x40) + kFirst);
}

// All three write the minus sign as the full-width hyphen, which has its place.
inline constexpr char32_t kMinus = 0x2212;
inline constexpr char32_t kFullWidthHyphen = 0xFF0D;

}  // namespace earshot::text
