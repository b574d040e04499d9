#include "frame/chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frame/drive.h"

namespace earshot::frame {
namespace {

using testing::ElementsAre;

TEST(ChunkFramer, TakesWhatIsShownAsAMessage) {
    EXPECT_THAT(brief(pieces_of("chunk", 99, "abc\ndef", {2})), ElementsAre("ab", "c\ndef"));
}

TEST(ChunkFramer, CutsAtTheLimit) {
    EXPECT_THAT(brief(pieces_of("chunk", 3, "abcdefg")), ElementsAre("abc", "def", "g"));
}

}  // namespace
}  // namespace earshot::frame
