#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

std::string decoded(std::string_view hex) {
    const std::string raw = from_hex(hex);
    EXPECT_TRUE(every_cut_agrees(utf8(), raw)) << hex;
    return code_points_of(decode_whole(utf8(), raw).text);
}

TEST(Utf8Decoder, ReadsEveryLength) {
    EXPECT_EQ(decoded("41C3A9E4BDA0F09F9880"), "41 E9 4F60 1F600");
    EXPECT_EQ(decoded("7FC280DFBFE0A080EFBFBFF0908080F48FBFBF"), "7F 80 7FF 800 FFFF 10000 10FFFF");
}
TEST(Utf8Decoder, BomIsTextOfItsOwn) { EXPECT_EQ(decoded("EFBBBF41"), "FEFF 41"); }
TEST(Utf8Decoder, RefusesOverlongFormsByteByByte) {
    EXPECT_EQ(decoded("C080"), "FFFD FFFD");
    EXPECT_EQ(decoded("C1BF"), "FFFD FFFD");
    EXPECT_EQ(decoded("E08080"), "FFFD FFFD FFFD");
    EXPECT_EQ(decoded("F0808080"), "FFFD FFFD FFFD FFFD");
}
TEST(Utf8Decoder, RefusesSurrogatesAndWhatIsPastTheEnd) {
    EXPECT_EQ(decoded("EDA080"), "FFFD FFFD FFFD");
    EXPECT_EQ(decoded("ED9FBF"), "D7FF");
    EXPECT_EQ(decoded("F4908080"), "FFFD FFFD FFFD FFFD");
    EXPECT_EQ(decoded("F5FEFF"), "FFFD FFFD FFFD");
}
TEST(Utf8Decoder, BrokenSequenceIsOneErrorUpToTheByteThatBreaksIt) {
    EXPECT_EQ(decoded("E4BD41"), "FFFD 41");
    EXPECT_EQ(decoded("F09F9841"), "FFFD 41");
    EXPECT_EQ(decoded("F09FE4BDA0"), "FFFD 4F60");
    EXPECT_EQ(decoded("C3C3A9"), "FFFD E9");
}
TEST(Utf8Decoder, WhatTheEndCutsIsOneError) {
    EXPECT_EQ(decoded("F09F98"), "FFFD");
    EXPECT_EQ(decoded("41E4"), "41 FFFD");
}

// The vector loop takes four units of three bytes a step; each place in a step has its own chance to be missed.
TEST(Utf8Decoder, FindsABrokenUnitAtEveryPlaceOfALongStretch) {
    for (std::size_t place = 0; place < 24; ++place) {
        for (const char* bad : {"E08080", "EDA080", "41BDA0", "E441A0", "E4BD41", "C3A9", "F09F9880"}) {
            std::string raw;
            std::string expected;
            for (std::size_t unit = 0; unit < 24; ++unit) {
                raw += unit == place ? from_hex(bad) : "\u4F60";
                expected += unit == place ? decode_whole(utf8(), from_hex(bad)).text : "\u4F60";
            }
            ASSERT_EQ(decode_whole(utf8(), raw).text, expected) << place << ' ' << bad;
        }
    }
}

TEST(Utf8Decoder, AgreesWithItselfOnAllCodePoints) {
    std::string raw;
    for (char32_t code_point = 0; code_point < 0x110000; code_point += code_point < 0x10000 ? 1 : 251) {
        if (code_point < 0xD800 || code_point > 0xDFFF) raw += utf8_of(code_point);
    }
    const Decoded whole = decode_whole(utf8(), raw);
    EXPECT_EQ(whole.text, raw);
    EXPECT_TRUE(whole.malformed.empty());
    EXPECT_TRUE(tiles(whole, raw));
}

}  // namespace
}  // namespace earshot::text
