#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

std::string decoded(std::string_view hex) {
    const std::string raw = from_hex(hex);
    EXPECT_TRUE(every_cut_agrees(named("euc-jp"), raw)) << hex;
    return code_points_of(decode_whole(named("euc-jp"), raw).text);
}

TEST(EucJpDecoder, ReadsKanaAndKanji) { EXPECT_EQ(decoded("A4B3A4F3C0A4B3A6A1A3"), "3053 3093 4E16 754C 3002"); }
TEST(EucJpDecoder, HalfWidthKatakanaStandAfter8E) { EXPECT_EQ(decoded("8EA18EDF"), "FF61 FF9F"); }
TEST(EucJpDecoder, Jis0212StandsAfter8F) { EXPECT_EQ(decoded("8FA2AF8FB0A18FEDE3"), "2D8 4E02 9FA5"); }
TEST(EucJpDecoder, BothHalvesOfARowAndItsHole) { EXPECT_EQ(decoded("A1A1A1DFA1E0A1FEA2A1"), "3000 D7 F7 25C7 25C6"); }
TEST(EucJpDecoder, EightyToNinetyNineAreErrorsNotControls) {
    EXPECT_EQ(decoded("809B9FA0FF41"), "FFFD FFFD FFFD FFFD FFFD 41");
}
TEST(EucJpDecoder, BadLeadSwallowsNoAscii) {
    EXPECT_EQ(decoded("A40A"), "FFFD A");
    EXPECT_EQ(decoded("8E41"), "FFFD 41");
    EXPECT_EQ(decoded("8F41"), "FFFD 41");
    EXPECT_EQ(decoded("8FA17F"), "FFFD 7F");
}
TEST(EucJpDecoder, BadTrailBeyondAsciiIsOneErrorWithWhatStoodBefore) {
    EXPECT_EQ(decoded("A2B941"), "FFFD 41");
    EXPECT_EQ(decoded("8EE041"), "FFFD 41");
    EXPECT_EQ(decoded("8F8E41"), "FFFD 41");
    EXPECT_EQ(decoded("8FA18041"), "FFFD 41");
    EXPECT_EQ(decoded("8FA1A18FFEFE8FEEA141"), "FFFD FFFD FFFD 41");
}
TEST(EucJpDecoder, WhatTheEndCutsIsOneError) {
    EXPECT_EQ(decoded("A4A2A4"), "3042 FFFD");
    EXPECT_EQ(decoded("8FA2"), "FFFD");
}

TEST(EucJpDecoder, EightAtOnceAgreeWithOneAtATime) {
    for (std::size_t place = 0; place < 9; ++place) {
        std::string raw;
        for (unsigned lead = 0x8D; lead < 0x100; ++lead) {
            for (unsigned trail = 0x20; trail<0x100; trail += trail> 0x9E && trail < 0xE2 ? 1 : 7) {
                for (std::size_t before = 0; before < place; ++before) raw += "\xA4\xA2";
                raw += static_cast<char>(lead);
                raw += static_cast<char>(trail);
                for (std::size_t after = place; after < 9; ++after) raw += "\xA5\xA2";
            }
            raw += '\n';
        }
        std::vector<std::size_t> each_byte;
        for (std::size_t cut = 1; cut < raw.size(); ++cut) each_byte.push_back(cut);
        const Decoded whole = decode_whole(named("euc-jp"), raw);
        ASSERT_TRUE(tiles(whole, raw));
        ASSERT_TRUE(decode_cut(named("euc-jp"), raw, each_byte) == whole) << place;
    }
}

std::string euc_jp(std::string_view text) { return encoded_hex(named("euc-jp"), text); }

TEST(EucJpEncoder, WritesKanaKanjiAndHalfWidthKatakana) { EXPECT_EQ(euc_jp("あ世ｱ"), "A4A2C0A48EB1"); }
TEST(EucJpEncoder, YenOverlineAndMinusHaveAPlace) { EXPECT_EQ(euc_jp("\u00A5\u203E\u2212"), "5C7EA1DD"); }
TEST(EucJpEncoder, IbmsCharactersTakeNecsPlaces) { EXPECT_EQ(euc_jp("\u7E8A\u2170"), "F9A1FCF1"); }
TEST(EucJpEncoder, Jis0212IsNeverWritten) { EXPECT_EQ(euc_jp("\u4E02"), ""); }

}  // namespace
}  // namespace earshot::text
