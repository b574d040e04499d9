#include "frame/length.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frame/drive.h"

namespace earshot::frame {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

TEST(LengthFramer, ReadsEveryFieldInItsByteOrder) {
    EXPECT_THAT(brief(pieces_of("length:u8", 999, "\3abc\1d"sv)), ElementsAre("abc", "d"));
    EXPECT_THAT(brief(pieces_of("length:u16be", 999, "\0\3abc"sv)), ElementsAre("abc"));
    EXPECT_THAT(brief(pieces_of("length:u16le", 999, "\3\0abc"sv)), ElementsAre("abc"));
    EXPECT_THAT(brief(pieces_of("length:u32be", 999, "\0\0\0\3abc"sv)), ElementsAre("abc"));
    EXPECT_THAT(brief(pieces_of("length:u32le", 999, "\3\0\0\0abc"sv)), ElementsAre("abc"));
    const std::string big(0x102, 'x');
    EXPECT_THAT(brief(pieces_of("length:u16be", 999, "\1\2" + big)), ElementsAre(big));
    EXPECT_THAT(brief(pieces_of("length:u16le", 999, "\2\1" + big)), ElementsAre(big));
}

TEST(LengthFramer, CountsFromAfterTheFieldAndAddsAdjust) {
    // Two bytes of type, then a length that counts the whole message.
    const auto pieces = pieces_of("length:u16be,offset=2,adjust=-4", 999, "TT\0\7abcTT\0\4"sv);
    EXPECT_THAT(brief(pieces), ElementsAre("abc", ""));
    EXPECT_EQ(pieces[0].raw, "TT\0\7abc"sv);
    EXPECT_THAT(brief(pieces_of("length:u8,adjust=2", 999, "\1abc"sv)), ElementsAre("abc"));
    EXPECT_THAT(brief(pieces_of("length:u8,adjust=+2", 999, "\1abc"sv)), ElementsAre("abc"));
}

TEST(LengthFramer, AllowsEmptyMessages) {
    EXPECT_THAT(brief(pieces_of("length:u8", 9, "\0\0"sv)), ElementsAre("", ""));
}

TEST(LengthFramer, IsLostAfterALengthBelowZero) {
    EXPECT_THAT(brief(pieces_of("length:u8,adjust=-2", 9, "\2\1abc"sv)), ElementsAre("", "?\1abc"));
    LengthFramer framer({.width = 1, .adjust = -2}, 9);
    const Step step = framer.next(as_bytes("\1abc"));
    EXPECT_EQ(step.kind, StepKind::malformed);
    EXPECT_EQ(step.consumed, 1U) << "only the header is given up: the rest may be shown as it is";
    EXPECT_TRUE(step.lost);
}

TEST(LengthFramer, NeverAsksForMoreThanTheLimit) {
    EXPECT_THAT(brief(pieces_of("length:u8", 3, "\3abc\4abcd"sv)), ElementsAre("abc", "?\4abcd"));
    EXPECT_THAT(brief(pieces_of("length:u32be", 1 << 20, "\xff\xff\xff\xff"sv)), ElementsAre("?\xff\xff\xff\xff"));
    EXPECT_THAT(brief(pieces_of("length:u32be,adjust=4294967295", kLargestMessage, "\xff\xff\xff\xff"sv)),
                ElementsAre("?\xff\xff\xff\xff"));
}

TEST(LengthFramer, CallsAPartAtTheEndMalformedButNotLost) {
    EXPECT_THAT(brief(pieces_of("length:u16be", 9, "\0\1a\0\3ab"sv)), ElementsAre("a", "!\0\3ab"sv));
    EXPECT_THAT(brief(pieces_of("length:u16be", 9, "\0"sv)), ElementsAre("!\0"sv));
}

}  // namespace
}  // namespace earshot::frame
