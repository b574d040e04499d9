// euc-jp: JIS X 0208 in two bytes, half-width katakana after 8E, JIS X 0212 in three bytes after 8F (read, never
// written).
#include <algorithm>

#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/jis.h"

namespace earshot::text {
namespace {

using Rows = JisRows<0xA1>;

char32_t jis0212(std::uint8_t lead, std::uint8_t trail) {
    const unsigned row = lead - 0xA1U - tables::kJis0212FirstRow;
    const unsigned column = trail - 0xA1U;
    const std::size_t place = row * 94 + column;
    return row < 94 && place < tables::kJis0212.size() ? char32_t{tables::kJis0212[place]} : 0;
}

bool is_high(std::uint8_t byte) { return byte >= 0xA1 && byte <= 0xFE; }

class EucJpDecoder {
  public:
    static constexpr bool kAscii = true;

    EucJpDecoder(const Encoding&, std::uint8_t (&)[4]) {}

    Unit unit(const std::uint8_t* at, std::size_t size) {
        const std::uint8_t lead = at[0];
        if (lead < 0x80) return Unit::of(1, lead);
        if (lead != 0x8E && lead != 0x8F && !is_high(lead)) return Unit::malformed(1);
        if (size < 2) return Unit::incomplete();
        if (lead == 0x8F && is_high(at[1])) return three_bytes(at, size);
        if (lead == 0x8E && is_half_width_byte(at[1])) return Unit::of(2, kHalfWidthKatakana + (at[1] - 0xA1U));
        if (const char32_t code_point = jis0208<Rows>(lead, at[1])) return Unit::of(2, code_point);
        return broken(at, 2);
    }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        if (*at == 0x8E) return katakana(at, end, out);
        return three_byte_stretch<Rows>(at, end, tables::kJis0208.data(), out);
    }

  private:
    template <typename Map>
    static const std::uint8_t* katakana(const std::uint8_t* const begin, const std::uint8_t* end, Output<Map>& out) {
        const std::uint8_t* const stop =
            begin + 2 * std::min(static_cast<std::size_t>(end - begin) / 2, out.room() / 3);
        const std::uint8_t* at = begin;
        char* to = out.at();
        for (; at != stop && at[0] == 0x8E && is_half_width_byte(at[1]); at += 2, to += 3) put_half_width(at[1], to);
        out.wrote(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(to - out.at()), 2, 3);
        return at;
    }
    static Unit three_bytes(const std::uint8_t* at, std::size_t size) {
        if (size < 3) return Unit::incomplete();
        const char32_t code_point = is_high(at[2]) ? jis0212(at[1], at[2]) : 0;
        return code_point == 0 ? broken(at, 3) : Unit::of(3, code_point);
    }
    // An ASCII byte at the end is its own unit.
    static Unit broken(const std::uint8_t* at, unsigned size) {
        return Unit::malformed(at[size - 1] < 0x80 ? size - 1 : size);
    }
};

class EucJpEncoder {
  public:
    static constexpr Ascii kAscii = Ascii::same;

    explicit EucJpEncoder(const Encoding&) {}

    unsigned put(char32_t code_point, std::uint8_t* to) {
        if (code_point < 0x80) return one(code_point, to);
        const unsigned place = jis_place(code_point);
        if (place == kNoValue) return put_other(code_point, to);
        put_jis_place<0xA1>(place, to);
        return 2;
    }

  private:
    static unsigned one(char32_t byte, std::uint8_t* to) {
        to[0] = static_cast<std::uint8_t>(byte);
        return 1;
    }
    [[gnu::noinline]] unsigned put_other(char32_t code_point, std::uint8_t* to) {
        if (is_half_width_katakana(code_point)) {
            to[0] = 0x8E;
            to[1] = static_cast<std::uint8_t>(code_point - kHalfWidthKatakana + 0xA1);
            return 2;
        }
        if (code_point == U'\u00A5') return one(0x5C, to);
        if (code_point == U'\u203E') return one(0x7E, to);
        return code_point == kMinus ? put(kFullWidthHyphen, to) : 0;
    }
};

}  // namespace

constexpr DecodeOps kEucJpDecode = decode_ops<EucJpDecoder>();
constexpr EncodeOps kEucJpEncode = encode_ops<EucJpEncoder>();

// Kana, punctuation, full-width letters and everyday kanji speak for it, other kanji and half-width katakana a little,
// the rest against it.
int score_euc_jp(ByteView unit) {
    if (unit.size() != 2) return -6;
    const std::uint8_t lead = unit[0];
    if (lead == 0xA1 || (lead >= 0xA3 && lead <= 0xA5) || (lead >= 0xB0 && lead <= 0xCF)) return 10;
    return lead == 0x8E || (lead >= 0xD0 && lead <= 0xF4) ? 2 : -6;
}

}  // namespace earshot::text
