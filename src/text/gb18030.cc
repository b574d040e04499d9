// gb18030 and gbk: one decoder for both, as the standard has it; the encoders differ in what they leave out.
#include "text/tables/gb18030.h"

#include <algorithm>
#include <array>

#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/two_byte.h"

namespace earshot::text {
namespace {

using tables::Gb18030Range;
using tables::kGb18030Index;
using tables::kGb18030Ranges;

constexpr char32_t kNone = 0;

// 8135F437 stands for U+E7C7 by a rule of its own: the letter that the range has there got two bytes long ago.
constexpr std::uint32_t kOddPointer = 7457;
constexpr char32_t kOddCodePoint = 0xE7C7;

bool is_lead(std::uint8_t byte) { return byte >= 0x81 && byte <= 0xFE; }
bool is_digit(std::uint8_t byte) { return byte >= 0x30 && byte <= 0x39; }

char32_t two_byte(std::uint8_t lead, std::uint8_t trail) {
    return trail < 0x40 ? kNone : char32_t{kGb18030Index[(lead - 0x81U) * kIndexTrails + (trail - 0x40U)]};
}

char32_t four_byte(const std::uint8_t* at) {
    const std::uint32_t pointer =
        ((at[0] - 0x81U) * 10 + (at[1] - 0x30U)) * 1260 + (at[2] - 0x81U) * 10 + (at[3] - 0x30U);
    if ((pointer > 39419 && pointer < 189000) || pointer > 1237575) return kNone;
    if (pointer == kOddPointer) return kOddCodePoint;
    const auto* after =
        std::upper_bound(kGb18030Ranges.begin(), kGb18030Ranges.end(), pointer,
                         [](std::uint32_t wanted, const Gb18030Range& range) { return wanted < range.pointer; });
    return after[-1].code_point + (pointer - after[-1].pointer);
}

class Gb18030Decoder {
  public:
    static constexpr bool kAscii = true;

    Gb18030Decoder(const Encoding&, std::uint8_t (&)[4]) {}

    Unit unit(const std::uint8_t* at, std::size_t size) {
        if (at[0] < 0x80) return Unit::of(1, at[0]);
        if (at[0] == 0x80) return Unit::of(1, U'\u20AC');
        if (at[0] == 0xFF) return Unit::malformed(1);
        if (size < 2) return Unit::incomplete();
        if (is_digit(at[1])) return four_byte_unit(at, size);
        if (const char32_t code_point = two_byte(at[0], at[1])) return Unit::of(2, code_point);
        return Unit::malformed(at[1] < 0x80 ? 1 : 2);  // an ASCII byte is its own unit
    }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        return three_byte_stretch(at, end, kGb18030Index.data(), out);
    }

  private:
    static Unit four_byte_unit(const std::uint8_t* at, std::size_t size) {
        if (size < 3) return Unit::incomplete();
        if (!is_lead(at[2])) return Unit::malformed(1);
        if (size < 4) return Unit::incomplete();
        if (!is_digit(at[3])) return Unit::malformed(1);
        const char32_t code_point = four_byte(at);
        return code_point == kNone ? Unit::malformed(4) : Unit::of(4, code_point);
    }
};

unsigned put_two_bytes(char32_t code_point, std::uint8_t* to) {
    if (code_point > 0xFFFF) return 0;
    constexpr unsigned kShift = tables::kGb18030ReverseShift;
    const std::size_t block = tables::kGb18030ReverseBlock[code_point >> kShift];
    const unsigned bytes = tables::kGb18030Reverse[block << kShift | (code_point & ((1U << kShift) - 1))];
    to[0] = static_cast<std::uint8_t>(bytes >> 8);
    to[1] = static_cast<std::uint8_t>(bytes);
    return bytes == 0 ? 0 : 2;
}

unsigned put_four_bytes(char32_t code_point, std::uint8_t* to) {
    std::uint32_t pointer = kOddPointer;
    if (code_point != kOddCodePoint) {
        const auto* after =
            std::upper_bound(kGb18030Ranges.begin(), kGb18030Ranges.end(), code_point,
                             [](char32_t wanted, const Gb18030Range& range) { return wanted < range.code_point; });
        pointer = after[-1].pointer + (code_point - after[-1].code_point);
    }
    to[0] = static_cast<std::uint8_t>(0x81 + pointer / 12600);
    to[1] = static_cast<std::uint8_t>(0x30 + pointer / 1260 % 10);
    to[2] = static_cast<std::uint8_t>(0x81 + pointer / 10 % 126);
    to[3] = static_cast<std::uint8_t>(0x30 + pointer % 10);
    return 4;
}

template <bool kGbk>
class Gb18030Encoder {
  public:
    static constexpr Ascii kAscii = Ascii::same;

    explicit Gb18030Encoder(const Encoding&) {}

    unsigned put(char32_t code_point, std::uint8_t* to) {
        if (code_point < 0x80) {
            to[0] = static_cast<std::uint8_t>(code_point);
            return 1;
        }
        if (code_point == 0xE5E5) return 0;  // A3A0 had it once and is a space now
        if (kGbk && code_point == U'\u20AC') {
            to[0] = 0x80;
            return 1;
        }
        if (const unsigned size = put_two_bytes(code_point, to)) return size;
        return kGbk ? 0 : put_four_bytes(code_point, to);
    }
};

}  // namespace

constexpr DecodeOps kGb18030Decode = decode_ops<Gb18030Decoder>();
constexpr EncodeOps kGb18030Encode = encode_ops<Gb18030Encoder<false>>();
constexpr EncodeOps kGbkEncode = encode_ops<Gb18030Encoder<true>>();

// Everyday hanzi and the two rows of punctuation and full-width letters speak for it, rare hanzi a little, the rest of
// the two-byte space (which text in another encoding falls into) against it.
int score_gbk(ByteView unit) {
    if (unit.size() != 2) return -6;
    const std::uint8_t lead = unit[0];
    if ((lead >= 0xB0 && lead <= 0xD7 && unit[1] >= 0xA1) || lead == 0xA1 || lead == 0xA3) return 10;
    return lead >= 0xD8 && lead <= 0xF7 ? 2 : -6;
}

}  // namespace earshot::text
