// The sets of iso-2022-jp and the ways between them.
#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

std::string decoded(std::string_view hex) {
    const std::string raw = from_hex(hex);
    EXPECT_TRUE(every_cut_agrees(named("iso-2022-jp"), raw)) << hex;
    return code_points_of(decode_whole(named("iso-2022-jp"), raw).text);
}

TEST(Iso2022JpDecoder, EscapesChooseTheSet) {
    EXPECT_EQ(decoded("5C1B284A5C7E411B284931301B24402422301B2442402430"),
              "5C A5 203E 41 FF71 FF70 3042 FFFD 4E16 FFFD");
    EXPECT_EQ(decoded("1B244224221B28427E"), "3042 7E");
}
TEST(Iso2022JpDecoder, WhatSteersAndWhatIsAboveSevenBitsIsAnError) {
    EXPECT_EQ(decoded("0E0F80A141"), "FFFD FFFD FFFD FFFD 41");
    EXPECT_EQ(decoded("1B284A0E80"), "FFFD FFFD");
    EXPECT_EQ(decoded("1B2849206080"), "FFFD FFFD FFFD");
    EXPECT_EQ(decoded("1B2442200A802422"), "FFFD FFFD FFFD 3042");
}
TEST(Iso2022JpDecoder, LineEndsKeepTheSet) { EXPECT_EQ(decoded("1B284A5C0A5C"), "A5 A A5"); }
TEST(Iso2022JpDecoder, BrokenEscapeGivesItsTailBack) {
    EXPECT_EQ(decoded("1B41"), "FFFD 41");
    EXPECT_EQ(decoded("1B2441"), "FFFD 24 41");
    EXPECT_EQ(decoded("1B2850"), "FFFD 28 50");
    EXPECT_EQ(decoded("1B1B2842"), "FFFD");
    EXPECT_EQ(decoded("1B24421B2422"), "FFFD 3042");
    EXPECT_EQ(decoded("1B28491B2450"), "FFFD FF64 FF90");
}
TEST(Iso2022JpDecoder, EscapeInsideACharacterEndsIt) { EXPECT_EQ(decoded("1B2442241B284241"), "FFFD 41"); }
TEST(Iso2022JpDecoder, BadTrailIsOneErrorWithItsLead) {
    EXPECT_EQ(decoded("1B2442240A2422248024221B284241"), "FFFD 3042 FFFD 3042 41");
}
TEST(Iso2022JpDecoder, TwoEscapesWithNothingBetweenAreAnError) {
    EXPECT_EQ(decoded("1B28421B2842"), "FFFD");
    EXPECT_EQ(decoded("1B28421B24421B28421B2842"), "FFFD FFFD FFFD");
    EXPECT_EQ(decoded("1B24421B24422422"), "FFFD 3042");  // the set is chosen all the same
    EXPECT_EQ(decoded("1B2842411B2842"), "41");
    EXPECT_EQ(decoded("1B2842801B2842"), "FFFD");
    EXPECT_EQ(decoded("1B28421B411B2842"), "FFFD 41");
}
TEST(Iso2022JpDecoder, WhatTheEndCuts) {
    EXPECT_EQ(decoded("1B"), "FFFD");
    EXPECT_EQ(decoded("1B24"), "FFFD 24");
    EXPECT_EQ(decoded("1B284A1B28"), "FFFD 28");
    EXPECT_EQ(decoded("1B24421B24"), "FFFD FFFD");
    EXPECT_EQ(decoded("1B28491B28"), "FFFD FF68");
    EXPECT_EQ(decoded("1B244224"), "FFFD");
}

TEST(Iso2022JpDecoder, EscapesAreSilentUnits) {
    const std::vector<text::Run> expected = {{3, 0, 3, 0, RunKind::silent}, {4, 6, 2, 3, RunKind::text},
                                             {3, 0, 3, 0, RunKind::silent}, {2, 2, 1, 1, RunKind::text},
                                             {3, 0, 3, 0, RunKind::silent}, {3, 3, 3, 3, RunKind::error}};
    EXPECT_EQ(decode_whole(named("iso-2022-jp"), from_hex("1B2442242224241B284261621B24421B2842")).runs, expected);
}

TEST(Iso2022JpDecoder, EndOfAMessageGoesBackToAscii) {
    Decoder decoder(named("iso-2022-jp"));
    std::string text;
    decoder.decode(as_bytes(from_hex("1B2442242224")), text);
    decoder.flush(text);
    decoder.decode(as_bytes("$\""), text);
    EXPECT_EQ(text, "\u3042\uFFFD$\"");
}

TEST(Iso2022JpDecoder, WhatSteersIsFoundAtEveryPlaceOfAStretch) {
    for (const char* odd : {"\x0E", "\x0F", "\x1B", "\x80", "\xFF"}) {
        for (std::size_t before = 0; before < 40; ++before) {
            const std::string raw = std::string(before, '\x0D') + odd + std::string(40, '\x10');
            const std::string expected = std::string(before, '\x0D') + "\uFFFD" + std::string(40, '\x10');
            ASSERT_TRUE(every_cut_agrees(named("iso-2022-jp"), raw));
            ASSERT_EQ(decode_whole(named("iso-2022-jp"), raw).text, expected) << before;
        }
    }
}

std::string iso_2022_jp(std::string_view text) { return encoded_hex(named("iso-2022-jp"), text); }

TEST(Iso2022JpEncoder, EscapesOnlyWhereTheSetChanges) {
    EXPECT_EQ(iso_2022_jp("aあ世\n世"),
              "611B24422422402"
              "41B28420A1B244240241B2842");
}
TEST(Iso2022JpEncoder, StaysInRomanWhileItCan) {
    EXPECT_EQ(iso_2022_jp("\u00A5100\u203E\\"), "1B284A5C3130307E1B28425C");
    EXPECT_EQ(iso_2022_jp("\u00A5~"), "1B284A5C1B28427E");
    EXPECT_EQ(iso_2022_jp("\u00A5あ\u00A5"), "1B284A5C1B244224221B284A5C1B2842");
}
TEST(Iso2022JpEncoder, HalfWidthKatakanaBecomeFullWidth) {
    EXPECT_EQ(iso_2022_jp("ｱﾟ｡\u2212"), "1B24422522212C2123215D1B2842");
}
TEST(Iso2022JpEncoder, RefusesWhatSteers) {
    for (const char* text : {"\x0E", "\x0F", "\x1B", "あ\x1B", "\u00A5\x0E"}) EXPECT_EQ(iso_2022_jp(text), "") << text;
}
TEST(Iso2022JpEncoder, RefusalLeavesTheSetToTheEnd) {
    Encoder encoder(named("iso-2022-jp"));
    std::vector<std::uint8_t> bytes;
    EXPECT_EQ(encoder.encode("あ\u00E9", bytes), (Refusal{3, 0xE9, false}));
    EXPECT_EQ(to_hex(bytes), "1B24422422");
    encoder.finish(bytes);
    encoder.finish(bytes);
    EXPECT_EQ(to_hex(bytes), "1B244224221B2842");
}
TEST(Iso2022JpEncoder, SetStaysBetweenPiecesOfAMessage) {
    Encoder encoder(named("iso-2022-jp"));
    std::vector<std::uint8_t> bytes;
    encoder.encode("あ", bytes);
    encoder.encode("世", bytes);
    EXPECT_EQ(to_hex(bytes), "1B244224224024");
}

}  // namespace
}  // namespace earshot::text
