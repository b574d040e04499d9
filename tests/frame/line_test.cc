#include "frame/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frame/drive.h"

namespace earshot::frame {
namespace {

using testing::ElementsAre;

TEST(LineFramer, JoinsLineSplitAcrossReads) {
    LineFramer framer(100);
    Drive drive(framer);
    drive.show("hel");
    EXPECT_TRUE(drive.pieces().empty());
    drive.show("lo\nwor");
    EXPECT_THAT(brief(drive.pieces()), ElementsAre("hello"));
    EXPECT_EQ(drive.pieces()[0].raw, "hello\n");
    EXPECT_EQ(drive.kept(), 3U);
}

TEST(LineFramer, TakesOneCarriageReturnBeforeTheLineFeed) {
    EXPECT_THAT(brief(pieces_of("line", 9, "a\r\nb\r\r\n\r\n\nc\rd\n\r")),
                ElementsAre("a", "b\r", "", "", "c\rd", "\r"));
    EXPECT_THAT(brief(pieces_of("line", 9, "a\r\nb", {2})), ElementsAre("a", "b"));
}

TEST(LineFramer, GivesTheRestAtTheEndAsAMessage) {
    EXPECT_THAT(brief(pieces_of("line", 9, "a\nb")), ElementsAre("a", "b"));
    EXPECT_THAT(brief(pieces_of("line", 9, "a\n")), ElementsAre("a"));
}

TEST(LineFramer, AllowsALineOfExactlyTheLimit) {
    EXPECT_THAT(brief(pieces_of("line", 4, "abcd\nabcd")), ElementsAre("abcd", "abcd"));
}

TEST(LineFramer, GivesUpALongLineInPiecesAndIsInStepAfterIt) {
    EXPECT_THAT(brief(pieces_of("line", 4, "abcde\nok\n")), ElementsAre("!abcd", "!e\n", "ok"));
    EXPECT_THAT(brief(pieces_of("line", 4, "abcdefgh\nok\n")), ElementsAre("!abcd", "!efgh\n", "ok"));
    EXPECT_THAT(brief(pieces_of("line", 4, "abcdefghi\nok\n")), ElementsAre("!abcd", "!efgh", "!i\n", "ok"));
    EXPECT_THAT(brief(pieces_of("line", 4, "abcdefg")), ElementsAre("!abcd", "!efg"));
    EXPECT_THAT(brief(pieces_of("line", 1, "ab\nc\n")), ElementsAre("!a", "!b\n", "c"));
}

TEST(LineFramer, NeverAsksTheCallerToKeepMoreThanTheLimit) {
    LineFramer framer(16);
    Drive drive(framer);
    for (int i = 0; i < 1000; ++i) {
        drive.show("x");
        EXPECT_LE(drive.kept(), 16U);
    }
}

}  // namespace
}  // namespace earshot::frame
