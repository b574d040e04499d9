#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

std::string decoded(std::string_view hex) {
    const std::string raw = from_hex(hex);
    EXPECT_TRUE(every_cut_agrees(named("shift_jis"), raw)) << hex;
    return code_points_of(decode_whole(named("shift_jis"), raw).text);
}

TEST(ShiftJisDecoder, ReadsKanaAndKanji) {
    EXPECT_EQ(decoded("82B182F182C990A28A458142"), "3053 3093 306B 4E16 754C 3002");
}
TEST(ShiftJisDecoder, HalfWidthKatakanaAreSingleBytes) { EXPECT_EQ(decoded("A1C3BDC4DF"), "FF61 FF83 FF7D FF84 FF9F"); }
TEST(ShiftJisDecoder, EightyIsAControlAndTheOtherHolesAreErrors) {
    EXPECT_EQ(decoded("80"), "80");
    EXPECT_EQ(decoded("A0FDFEFF41"), "FFFD FFFD FFFD FFFD 41");
}
TEST(ShiftJisDecoder, BackslashAndTildeAreAscii) { EXPECT_EQ(decoded("5C7E"), "5C 7E"); }
TEST(ShiftJisDecoder, TrailMayBeAsciiLetterOrBackslash) { EXPECT_EQ(decoded("955C835C8341"), "8868 30BD 30A2"); }
TEST(ShiftJisDecoder, UserDefinedRowsArePrivateUse) { EXPECT_EQ(decoded("F040F07EF080F9FC"), "E000 E03E E03F E757"); }
TEST(ShiftJisDecoder, VendorsRowsAreRead) { EXPECT_EQ(decoded("8740ED40EEFCFA40FC4B"), "2460 7E8A FF02 2170 9ED1"); }
TEST(ShiftJisDecoder, LettersOfTwoBytesInUtf8) { EXPECT_EQ(decoded("839F844081B7"), "391 410 FFFD"); }
TEST(ShiftJisDecoder, BadLeadSwallowsNoAscii) {
    EXPECT_EQ(decoded("820A"), "FFFD A");
    EXPECT_EQ(decoded("817F"), "FFFD 7F");
    EXPECT_EQ(decoded("85403F"), "FFFD 40 3F");
}
TEST(ShiftJisDecoder, BadTrailBeyondAsciiIsOneErrorWithItsLead) {
    EXPECT_EQ(decoded("81FD41"), "FFFD 41");
    EXPECT_EQ(decoded("FCFC41"), "FFFD 41");
    EXPECT_EQ(decoded("85804182A0"), "FFFD 41 3042");
}
TEST(ShiftJisDecoder, WhatTheEndCutsIsOneError) { EXPECT_EQ(decoded("82A082"), "3042 FFFD"); }

// Stretches go eight units a step; byte by byte each unit is decided alone.
TEST(ShiftJisDecoder, EightAtOnceAgreeWithOneAtATime) {
    for (std::size_t place = 0; place < 9; ++place) {
        std::string raw;
        for (unsigned lead = 0x7F; lead < 0x100; ++lead) {
            for (unsigned trail = 0; trail < 0x100; trail += trail % 0x40 < 2 || trail % 0x40 > 0x3B ? 1 : 13) {
                for (std::size_t before = 0; before < place; ++before) raw += "\x82\xA0";
                raw += static_cast<char>(lead);
                raw += static_cast<char>(trail);
                for (std::size_t after = place; after < 9; ++after) raw += "\x83\x5C";
            }
            raw += '\n';
        }
        std::vector<std::size_t> each_byte;
        for (std::size_t cut = 1; cut < raw.size(); ++cut) each_byte.push_back(cut);
        const Decoded whole = decode_whole(named("shift_jis"), raw);
        ASSERT_TRUE(tiles(whole, raw));
        ASSERT_TRUE(decode_cut(named("shift_jis"), raw, each_byte) == whole) << place;
    }
}

TEST(ShiftJisDecoder, HalfWidthStretchesOfEveryLengthBesideOthers) {
    for (std::size_t katakana = 0; katakana < 70; ++katakana) {
        std::string raw = "a\x82\xA0";
        std::string expected = "a\u3042";
        for (std::size_t i = 0; i < katakana; ++i) {
            raw += static_cast<char>(0xA1 + i % 63);
            expected += utf8_of(static_cast<char32_t>(0xFF61 + i % 63));
        }
        raw += "\x83\x5Cz";
        expected += "\u30BDz";
        ASSERT_TRUE(every_cut_agrees(named("shift_jis"), raw)) << katakana;
        ASSERT_EQ(decode_whole(named("shift_jis"), raw).text, expected) << katakana;
    }
}

std::string shift_jis(std::string_view text) { return encoded_hex(named("shift_jis"), text); }

TEST(ShiftJisEncoder, WritesKanaKanjiAndHalfWidthKatakana) { EXPECT_EQ(shift_jis("あ表ソｱﾟ"), "82A0955C835CB1DF"); }
TEST(ShiftJisEncoder, YenOverlineAndMinusHaveAPlace) { EXPECT_EQ(shift_jis("\u00A5\u203E\u2212\u0080"), "5C7E817C80"); }
TEST(ShiftJisEncoder, WritesIbmsPlacesNotNecsSelection) { EXPECT_EQ(shift_jis("\u7E8A\u2170\u9ED1"), "FA5CFA40FC4B"); }
TEST(ShiftJisEncoder, SharedCharactersTakeTheirFirstPlace) {
    EXPECT_EQ(shift_jis("\uFFE2\u2235\u2252"), "81CA81E681E0");
}
TEST(ShiftJisEncoder, UserDefinedCharactersHaveNoBytes) { EXPECT_EQ(shift_jis("\uE000"), ""); }
TEST(ShiftJisEncoder, RefusesWhatTheIndexLacks) {
    EXPECT_EQ(shift_jis("\u00E9"), "");
    EXPECT_EQ(shift_jis("\u301C"), "");
    EXPECT_EQ(shift_jis("\U00020000"), "");
}

}  // namespace
}  // namespace earshot::text
