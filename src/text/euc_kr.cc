// euc-kr, which is windows-949: the Hangul and hanja of KS X 1001, and the rest of modern Hangul around them.
#include "text/tables/euc_kr.h"

#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/two_byte_codec.h"

namespace earshot::text {
namespace {

constexpr Reverse kReverse = {tables::kEucKrReverseBlock.data(), tables::kEucKrReverseMask.data(),
                              tables::kEucKrReverseBegin.data(), tables::kEucKrReverseValue.data()};

struct EucKr {
    static constexpr const std::uint16_t* kIndex = tables::kEucKrIndex.data();
    static constexpr bool kSpaces = true;

    static Unit unit(unsigned, unsigned entry) { return entry == 0 ? Unit{} : Unit::of(2, entry); }
    static unsigned bytes(char32_t code_point) { return reverse_value(kReverse, code_point); }
};

}  // namespace

constexpr DecodeOps kEucKrDecode = decode_ops<TwoByteDecoder<EucKr>>();
constexpr EncodeOps kEucKrEncode = encode_ops<TwoByteEncoder<EucKr>>();

// Chinese text read as Korean is Hangul for the most part too (both have what is common from B0 on): which syllables
// are everyday ones decides, and common_characters.cc knows them. Hanja and what windows-949 adds hardly occur;
// punctuation and full-width letters stand where GBK and Big5 have theirs.
int score_euc_kr(ByteView unit) {
    if (unit.size() != 2 || unit[1] < 0xA1) return -6;
    const std::uint8_t lead = unit[0];
    if (lead == 0xA1 || lead == 0xA3) return 10;
    return lead >= 0xB0 && lead <= 0xC8 ? 10 : -6;
}

}  // namespace earshot::text
