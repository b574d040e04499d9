// euc-kr, which is windows-949: the Hangul and hanja of KS X 1001, and the rest of modern Hangul around them.
#include "text/tables/euc_kr.h"

#include <array>
#include <string_view>

#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/two_byte_codec.h"

namespace earshot::text {
namespace {

struct EucKr {
    static constexpr const std::uint16_t* kIndex = tables::kEucKrIndex.data();

    static Unit unit(unsigned, unsigned entry) { return entry == 0 ? Unit{} : Unit::of(2, entry); }
    static unsigned bytes(char32_t code_point) {
        return reverse_two_bytes<tables::kEucKrReverseShift>(code_point, tables::kEucKrReverseBlock,
                                                             tables::kEucKrReverse);
    }
};

// The syllables that nearly all Korean text is made of.
constexpr std::u16string_view kEveryday =
    u"이다는을의에가고하지로한를기사도은어리나서아자해대시인수있그부정라것과보주제장일전게들만여상소오거니습신"
    u"세면구스원공무마없비조동성유우선생문안모내당말야위중화바때국경실적연회용관명물던음개까며되된될와러려르른"
    u"미방분람살산속식심알았었업행양배발번반박트터타토통특판편포표피필학할함합현형호환후히간감강같갔겠겨결계교"
    u"군권금급길김날남너네년노녀느능님단달더데돈두드등따또뜻란래량럼레력렇령론료류린림막많매먼머메목못민밀밖벌"
    u"법변별복본봐북불빠새색석설쓰씨않얼엄역열영예온완왜외요욕운울워월육으읽임입잘저절점접족존종좋죄죠준줄즈증"
    u"직진집짜쪽차참찾책처천첫청체초최추출치크큰키태테파평품프";

using Syllables = std::array<std::uint8_t, (0xD7A4 - 0xAC00) / 8 + 1>;

consteval Syllables everyday_syllables() {
    Syllables set{};
    for (const char16_t syllable : kEveryday) {
        const unsigned number = syllable - 0xAC00U;
        set[number / 8] = static_cast<std::uint8_t>(set[number / 8] | 1U << number % 8);
    }
    return set;
}
constexpr Syllables kEverydaySyllables = everyday_syllables();

}  // namespace

constexpr DecodeOps kEucKrDecode = decode_ops<TwoByteDecoder<EucKr>>();
constexpr EncodeOps kEucKrEncode = encode_ops<TwoByteEncoder<EucKr>>();

// Chinese text read as Korean is Hangul for the most part too (both have what is common from B0 on), so it is the
// syllable that decides and not its place: those of everyday text count more than a hanzi does in GBK, others nothing.
// Hanja and what windows-949 adds hardly occur; punctuation and full-width letters stand where GBK and Big5 have
// theirs.
int score_euc_kr(ByteView unit) {
    if (unit.size() != 2) return -6;
    const unsigned lead = unit[0];
    const unsigned trail = unit[1];
    if (lead < 0xB0 || lead > 0xC8 || trail < 0xA1) return trail >= 0xA1 && (lead == 0xA1 || lead == 0xA3) ? 10 : -6;
    const unsigned number = EucKr::kIndex[(lead - 0x81) * kIndexTrails + trail - 0x40] - 0xAC00U;
    if (number / 8 >= kEverydaySyllables.size()) return -6;
    return (kEverydaySyllables[number / 8] >> number % 8 & 1) != 0 ? 15 : 0;
}

}  // namespace earshot::text
