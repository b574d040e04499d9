// UTF-16 in both byte orders. The standard has no encoder for it, as no page may send it; a peer may well want it.
#include <algorithm>
#include <type_traits>

#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/two_byte.h"

namespace earshot::text {
namespace {

template <bool kBig>
char32_t code_unit(const std::uint8_t* at) {
    return kBig ? static_cast<char32_t>(at[0] << 8 | at[1]) : static_cast<char32_t>(at[1] << 8 | at[0]);
}

constexpr bool is_surrogate(char32_t unit) { return (unit & 0xF800) == 0xD800; }
constexpr bool is_high(char32_t unit) { return (unit & 0xFC00) == 0xD800; }
constexpr bool is_low(char32_t unit) { return (unit & 0xFC00) == 0xDC00; }

// How many bytes of UTF-8 a code unit gives by itself; 0: a surrogate.
constexpr unsigned text_size(char32_t unit) { return unit < 0x80 ? 1 : unit < 0x800 ? 2 : is_surrogate(unit) ? 0 : 3; }

#if defined(__SSE2__)
template <bool kBig>
__m128i eight_units(const std::uint8_t* at) {
    const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    return kBig ? _mm_or_si128(_mm_slli_epi16(raw, 8), _mm_srli_epi16(raw, 8)) : raw;
}

// All bits set where a unit gives kText bytes of UTF-8.
template <unsigned kText>
__m128i which_give(__m128i units) {
    const __m128i zero = _mm_setzero_si128();
    const __m128i ascii = _mm_cmpeq_epi16(_mm_and_si128(units, _mm_set1_epi16(static_cast<short>(0xFF80))), zero);
    if (kText == 1) return ascii;
    const __m128i top = _mm_and_si128(units, _mm_set1_epi16(static_cast<short>(0xF800)));
    const __m128i at_most_two = _mm_cmpeq_epi16(top, zero);
    if (kText == 2) return _mm_andnot_si128(ascii, at_most_two);
    const __m128i neither = _mm_or_si128(at_most_two, _mm_cmpeq_epi16(top, _mm_set1_epi16(static_cast<short>(0xD800))));
    return _mm_cmpeq_epi16(neither, zero);
}

// Eight units as kText bytes of UTF-8 each; what is written of others is of no use.
template <unsigned kText>
void put_eight(__m128i units, char* to) {
    if constexpr (kText == 1) {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(units, units));
    } else if constexpr (kText == 2) {
        const __m128i lead = _mm_or_si128(_mm_srli_epi16(units, 6), _mm_set1_epi16(0xC0));
        const __m128i tail = _mm_or_si128(_mm_and_si128(units, _mm_set1_epi16(0x3F)), _mm_set1_epi16(0x80));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_or_si128(lead, _mm_slli_epi16(tail, 8)));
    } else {
        put_three_bytes_each(units, to);
    }
}
#endif

template <bool kBig>
class Utf16Decoder {
  public:
    static constexpr bool kAscii = false;

    Utf16Decoder(const Encoding&, std::uint8_t (&)[4]) {}

