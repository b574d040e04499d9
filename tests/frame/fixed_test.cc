#include "frame/fixed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frame/drive.h"

namespace earshot::frame {
namespace {

using testing::ElementsAre;

TEST(FixedFramer, CutsEveryNBytes) {
    EXPECT_THAT(brief(pieces_of("fixed:3", 9, "abcdefghi", {1, 5})), ElementsAre("abc", "def", "ghi"));
    EXPECT_THAT(brief(pieces_of("fixed:1", 1, "ab")), ElementsAre("a", "b"));
}

TEST(FixedFramer, CallsAPartAtTheEndMalformed) {
    EXPECT_THAT(brief(pieces_of("fixed:3", 9, "abcde")), ElementsAre("abc", "!de"));
}

}  // namespace
}  // namespace earshot::frame
