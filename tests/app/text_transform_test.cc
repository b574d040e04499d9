#include "app/text_transform.h"

#include <gtest/gtest.h>

namespace earshot::app {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(EncodingTransform, GoesBackToAsciiBeforeItFollowsThePeerElsewhere) {
    Heard heard{text::find_encoding("iso-2022-jp")};
    EncodingTransform transform({talk::TextChoice::Kind::detect, nullptr}, LineEnds("\n"), heard);
    Bytes out;
    ASSERT_TRUE(transform.apply(as_bytes("あ"), out));
    heard.encoding = text::find_encoding("gbk");
    ASSERT_TRUE(transform.apply(as_bytes("你"), out));
    EXPECT_EQ(out, (Bytes{0x1B, 0x24, 0x42, 0x24, 0x22, 0x1B, 0x28, 0x42, 0xC4, 0xE3}));
}

TEST(EncodingTransform, GoesBackToAsciiAtTheEndAndNotBetweenPieces) {
    const Heard heard;
    const talk::TextChoice choice{talk::TextChoice::Kind::encoding, text::find_encoding("iso-2022-jp")};
    EncodingTransform transform(choice, LineEnds("\n"), heard);
    Bytes out;
    for (const char* piece : {"\xE3", "\x81\x82\xE3\x81", "\x82"}) ASSERT_TRUE(transform.apply(as_bytes(piece), out));
    ASSERT_TRUE(transform.finish(out));
    EXPECT_EQ(out, (Bytes{0x1B, 0x24, 0x42, 0x24, 0x22, 0x24, 0x22, 0x1B, 0x28, 0x42}));
}

}  // namespace
}  // namespace earshot::app
