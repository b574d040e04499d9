// The rules of big5 and euc-kr that others get wrong, each a fact, and what holds for every two-byte family.
#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

std::string decoded(std::string_view label, std::string_view hex) {
    const std::string raw = from_hex(hex);
    EXPECT_TRUE(every_cut_agrees(named(label), raw)) << label << ' ' << hex;
    return code_points_of(decode_whole(named(label), raw).text);
}
std::string big5(std::string_view hex) { return decoded("big5", hex); }
std::string euc_kr(std::string_view hex) { return decoded("euc-kr", hex); }
std::string in_big5(std::string_view text) { return encoded_hex(named("big5"), text); }
std::string in_euc_kr(std::string_view text) { return encoded_hex(named("euc-kr"), text); }

TEST(Big5Decoder, ReadsHanziAndPunctuation) { EXPECT_EQ(big5("A741A66EA141"), "4F60 597D FF0C"); }
TEST(Big5Decoder, TrailMayBeBackslash) { EXPECT_EQ(big5("A55CB35C"), "529F 8A31"); }
TEST(Big5Decoder, FourUnitsAreTwoCodePoints) {
    EXPECT_EQ(big5("8862886488A388A5"), "CA 304 CA 30C EA 304 EA 30C");
    EXPECT_EQ(big5("886688A7"), "CA EA");
}
TEST(Big5Decoder, ReadsBeyondTheBmp) { EXPECT_EQ(big5("8745FEFD"), "27267 2910D"); }
TEST(Big5Decoder, LettersOfTwoBytesInUtf8) { EXPECT_EQ(big5("A344C7F3A1D1"), "391 410 D7"); }
TEST(Big5Decoder, BadUnitsSwallowNoAscii) {
    EXPECT_EQ(big5("80"), "FFFD");
    EXPECT_EQ(big5("FF41"), "FFFD 41");
    EXPECT_EQ(big5("A40A"), "FFFD A");
    EXPECT_EQ(big5("8140"), "FFFD 40");
    EXPECT_EQ(big5("81A1A440"), "FFFD 4E00");
    EXPECT_EQ(big5("A480A440"), "FFFD 4E00");
    EXPECT_EQ(big5("A4FF"), "FFFD");
    EXPECT_EQ(big5("A4"), "FFFD");
}

TEST(Big5Encoder, NeverWritesTheHongKongPart) {
    EXPECT_EQ(in_big5("\u43F0"), "");
    EXPECT_EQ(in_big5("\U00027267"), "");
    EXPECT_EQ(in_big5("\U0002910D"), "FEFD");
    EXPECT_EQ(in_big5("\u00CA"), "");
}
TEST(Big5Encoder, TakesTheFirstFormButForSixCharacters) {
    EXPECT_EQ(in_big5("\u2550\u255E\u2561\u256A\u5341\u5345"), "F9F9F9E9F9EBF9EAA451A4CA");
    EXPECT_EQ(in_big5("\u5140\u55C0"), "A461DCD1");
}

TEST(EucKrDecoder, ReadsHangulAndHanja) { EXPECT_EQ(euc_kr("BEC8B3E7CED9"), "C548 B155 69D0"); }
TEST(EucKrDecoder, IsWindows949) { EXPECT_EQ(euc_kr("8141C652A2E6"), "AC02 D7A3 20AC"); }
TEST(EucKrDecoder, LettersOfTwoBytesInUtf8) { EXPECT_EQ(euc_kr("A5C1ACA1A1BF"), "391 410 D7"); }
TEST(EucKrDecoder, BadUnitsSwallowNoAscii) {
    EXPECT_EQ(euc_kr("80"), "FFFD");
    EXPECT_EQ(euc_kr("FFB0A1"), "FFFD AC00");
    EXPECT_EQ(euc_kr("B00A"), "FFFD A");
    EXPECT_EQ(euc_kr("C9A1C941"), "FFFD FFFD 41");
    EXPECT_EQ(euc_kr("A2E8B0A1"), "FFFD AC00");
    EXPECT_EQ(euc_kr("B0FF"), "FFFD");
    EXPECT_EQ(euc_kr("B0"), "FFFD");
}

TEST(EucKrEncoder, WritesAllOfModernHangul) {
    EXPECT_EQ(in_euc_kr("\uAC00\uAC02\uD7A3\u20AC"), "B0A18141C652A2E6");
    EXPECT_EQ(in_euc_kr("\u1100"), "");
    EXPECT_EQ(in_euc_kr("\U0001F600"), "");
}

// Stretches go eight units a step; byte by byte each unit is decided alone.
class TwoByteFamily : public testing::TestWithParam<const char*> {};

TEST_P(TwoByteFamily, EightAtOnceAgreeWithOneAtATime) {
    const std::string everyday = from_hex("B0A1");  // a character of three bytes in every family
    for (const std::size_t place : {0U, 1U, 4U, 7U}) {
        std::string raw;
        for (unsigned lead = 0x80; lead < 0x100; ++lead) {
            for (unsigned trail = 0; trail < 0x100; trail += trail < 0x81 || trail > 0xFC ? 1 : 7) {
                for (std::size_t before = 0; before < place; ++before) raw += everyday;
                raw += static_cast<char>(lead);
                raw += static_cast<char>(trail);
                for (std::size_t after = place; after < 9; ++after) raw += everyday;
            }
            raw += '\n';
        }
        std::vector<std::size_t> each_byte;
        for (std::size_t cut = 1; cut < raw.size(); ++cut) each_byte.push_back(cut);
        const Decoded whole = decode_whole(named(GetParam()), raw);
        ASSERT_TRUE(tiles(whole, raw));
        ASSERT_TRUE(decode_cut(named(GetParam()), raw, each_byte) == whole) << place;
    }
}

// ASCII and two-byte stretches of every length to either side, ended by each kind of unit.
TEST_P(TwoByteFamily, ShortStretchesAgreeWithOneAtATime) {
    const std::string_view between[] = {"", "\xFF", "\xA2\xA4", "\x81", "\x81\x30\x81\x30", "\xFE\x7F"};
    for (const std::string_view other : between) {
        std::string raw;
        for (std::size_t ascii = 0; ascii < 40; ++ascii) {
            for (std::size_t wide = 0; wide < 20; ++wide) {
                raw.append(ascii, 'a');
                for (std::size_t unit = 0; unit < wide; ++unit) raw += "\xB0\xA1";
                raw += other;
            }
        }
        std::vector<std::size_t> each_byte;
        for (std::size_t cut = 1; cut < raw.size(); ++cut) each_byte.push_back(cut);
        const Decoded whole = decode_whole(named(GetParam()), raw);
        ASSERT_TRUE(tiles(whole, raw));
        ASSERT_TRUE(decode_cut(named(GetParam()), raw, each_byte) == whole) << to_hex(as_bytes(other));
    }
}

INSTANTIATE_TEST_SUITE_P(Families, TwoByteFamily, testing::Values("gbk", "big5", "euc-kr"));

}  // namespace
}  // namespace earshot::text
