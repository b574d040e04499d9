// The codec of the families that are ASCII and two bytes and nothing else: big5 and euc-kr.
//
// A charset has
//     static constexpr const std::uint16_t* kIndex             as two_byte.h says
//     static constexpr bool kSpaces                            text has words with spaces between
//     static Unit unit(unsigned bytes, unsigned entry)         what stands for the index's entry that is not of three
//                                                              bytes in UTF-8; raw_size 0: nothing
//     static unsigned bytes(char32_t code_point)               lead high; kNoValue: it has none for it
#pragma once

#include "text/codec.h"
#include "text/encode_loop.h"
#include "text/mixed.h"
#include "text/reverse.h"

namespace earshot::text {

template <typename Charset>
class TwoByteDecoder {
  public:
    static constexpr bool kAscii = true;

    TwoByteDecoder(const Encoding&, std::uint8_t (&)[4]) {}

    Unit unit(const std::uint8_t* at, std::size_t size) {
        if (at[0] < 0x80) return Unit::of(1, at[0]);
        const unsigned lead = at[0] - 0x81U;
        if (lead >= kIndexLeads) return Unit::malformed(1);
        if (size < 2) return Unit::incomplete();
        const unsigned trail = at[1] - 0x40U;
        const unsigned entry = trail < kIndexTrails ? Charset::kIndex[lead * kIndexTrails + trail] : 0U;
        if (entry >= 0x800) return Unit::of(2, entry);
        const Unit unit = Charset::unit(at[0] * 0x100U + at[1], entry);
        if (unit.raw_size != 0) return unit;
        return Unit::malformed(at[1] < 0x80 ? 1 : 2);  // an ASCII byte is its own unit
    }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        if constexpr (Charset::kSpaces)
            return mixed_stretch(at, end, Charset::kIndex, out);
        else
            return three_byte_stretch(at, end, Charset::kIndex, out);
    }
};

template <typename Charset>
class TwoByteEncoder {
  public:
    static constexpr Ascii kAscii = Ascii::same;

    explicit TwoByteEncoder(const Encoding&) {}

    unsigned put(char32_t code_point, std::uint8_t* to) {
        if (code_point < 0x80) {
            to[0] = static_cast<std::uint8_t>(code_point);
            return 1;
        }
        const unsigned bytes = Charset::bytes(code_point);
        if (bytes == kNoValue) return 0;
        to[0] = static_cast<std::uint8_t>(bytes >> 8);
        to[1] = static_cast<std::uint8_t>(bytes);
        return 2;
    }
};

}  // namespace earshot::text
