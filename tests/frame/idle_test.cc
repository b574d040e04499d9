#include "frame/idle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frame/drive.h"

namespace earshot::frame {
namespace {

using testing::ElementsAre;

TEST(IdleFramer, EndsAMessageAtThePause) {
    IdleFramer framer(Millis(50), 99);
    Drive drive(framer);
    drive.show("ab");
    drive.show("c");
    EXPECT_TRUE(drive.pieces().empty());
    drive.finish();
    drive.show("d");
    drive.finish();
    drive.finish();
    EXPECT_THAT(brief(drive.pieces()), ElementsAre("abc", "d"));
    EXPECT_EQ(framer.quiet_time(), Millis(50));
}

TEST(IdleFramer, GivesUpWhatNeverPausesAndIsInStepAfterThePause) {
    IdleFramer framer(Millis(50), 4);
    Drive drive(framer);
    drive.show("abcd");
    EXPECT_TRUE(drive.pieces().empty());
    drive.show("e");
    drive.finish();
    drive.show("fg");
    drive.finish();
    EXPECT_THAT(brief(drive.pieces()), ElementsAre("!abcd", "!e", "fg"));
}

}  // namespace
}  // namespace earshot::frame
