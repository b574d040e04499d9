// The tight loop of the two-byte families: stretches of two raw bytes that are three bytes of UTF-8, eight units a
// step.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "text/ascii.h"
#include "text/output.h"

namespace earshot::text {

// An index is [(lead - 0x81) * kIndexTrails + trail - 0x40] -> code point of the BMP, 0 where there is none.
inline constexpr unsigned kIndexLeads = 126;   // 81..FE
inline constexpr unsigned kIndexTrails = 192;  // 40..FF: holes are in the table, not in a test

// How a family's two bytes become a place in its index is a Layout:
//     static unsigned place(lead, trail)                  kNoPlace where the two are no unit of it
//     static EightPlaces places(leads, trails)            the same for eight, 16 bits each
inline constexpr unsigned kNoPlace = ~0U;

#if defined(__SSE2__)
struct EightPlaces {
    __m128i places;  // anything where `wrong`
    __m128i wrong;   // all bits of a lane, or none
};
#endif

// The layout above.
struct WideRows {
    [[gnu::always_inline]] static unsigned place(std::uint8_t lead, std::uint8_t trail) {
        const unsigned row = lead - 0x81U;
        return row < kIndexLeads && trail >= 0x40 ? row * kIndexTrails + (trail - 0x40U) : kNoPlace;
    }
#if defined(__SSE2__)
    [[gnu::always_inline]] static EightPlaces places(__m128i leads, __m128i trails) {
        const __m128i row = _mm_sub_epi16(leads, _mm_set1_epi16(0x81));
        const __m128i column = _mm_sub_epi16(trails, _mm_set1_epi16(0x40));
        // Both are signed now: negative where the byte is too low.
        const __m128i low = _mm_cmpgt_epi16(_mm_setzero_si128(), _mm_or_si128(row, column));
        return {_mm_add_epi16(_mm_mullo_epi16(row, _mm_set1_epi16(kIndexTrails)), column),
                _mm_or_si128(low, _mm_cmpgt_epi16(row, _mm_set1_epi16(kIndexLeads - 1)))};
    }
#endif
};

#if defined(__SSE2__)
// Four code points, one in each 32 bits, as three bytes of UTF-8 each: 12 bytes at `to`, and two more of rubbish.
[[gnu::always_inline]] inline void put_four_of_three(__m128i code_points, char* to) {
    const __m128i first = _mm_srli_epi32(code_points, 12);
    const __m128i second = _mm_and_si128(_mm_slli_epi32(code_points, 2), _mm_set1_epi32(0x3F00));
    const __m128i third = _mm_and_si128(_mm_slli_epi32(code_points, 16), _mm_set1_epi32(0x3F0000));
    const __m128i apart = _mm_or_si128(_mm_or_si128(first, second), _mm_or_si128(third, _mm_set1_epi32(0x8080E0)));
    // Close the gap between the two units of each 64 bits.
    const __m128i even = _mm_and_si128(apart, _mm_set1_epi64x(0xFFFFFF));
    const __m128i odd = _mm_srli_epi64(apart, 32);
    const __m128i close = _mm_or_si128(even, _mm_slli_epi64(odd, 24));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), close);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + 6), _mm_unpackhi_epi64(close, close));
}

// Eight code points of 16 bits: 24 bytes.
[[gnu::always_inline]] inline void put_three_bytes_each(__m128i code_points, char* to) {
    const __m128i zero = _mm_setzero_si128();
    put_four_of_three(_mm_unpacklo_epi16(code_points, zero), to);
    put_four_of_three(_mm_unpackhi_epi16(code_points, zero), to + 12);
}

// Four places of 16 bits -> four code points of 16 bits. In a general register: moving single lanes in and out of a
// vector register costs more than the rest of the step.
[[gnu::always_inline]] inline std::int64_t look_up_four(std::int64_t places, const std::uint16_t* index) {
    const auto bits = static_cast<std::uint64_t>(places);
    const std::uint64_t low = index[bits & 0xFFFF] | std::uint64_t{index[bits >> 16 & 0xFFFF]} << 16;
    const std::uint64_t high = index[bits >> 32 & 0xFFFF] | std::uint64_t{index[bits >> 48]} << 16;
    return static_cast<std::int64_t>(low | high << 32);
}

