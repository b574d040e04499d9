// The rules of the gb18030 decoder that others get wrong, each a fact; for gbk too, which decodes by it.
#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

std::string decoded(std::string_view hex) {
    const std::string raw = from_hex(hex);
    EXPECT_TRUE(every_cut_agrees(named("gbk"), raw)) << hex;
    EXPECT_EQ(decode_whole(named("gbk"), raw), decode_whole(named("gb18030"), raw)) << hex;
    return code_points_of(decode_whole(named("gbk"), raw).text);
}

TEST(Gb18030Decoder, ReadsHanziAndPunctuation) { EXPECT_EQ(decoded("C4E3BAC3A3AC"), "4F60 597D FF0C"); }
TEST(Gb18030Decoder, EightyIsTheEuroSign) { EXPECT_EQ(decoded("80"), "20AC"); }
TEST(Gb18030Decoder, A3A0IsTheWideSpace) { EXPECT_EQ(decoded("A3A0"), "3000"); }
TEST(Gb18030Decoder, UserDefinedAreasArePrivateUse) {
    EXPECT_EQ(decoded("AAA1AFFEF8A1FEFEA140A7A0"), "E000 E233 E234 E4C5 E4C6 E765");
}
TEST(Gb18030Decoder, LettersOfTwoBytesInUtf8) { EXPECT_EQ(decoded("A8A4A1E8A7A1"), "E0 A4 410"); }
TEST(Gb18030Decoder, TrailMayBeAsciiLetterOrBackslash) { EXPECT_EQ(decoded("815C8140"), "4E57 4E02"); }

TEST(Gb18030Decoder, Swaps2022InTwoBytes) {
    EXPECT_EQ(decoded("A6D9A6DAA6DBA6DCA6DDA6DEA6DFA6ECA6EDA6F3"), "FE10 FE12 FE11 FE13 FE14 FE15 FE16 FE17 FE18 FE19");
    EXPECT_EQ(decoded("FE59FE61FE66FE67FE6DFE7EFE90FEA0"), "9FB4 9FB5 9FB6 9FB7 9FB8 9FB9 9FBA 9FBB");
}
TEST(Gb18030Decoder, FourByteFormsOfTheSwapsStay) {
    EXPECT_EQ(decoded("84318236823590378431833082359134"), "FE10 9FB4 FE14 9FBB");
}
TEST(Gb18030Decoder, OddPairInFourBytesAndTwo) { EXPECT_EQ(decoded("8135F437A8BC"), "E7C7 1E3F"); }
TEST(Gb18030Decoder, FourBytesReachBothEnds) {
    EXPECT_EQ(decoded("81308130"), "80");
    EXPECT_EQ(decoded("8431A439"), "FFFF");
    EXPECT_EQ(decoded("90308130E3329A35"), "10000 10FFFF");
}

TEST(Gb18030Decoder, OutOfRangeFourBytesAreOneError) {
    EXPECT_EQ(decoded("8431A530"), "FFFD");
    EXPECT_EQ(decoded("8F39FE39"), "FFFD");
    EXPECT_EQ(decoded("E3329A36"), "FFFD");
    EXPECT_EQ(decoded("FE39FE39"), "FFFD");
}
TEST(Gb18030Decoder, TrailFfIsOneErrorWithItsLead) { EXPECT_EQ(decoded("81FF41"), "FFFD 41"); }
TEST(Gb18030Decoder, BadLeadSwallowsNoAscii) {
    EXPECT_EQ(decoded("810A"), "FFFD A");
    EXPECT_EQ(decoded("817F"), "FFFD 7F");
    EXPECT_EQ(decoded("FF41"), "FFFD 41");
    EXPECT_EQ(decoded("813A"), "FFFD 3A");
}
TEST(Gb18030Decoder, BrokenFourBytesGiveTheirTailBack) {
    EXPECT_EQ(decoded("81304141"), "FFFD 30 41 41");
    EXPECT_EQ(decoded("81308141"), "FFFD 30 4E04");  // the third byte leads again
    EXPECT_EQ(decoded("813081308130"), "80 FFFD");
    EXPECT_EQ(decoded("81308181308130"), "FFFD 30 4E96 30 FFFD");
}
TEST(Gb18030Decoder, WhatTheEndCutsIsOneError) {
    EXPECT_EQ(decoded("81"), "FFFD");
    EXPECT_EQ(decoded("8130"), "FFFD");
    EXPECT_EQ(decoded("813081"), "FFFD");
}

