// iso-2022-jp: seven bits, and escapes that say which set follows. An escape is a unit without text.
#include <algorithm>
#include <bit>

#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/jis.h"

namespace earshot::text {
namespace {

using Rows = JisRows<0x21>;

enum Set : std::uint8_t { kAsciiSet, kRomanSet, kKatakanaSet, kJis0208Set, kNoSet };

constexpr std::uint8_t kEscape = 0x1B;

// Shift out, shift in and escape steer terminals and readers of other ISO 2022 dialects: they are no text here.
bool is_steering(char32_t code_point) { return code_point == 0x0E || code_point == 0x0F || code_point == kEscape; }
bool is_graphic(std::uint8_t byte) { return byte >= 0x21 && byte <= 0x7E; }

Set set_named(std::uint8_t kind, std::uint8_t name) {
    if (kind == 0x24) return name == 0x40 || name == 0x42 ? kJis0208Set : kNoSet;
    return name == 0x42 ? kAsciiSet : name == 0x4A ? kRomanSet : name == 0x49 ? kKatakanaSet : kNoSet;
}

#if defined(__SSE2__)
// The highest bit of each byte that is no ASCII or steers.
[[gnu::always_inline]] inline __m128i odd_bytes(__m128i block) {
    const __m128i shift = _mm_cmpeq_epi8(_mm_or_si128(block, _mm_set1_epi8(1)), _mm_set1_epi8(0x0F));  // 0E, 0F
    const __m128i escape = _mm_cmpeq_epi8(block, _mm_set1_epi8(kEscape));
    return _mm_or_si128(block, _mm_or_si128(shift, escape));
}
#endif
// Where ASCII ends, or something in it that steers; sixteen bytes a step.
const std::uint8_t* plain_end(const std::uint8_t* at, const std::uint8_t* const end) {
#if defined(__SSE2__)
    const auto odd = [](const std::uint8_t* block) {
        return odd_bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block)));
    };
    for (; end - at >= 64; at += 64) {
        const __m128i first = _mm_or_si128(odd(at), odd(at + 16));
        if (_mm_movemask_epi8(_mm_or_si128(first, _mm_or_si128(odd(at + 32), odd(at + 48)))) != 0) break;
    }
    for (; end - at >= 16; at += 16) {
        const auto bits = static_cast<unsigned>(_mm_movemask_epi8(odd(at)));
        if (bits != 0) return at + std::countr_zero(bits);
    }
#endif
    while (at != end && *at < 0x80 && !is_steering(*at)) ++at;
    return at;
}

class Iso2022JpDecoder {
  public:
    static constexpr bool kAscii = false;

    Iso2022JpDecoder(const Encoding&, std::uint8_t (&mode)[4]) : set_(mode[0]), escaped_(mode[1]) {}

    Unit unit(const std::uint8_t* at, std::size_t size) {
        if (at[0] == kEscape) return escape(at, size);
        const Unit unit = set_ == kJis0208Set ? two_bytes(at, size) : one_byte(at[0]);
        if (unit.raw_size != 0) escaped_ = 0;
        return unit;
    }
    // An escape that is cut short is broken at its first byte; the others are read in the set that was there.
    Unit last_unit(const std::uint8_t*, std::size_t) { return Unit::malformed(1); }

    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        if (*at == kEscape) return at;
        const std::uint8_t* stopped = at;
        if (set_ == kAsciiSet) stopped = plain(at, end, out);
        if (set_ == kJis0208Set) stopped = three_byte_stretch<Rows>(at, end, tables::kJis0208.data(), out);
        if (stopped != at) escaped_ = 0;
        return stopped;
    }

  private:
    Unit escape(const std::uint8_t* at, std::size_t size) {
        if (size < 2) return Unit::incomplete();
        const bool begun = at[1] == 0x24 || at[1] == 0x28;
        if (begun && size < 3) return Unit::incomplete();
        const Set set = begun ? set_named(at[1], at[2]) : kNoSet;
        if (set == kNoSet) {
            escaped_ = 0;
            return Unit::malformed(1);
        }
        set_ = set;
        // An escape after an escape, nothing in between, is an error, so that nothing can hide in empty stretches.
        if (escaped_ != 0) return Unit::malformed(3);
        escaped_ = 1;
        return Unit::silent(3);
    }
    Unit one_byte(std::uint8_t byte) const {
        if (set_ == kKatakanaSet) {
            if (byte < 0x21 || byte > 0x5F) return Unit::malformed(1);
            return Unit::of(1, kHalfWidthKatakana + (byte - 0x21U));
        }
        if (byte >= 0x80 || is_steering(byte)) return Unit::malformed(1);
        if (set_ == kRomanSet && byte == 0x5C) return Unit::of(1, U'\u00A5');
        if (set_ == kRomanSet && byte == 0x7E) return Unit::of(1, U'\u203E');
        return Unit::of(1, byte);
    }
    static Unit two_bytes(const std::uint8_t* at, std::size_t size) {
        if (!is_graphic(at[0])) return Unit::malformed(1);
        if (size < 2) return Unit::incomplete();
        if (at[1] == kEscape) return Unit::malformed(1);
        const char32_t code_point = jis0208<Rows>(at[0], at[1]);
        return code_point == 0 ? Unit::malformed(2) : Unit::of(2, code_point);
    }
    template <typename Map>
    static const std::uint8_t* plain(const std::uint8_t* const begin, const std::uint8_t* end, Output<Map>& out) {
        constexpr std::ptrdiff_t kPiece = 1 << 14;  // what is looked at is still near when it is copied
#if defined(__SSE2__)
        // Most stretches are short: copied while they are looked at.
        const std::uint8_t* at = begin;
        for (char* to = out.at(); at - begin < 48 && end - at >= 16; at += 16, to += 16) {
            const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
            const auto bits = static_cast<unsigned>(_mm_movemask_epi8(odd_bytes(block)));
            if (bits != 0) {
                const auto size =
                    static_cast<std::size_t>(at - begin) + static_cast<std::size_t>(std::countr_zero(bits));
                out.wrote(size, size, 1, 1);
                return begin + size;
            }
        }
#endif
        const std::uint8_t* const stopped = plain_end(begin, end - begin > kPiece ? begin + kPiece : end);
        out.same(begin, static_cast<std::size_t>(stopped - begin), 1);
        return stopped;
    }

    std::uint8_t& set_;
    std::uint8_t& escaped_;  // the last unit was an escape
};

