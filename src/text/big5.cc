// big5 with the Hong Kong part, which is read but never written.
#include "text/tables/big5.h"

#include <algorithm>

#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/two_byte_codec.h"

namespace earshot::text {
namespace {

using tables::kBig5Astral;
using tables::kBig5AstralBack;
using tables::kBig5AstralBytes;
using tables::kBig5Letters;

constexpr char32_t kAstralPlane = 0x20000;
constexpr Reverse kReverse = {tables::kBig5ReverseBlock.data(), tables::kBig5ReverseMask.data(),
                              tables::kBig5ReverseBegin.data(), tables::kBig5ReverseValue.data()};

// Four units are a letter and a combining mark, which Unicode has no single character for.
Unit letter_with_mark(char32_t letter, char32_t mark) {
    Unit unit;
    unit.raw_size = 2;
    unit.text_size = static_cast<std::uint8_t>(put_utf8(letter, unit.text) + put_utf8(mark, unit.text + 2));
    return unit;
}

struct Big5 {
    static constexpr const std::uint16_t* kIndex = tables::kBig5Index.data();
    static constexpr bool kSpaces = false;

    static Unit unit(unsigned bytes, unsigned entry) {
        if (entry == 0) return pair(bytes);
        const std::size_t number = entry - 1;
        if (number < kBig5Letters.size()) return Unit::of(2, kBig5Letters[number]);
        return Unit::of(2, kAstralPlane + kBig5Astral[number - kBig5Letters.size()]);
    }
    static unsigned bytes(char32_t code_point) {
        if (code_point < kAstralPlane) return reverse_value(kReverse, code_point);
        const char32_t low = code_point - kAstralPlane;
        const auto* const found = std::lower_bound(kBig5AstralBack.begin(), kBig5AstralBack.end(), low);
        if (found == kBig5AstralBack.end() || *found != low) return kNoValue;
        return kBig5AstralBytes[static_cast<std::size_t>(found - kBig5AstralBack.begin())];
    }

  private:
    static Unit pair(unsigned bytes) {
        switch (bytes) {
            case 0x8862:
                return letter_with_mark(0xCA, 0x304);
            case 0x8864:
                return letter_with_mark(0xCA, 0x30C);
            case 0x88A3:
                return letter_with_mark(0xEA, 0x304);
            case 0x88A5:
                return letter_with_mark(0xEA, 0x30C);
            default:
                return {};
        }
    }
};

}  // namespace

constexpr DecodeOps kBig5Decode = decode_ops<TwoByteDecoder<Big5>>();
constexpr EncodeOps kBig5Encode = encode_ops<TwoByteEncoder<Big5>>();

// Everyday hanzi and punctuation speak for it, rarer hanzi say nothing, the rest of the two-byte space speaks against
// it.
int score_big5(ByteView unit) {
    if (unit.size() != 2) return -6;
    const std::uint8_t lead = unit[0];
    if ((lead >= 0xA4 && lead <= 0xC6) || lead == 0xA1) return 10;
    return lead >= 0xC9 && lead <= 0xF9 ? 0 : -6;
}

}  // namespace earshot::text