// Stretches go eight units a step; byte by byte each unit is decided alone.
TEST(Gb18030Decoder, EightAtOnceAgreeWithOneAtATime) {
    const std::string hanzi = from_hex("C4E3");
    for (std::size_t place = 0; place < 8; ++place) {
        std::string raw;
        for (unsigned lead = 0x80; lead < 0x100; ++lead) {
            for (unsigned trail = 0; trail < 0x100; trail += trail < 0x81 || trail > 0xFC ? 1 : 13) {
                for (std::size_t before = 0; before < place; ++before) raw += hanzi;
                raw += static_cast<char>(lead);
                raw += static_cast<char>(trail);
                for (std::size_t after = place; after < 9; ++after) raw += hanzi;
            }
            raw += '\n';
        }
        std::vector<std::size_t> each_byte;
        for (std::size_t cut = 1; cut < raw.size(); ++cut) each_byte.push_back(cut);
        const Decoded whole = decode_whole(named("gbk"), raw);
        ASSERT_TRUE(tiles(whole, raw));
        ASSERT_TRUE(decode_cut(named("gbk"), raw, each_byte) == whole) << place;
    }
}

// All of the index in one stream, so that every entry goes through the fast way too.
TEST(Gb18030Decoder, EveryTwoByteUnitGoesThereAndBack) {
    std::string raw;
    for (unsigned lead = 0x81; lead < 0xFF; ++lead) {
        for (unsigned trail = 0x40; trail < 0xFF; ++trail) {
            if (trail == 0x7F || (lead == 0xA3 && trail == 0xA0)) continue;
            raw += static_cast<char>(lead);
            raw += static_cast<char>(trail);
        }
    }
    const Decoded whole = decode_whole(named("gb18030"), raw);
    EXPECT_TRUE(whole.malformed.empty());
    EXPECT_EQ(encoded_hex(named("gb18030"), whole.text), to_hex(as_bytes(raw)));
}

std::string gbk(std::string_view text) { return encoded_hex(named("gbk"), text); }
std::string gb18030(std::string_view text) { return encoded_hex(named("gb18030"), text); }

TEST(Gb18030Encoder, EuroIsOneByteInGbkAndTwoInGb18030) {
    EXPECT_EQ(gbk("\u20AC"), "80");
    EXPECT_EQ(gb18030("\u20AC"), "A2E3");
}
TEST(Gb18030Encoder, E5E5HasNoBytes) {
    EXPECT_EQ(gbk("\uE5E5"), "");
    EXPECT_EQ(gb18030("\uE5E5"), "");
}
TEST(Gb18030Encoder, WideSpaceTakesItsFirstForm) { EXPECT_EQ(gbk("\u3000"), "A1A1"); }
TEST(Gb18030Encoder, OldAndNewValueOfASwapShareBytes) {
    EXPECT_EQ(gb18030("\uE81E\u9FB4"), "FE59FE59");
    EXPECT_EQ(gb18030("\uE78D\uFE10"), "A6D9A6D9");
}
TEST(Gb18030Encoder, WhatGbkLacksHasFourBytes) {
    EXPECT_EQ(gbk("\u00E3"), "");
    EXPECT_EQ(gb18030("\u00E3\uE7C7\U0001F600\U0010FFFF"), "81308A308135F4379439FC36E3329A35");
}

}  // namespace
}  // namespace earshot::text
