// Stretches of ASCII, thirty-two bytes a step: most of what travels is ASCII, whatever the encoding.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace earshot::text {

inline constexpr std::size_t kAsciiBlock = 32;

// Copies the kAsciiBlock bytes at `from` to `to`, ASCII or not; gives back how many ASCII bytes they begin with.
inline std::size_t copy_ascii_block(const std::uint8_t* from, void* to) {
#if defined(__SSE2__)
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from) + 1);
    _mm_storeu_si128(static_cast<__m128i*>(to), low);
    _mm_storeu_si128(static_cast<__m128i*>(to) + 1, high);
    const auto low_bits = static_cast<std::uint32_t>(_mm_movemask_epi8(low));
    const auto high_bits = static_cast<std::uint32_t>(_mm_movemask_epi8(high));
    return static_cast<std::size_t>(std::countr_zero(high_bits << 16 | low_bits));
#else
    std::memcpy(to, from, kAsciiBlock);
    std::size_t count = 0;
    while (count < kAsciiBlock && from[count] < 0x80) ++count;
    return count;
#endif
}

// Bytes of ASCII that [from, end) begins with.
inline std::size_t ascii_length(const std::uint8_t* from, const std::uint8_t* end) {
    const std::uint8_t* at = from;
#if defined(__SSE2__)
    const auto load = [](const std::uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); };
    for (; end - at >= 64; at += 64) {
        const __m128i any =
            _mm_or_si128(_mm_or_si128(load(at), load(at + 16)), _mm_or_si128(load(at + 32), load(at + 48)));
        if (_mm_movemask_epi8(any) != 0) break;
    }
#else
    for (; end - at >= 8; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        if ((word & 0x8080808080808080U) != 0) break;
    }
#endif
    while (at != end && *at < 0x80) ++at;
    return static_cast<std::size_t>(at - from);
}

}  // namespace earshot::text