// Eight code points at `places` of the index.
[[gnu::always_inline]] inline __m128i look_up_eight(__m128i places, const std::uint16_t* index) {
    return _mm_set_epi64x(look_up_four(_mm_cvtsi128_si64(_mm_unpackhi_epi64(places, places)), index),
                          look_up_four(_mm_cvtsi128_si64(places), index));
}

// Those code points that are not of three bytes in UTF-8, two bits each.
[[gnu::always_inline]] inline unsigned shorter_than_three(__m128i code_points) {
    const __m128i shorter = _mm_cmpeq_epi16(_mm_subs_epu16(code_points, _mm_set1_epi16(0x7FF)), _mm_setzero_si128());
    return static_cast<unsigned>(_mm_movemask_epi8(shorter));
}

// What a step of eight units found: how many of the first are of the two-byte shape, and among them those whose code
// point is not of three bytes in UTF-8, two bits a unit.
struct Eight {
    unsigned units;
    unsigned shorter;
};

// Decodes the 16 bytes at `at` as eight units, right or not. `units` comes from comparing bytes alone, before anything
// is looked up: where a stretch ends is a branch that is often guessed wrong, and so it is known early.
template <typename Layout>
[[gnu::always_inline]] inline Eight put_eight_units(const std::uint8_t* at, const std::uint16_t* index, char* to) {
    const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const EightPlaces found = Layout::places(_mm_and_si128(raw, _mm_set1_epi16(0xFF)), _mm_srli_epi16(raw, 8));
    const unsigned wrong_bits = static_cast<unsigned>(_mm_movemask_epi8(found.wrong)) | 0x10000U;
    const __m128i places = _mm_andnot_si128(found.wrong, found.places);
    const __m128i code_points = look_up_eight(places, index);
    put_three_bytes_each(code_points, to);
    // What stands below the lowest bit of wrong_bits.
    return {static_cast<unsigned>(std::countr_zero(wrong_bits)) / 2,
            shorter_than_three(code_points) & (wrong_bits - 1) & ~wrong_bits};
}
#endif

// Takes units of two bytes from [begin, end) while the index has three-byte characters for them and there is room.
template <typename Layout = WideRows, typename Map>
[[gnu::always_inline]] inline const std::uint8_t* three_byte_stretch(const std::uint8_t* const begin,
                                                                     const std::uint8_t* end,
                                                                     const std::uint16_t* index, Output<Map>& out) {
    const std::size_t most = std::min(static_cast<std::size_t>(end - begin) / 2, out.room() / 3);
    const std::uint8_t* at = begin;
    const std::uint8_t* const stop = begin + 2 * most;
    char* to = out.at();
    const auto done = [&] {
        out.wrote(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(to - out.at()), 2, 3);
        return at;
    };
#if defined(__SSE2__)
    while (stop - at >= 16) {
        const Eight eight = put_eight_units<Layout>(at, index, to);
        if (eight.shorter != 0) [[unlikely]] {
            const unsigned units = static_cast<unsigned>(std::countr_zero(eight.shorter)) / 2;
            at += 2 * units;
            to += 3 * units;
            return done();
        }
        if (eight.units < 8) {
            at += 2 * eight.units;
            to += 3 * eight.units;
            return done();
        }
        at += 16;  // by a constant: the next step must not wait for what this one found
        to += 24;
    }
#endif
    for (; at != stop; at += 2, to += 3) {
        const unsigned place = Layout::place(at[0], at[1]);
        if (place == kNoPlace) break;
        const std::uint32_t code_point = index[place];
        if (code_point < 0x800) break;  // none, or a letter of two bytes in UTF-8
        put_utf8(code_point, to);
    }
    return done();
}

}  // namespace earshot::text