// What the text has half-width stands full-width here: U+3000 and these, for U+FF61 and on.
constexpr std::uint8_t kFullWidth[kHalfWidthKatakanaCount] = {
    0x02, 0x0C, 0x0D, 0x01, 0xFB, 0xF2, 0xA1, 0xA3, 0xA5, 0xA7, 0xA9, 0xE3, 0xE5, 0xE7, 0xC3, 0xFC,
    0xA2, 0xA4, 0xA6, 0xA8, 0xAA, 0xAB, 0xAD, 0xAF, 0xB1, 0xB3, 0xB5, 0xB7, 0xB9, 0xBB, 0xBD, 0xBF,
    0xC1, 0xC4, 0xC6, 0xC8, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF, 0xD2, 0xD5, 0xD8, 0xDB, 0xDE, 0xDF,
    0xE0, 0xE1, 0xE2, 0xE4, 0xE6, 0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xED, 0xEF, 0xF3, 0x9B, 0x9C};

class Iso2022JpEncoder {
  public:
    static constexpr Ascii kAscii = Ascii::own;
    static constexpr std::size_t kAsciiSize = 1;

    explicit Iso2022JpEncoder(std::uint8_t& set) : set_(set) {}

    // An escape where the set changes, and the character.
    unsigned put(char32_t code_point, std::uint8_t* to) {
        if (is_steering(code_point)) return 0;
        if (code_point == U'\u00A5' || code_point == U'\u203E') {
            return put_byte(kRomanSet, code_point == U'\u00A5' ? 0x5C : 0x7E, to);
        }
        if (code_point < 0x80) {
            const bool same_in_roman = set_ == kRomanSet && code_point != 0x5C && code_point != 0x7E;
            return put_byte(same_in_roman ? kRomanSet : kAsciiSet, static_cast<std::uint8_t>(code_point), to);
        }
        if (is_half_width_katakana(code_point)) code_point = 0x3000U + kFullWidth[code_point - kHalfWidthKatakana];
        if (code_point == kMinus) code_point = kFullWidthHyphen;
        const unsigned place = jis_place(code_point);
        if (place == kNoValue) return 0;
        const unsigned size = change(kJis0208Set, to);
        put_jis_place<0x21>(place, to + size);
        return size + 2;
    }
    std::size_t ascii(const std::uint8_t* at, const std::uint8_t* end, std::uint8_t* to) const {
        if (set_ != kAsciiSet) return 0;
        const auto size = static_cast<std::size_t>(plain_end(at, end) - at);
        if (size != 0) std::memcpy(to, at, size);
        return size;
    }
    unsigned change(Set set, std::uint8_t* to) {
        if (set_ == set) return 0;
        set_ = set;
        to[0] = kEscape;
        to[1] = set == kJis0208Set ? 0x24 : 0x28;
        to[2] = set == kRomanSet ? 0x4A : 0x42;
        return 3;
    }

  private:
    unsigned put_byte(Set set, std::uint8_t byte, std::uint8_t* to) {
        const unsigned size = change(set, to);
        to[size] = byte;
        return size + 1;
    }

    std::uint8_t& set_;
};

}  // namespace

constexpr DecodeOps kIso2022JpDecode = decode_ops<Iso2022JpDecoder>();
constexpr EncodeOps kIso2022JpEncode = {
    [](Encoder& encoder, std::string_view text, std::vector<std::uint8_t>& bytes) {
        return EncodeLoop<Iso2022JpEncoder>(Iso2022JpEncoder(EncodeOps::mode(encoder)), bytes).encode(text);
    },
    [](Encoder& encoder, std::vector<std::uint8_t>& bytes) {
        std::uint8_t escape[3];
        const unsigned size = Iso2022JpEncoder(EncodeOps::mode(encoder)).change(kAsciiSet, escape);
        bytes.insert(bytes.end(), escape, escape + size);
    }};

// An escape is hardly ever sent by chance, nor two bytes that the index has after one.
int score_iso_2022_jp(ByteView unit) { return unit.size() == 1 ? 0 : 10; }

}  // namespace earshot::text