    Unit unit(const std::uint8_t* at, std::size_t size) {
        if (size < 2) return Unit::incomplete();
        const char32_t first = code_unit<kBig>(at);
        if (!is_surrogate(first)) return Unit::of(2, first);
        if (is_low(first)) return Unit::malformed(2);
        if (size < 4) return Unit::incomplete();
        const char32_t second = code_unit<kBig>(at + 2);
        if (!is_low(second)) return Unit::malformed(2);
        return Unit::of(4, 0x10000 + ((first & 0x3FF) << 10 | (second & 0x3FF)));
    }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        if (end - at < 2) return at;
        switch (text_size(code_unit<kBig>(at))) {
            case 1:
                return stretch<1>(at, end, out);
            case 2:
                return stretch<2>(at, end, out);
            case 3:
                return stretch<3>(at, end, out);
            default:
                return pairs(at, end, out);
        }
    }

  private:
    // Units that all give kText bytes.
    template <unsigned kText, typename Map>
    const std::uint8_t* stretch(const std::uint8_t* const begin, const std::uint8_t* end, Output<Map>& out) {
        const std::size_t most = std::min(static_cast<std::size_t>(end - begin) / 2, out.room() / kText);
        const std::uint8_t* const stop = begin + 2 * most;
        const std::uint8_t* at = begin;
        char* to = out.at();
        const auto done = [&] {
            out.wrote(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(to - out.at()), 2, kText);
            return at;
        };
#if defined(__SSE2__)
        for (; stop - at >= 16; at += 16, to += 8 * kText) {
            const __m128i units = eight_units<kBig>(at);
            const unsigned others = ~static_cast<unsigned>(_mm_movemask_epi8(which_give<kText>(units))) & 0xFFFFU;
            put_eight<kText>(units, to);
            if (others == 0) continue;
            const unsigned count = static_cast<unsigned>(std::countr_zero(others)) / 2;
            at += 2 * count;
            to += kText * count;
            return done();
        }
#endif
        for (; at != stop; at += 2, to += kText) {
            const char32_t unit = code_unit<kBig>(at);
            if (text_size(unit) != kText) break;
            put_utf8(unit, to);
        }
        return done();
    }
    template <typename Map>
    const std::uint8_t* pairs(const std::uint8_t* const begin, const std::uint8_t* end, Output<Map>& out) {
        const std::size_t most = std::min(static_cast<std::size_t>(end - begin), out.room()) / 4;
        const std::uint8_t* const stop = begin + 4 * most;
        const std::uint8_t* at = begin;
        char* to = out.at();
        for (; at != stop; at += 4, to += 4) {
            const char32_t high = code_unit<kBig>(at);
            const char32_t low = code_unit<kBig>(at + 2);
            if (!is_high(high) || !is_low(low)) break;
            put_utf8(0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF)), to);
        }
        out.wrote(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(to - out.at()), 4, 4);
        return at;
    }
};

template <bool kBig>
class Utf16Encoder {
  public:
    static constexpr Ascii kAscii = Ascii::own;
    static constexpr std::size_t kAsciiSize = 2;

    explicit Utf16Encoder(const Encoding&) {}

    unsigned put(char32_t code_point, std::uint8_t* to) {
        if (code_point < 0x10000) {
            put_unit(code_point, to);
            return 2;
        }
        code_point -= 0x10000;
        put_unit(0xD800 | code_point >> 10, to);
        put_unit(0xDC00 | (code_point & 0x3FF), to + 2);
        return 4;
    }
    std::size_t ascii(const std::uint8_t* const begin, const std::uint8_t* end, std::uint8_t* to) {
        const std::uint8_t* at = begin;
#if defined(__SSE2__)
        const __m128i zero = _mm_setzero_si128();
        for (; end - at >= 16; at += 16, to += 32) {
            const __m128i letters = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
            if (_mm_movemask_epi8(letters) != 0) break;
            auto* const two = reinterpret_cast<__m128i*>(to);
            _mm_storeu_si128(two, kBig ? _mm_unpacklo_epi8(zero, letters) : _mm_unpacklo_epi8(letters, zero));
            _mm_storeu_si128(two + 1, kBig ? _mm_unpackhi_epi8(zero, letters) : _mm_unpackhi_epi8(letters, zero));
        }
#endif
        for (; at != end && *at < 0x80; ++at, to += 2) put_unit(*at, to);
        return static_cast<std::size_t>(at - begin);
    }

  private:
    static void put_unit(char32_t unit, std::uint8_t* to) {
        to[kBig ? 0 : 1] = static_cast<std::uint8_t>(unit >> 8);
        to[kBig ? 1 : 0] = static_cast<std::uint8_t>(unit);
    }
};

}  // namespace

constexpr DecodeOps kUtf16beDecode = decode_ops<Utf16Decoder<true>>();
constexpr DecodeOps kUtf16leDecode = decode_ops<Utf16Decoder<false>>();
constexpr EncodeOps kUtf16beEncode = encode_ops<Utf16Encoder<true>>();
constexpr EncodeOps kUtf16leEncode = encode_ops<Utf16Encoder<false>>();

}  // namespace earshot::text
