#include <gtest/gtest.h>

#include <algorithm>

#include "tests/text/text_fixture.h"
#include "text/detect.h"

namespace earshot::text {
namespace {

std::string swapped(std::string raw) {
    for (std::size_t at = 0; at + 1 < raw.size(); at += 2) std::swap(raw[at], raw[at + 1]);
    return raw;
}

// What both byte orders make of bytes that are given big end first.
std::string read_both(std::string_view hex) {
    const std::string big = from_hex(hex);
    EXPECT_TRUE(every_cut_agrees(named("utf-16be"), big)) << hex;
    EXPECT_TRUE(every_cut_agrees(named("utf-16le"), swapped(big))) << hex;
    const std::string text = decode_whole(named("utf-16be"), big).text;
    EXPECT_EQ(decode_whole(named("utf-16le"), swapped(big)).text, text) << hex;
    return code_points_of(text);
}

TEST(Utf16, ReadsEveryLength) { EXPECT_EQ(read_both("004100E94F60D83DDE000000"), "41 E9 4F60 1F600 0"); }

TEST(Utf16, ALoneSurrogateIsAnErrorOfItsOwn) {
    EXPECT_EQ(read_both("DE000041"), "FFFD 41");
    EXPECT_EQ(read_both("D83D0041"), "FFFD 41");
    EXPECT_EQ(read_both("D83DD83DDE00"), "FFFD 1F600");
    EXPECT_EQ(read_both("D83DFFFE"), "FFFD FFFE");
}

TEST(Utf16, WhatIsLeftAtTheEndIsOneError) {
    EXPECT_EQ(read_both("004100"), "41 FFFD");
    EXPECT_EQ(read_both("D83D"), "FFFD");
    const Decoded decoded = decode_whole(named("utf-16be"), from_hex("D83DDE"));
    ASSERT_EQ(decoded.malformed.size(), 1U);
    EXPECT_EQ(decoded.malformed[0].size, 3);
}

TEST(Utf16, ByteOrderMarkIsTextLikeAnyOther) { EXPECT_EQ(read_both("FEFF0041"), "FEFF 41"); }

TEST(Utf16, StretchesOfEveryLengthBreakAnywhere) {
    const char32_t kinds[] = {'a', U'é', U'好', U'😀', 0xD7FF, 0xE000, 0xFFFF, 0x7F, 0x80, 0x7FF, 0x800};
    std::string text;
    std::uint32_t seed = 7;
    for (int i = 0; i < 3000; ++i) {
        seed = seed * 1664525 + 1013904223;
        const std::string one = utf8_of(kinds[(seed >> 16) % std::size(kinds)]);
        for (std::uint32_t again = (seed >> 24) % 40 + 1; again != 0; --again) text += one;
    }
    for (const char* name : {"utf-16be", "utf-16le"}) {
        std::vector<std::uint8_t> bytes;
        ASSERT_EQ(Encoder(named(name)).encode(text, bytes), std::nullopt);
        const std::string raw(as_chars(bytes));
        const Decoded whole = decode_whole(named(name), raw);
        EXPECT_EQ(whole.text, text);
        EXPECT_TRUE(tiles(whole, raw));
        EXPECT_EQ(decode_cut(named(name), raw, {1, 2, 4099, 8001, 20000}), whole);
    }
}

TEST(Utf16, WritesPairsForWhatIsBeyondTheBmp) {
    EXPECT_EQ(encoded_hex(named("utf-16be"), "A好😀"), "0041597DD83DDE00");
    EXPECT_EQ(encoded_hex(named("utf-16le"), "A好😀"), "41007D593DD800DE");
}

TEST(Utf16, IsDetectedByItsMark) {
    for (const bool big : {true, false}) {
        Detector detector({});
        const std::string raw = from_hex("FEFF00410042");
        const Verdict verdict = detector.add(as_bytes(big ? raw : swapped(raw)));
        EXPECT_EQ(verdict, (Verdict{&named(big ? "utf-16be" : "utf-16le"), Certainty::sticky}));
    }
}

}  // namespace
}  // namespace earshot::text
