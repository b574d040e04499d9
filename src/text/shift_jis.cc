// shift_jis: windows-31j, as the standard has it. Half-width katakana are single bytes between the two ranges of leads.
#include <algorithm>

#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/jis.h"

namespace earshot::text {
namespace {

// The bits of the leads 81..9F and E0..FC with this one turned are 21..5C: one range.
constexpr std::uint8_t kLeadTurn = 0xA0;
constexpr std::uint8_t kFirstTurned = 0x21;
constexpr unsigned kLeads = 60;

struct ShiftJisRows {
    [[gnu::always_inline]] static unsigned place(std::uint8_t lead, std::uint8_t trail) {
        const unsigned row = static_cast<unsigned>(lead ^ kLeadTurn) - kFirstTurned;
        return row < kLeads && trail >= 0x40 ? row * kIndexTrails + (trail - 0x40U) : kNoPlace;
    }
#if defined(__SSE2__)
    [[gnu::always_inline]] static EightPlaces places(__m128i leads, __m128i trails) {
        const __m128i row =
            _mm_sub_epi16(_mm_xor_si128(leads, _mm_set1_epi16(kLeadTurn)), _mm_set1_epi16(kFirstTurned));
        const __m128i column = _mm_sub_epi16(trails, _mm_set1_epi16(0x40));
        const __m128i low = _mm_cmpgt_epi16(_mm_setzero_si128(), _mm_or_si128(row, column));
        return {_mm_add_epi16(_mm_mullo_epi16(row, _mm_set1_epi16(kIndexTrails)), column),
                _mm_or_si128(low, _mm_cmpgt_epi16(row, _mm_set1_epi16(kLeads - 1)))};
    }
#endif
};

class ShiftJisDecoder {
  public:
    static constexpr bool kAscii = true;

    ShiftJisDecoder(const Encoding&, std::uint8_t (&)[4]) {}

    Unit unit(const std::uint8_t* at, std::size_t size) {
        if (at[0] <= 0x80) return Unit::of(1, at[0]);
        if (is_half_width_byte(at[0])) return Unit::of(1, kHalfWidthKatakana + (at[0] - 0xA1U));
        if (at[0] == 0xA0 || at[0] > 0xFC) return Unit::malformed(1);
        if (size < 2) return Unit::incomplete();
        if (const char32_t code_point = jis0208<ShiftJisRows>(at[0], at[1])) return Unit::of(2, code_point);
        return Unit::malformed(at[1] < 0x80 ? 1 : 2);  // an ASCII byte is its own unit
    }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        if (is_half_width_byte(*at)) return katakana(at, end, out);
        return three_byte_stretch<ShiftJisRows>(at, end, tables::kJis0208.data(), out);
    }

  private:
    template <typename Map>
    static const std::uint8_t* katakana(const std::uint8_t* const begin, const std::uint8_t* end, Output<Map>& out) {
        const std::uint8_t* const stop = begin + std::min(static_cast<std::size_t>(end - begin), out.room() / 3);
        const std::uint8_t* at = begin;
        char* to = out.at();
        for (; at != stop && is_half_width_byte(*at); ++at, to += 3) put_half_width(*at, to);
        out.wrote(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(to - out.at()), 1, 3);
        return at;
    }
};

class ShiftJisEncoder {
  public:
    static constexpr Ascii kAscii = Ascii::same;

    explicit ShiftJisEncoder(const Encoding&) {}

    unsigned put(char32_t code_point, std::uint8_t* to) {
        if (code_point <= 0x80) return one(code_point, to);
        const unsigned bytes = jis_place(code_point);
        if (bytes == kNoValue) return put_other(code_point, to);
        if (bytes >> 8 == 0xED || bytes >> 8 == 0xEE) return two(ibm_place(code_point), to);
        return two(bytes, to);
    }

  private:
    static unsigned one(char32_t byte, std::uint8_t* to) {
        to[0] = static_cast<std::uint8_t>(byte);
        return 1;
    }
    static unsigned two(unsigned bytes, std::uint8_t* to) {
        to[0] = static_cast<std::uint8_t>(bytes >> 8);
        to[1] = static_cast<std::uint8_t>(bytes);
        return 2;
    }
    [[gnu::noinline]] static unsigned put_other(char32_t code_point, std::uint8_t* to) {
        if (code_point == U'\u00A5') return one(0x5C, to);
        if (code_point == U'\u203E') return one(0x7E, to);
        if (code_point == kMinus) return two(jis_place(kFullWidthHyphen), to);
        if (is_half_width_katakana(code_point)) return one(code_point - kHalfWidthKatakana + 0xA1, to);
        return 0;
    }
    // NEC's selection of IBM's characters is read and never written: IBM's own places, in the last rows, are. All of
    // the selection has one there.
    [[gnu::noinline]] static unsigned ibm_place(char32_t code_point) {
        constexpr unsigned kIbmRow = 57;
        const auto* const first = tables::kJis0208.begin() + kIbmRow * kIndexTrails;
        const auto* const found = std::find(first, tables::kJis0208.end(), code_point);
        const auto place = static_cast<unsigned>(found - first);
        return (0xFAU + place / kIndexTrails) << 8 | (0x40U + place % kIndexTrails);
    }
};

}  // namespace

constexpr DecodeOps kShiftJisDecode = decode_ops<ShiftJisDecoder>();
constexpr EncodeOps kShiftJisEncode = encode_ops<ShiftJisEncoder>();

// Kana, punctuation and everyday kanji speak for it, other kanji and half-width katakana (which text of EUC and GBK is
// full of when read so) a little, the rest against it.
int score_shift_jis(ByteView unit) {
    const std::uint8_t lead = unit[0];
    if (unit.size() == 1) return is_half_width_byte(lead) ? 2 : -6;
    if (lead >= 0x81 && lead <= 0x83) return 10;
    if (lead >= 0x88 && lead <= 0x97) return 10;
    return (lead >= 0x98 && lead <= 0x9F) || (lead >= 0xE0 && lead <= 0xEA) ? 2 : -6;
}

}  // namespace earshot::text
