#include "base/byte_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace earshot {
namespace {

TEST(ByteBuffer, KeepsWhatIsWrittenBehindEachOther) {
    ByteBuffer buffer;
    std::string expected;
    for (std::size_t size = 0; size < 300; size += 7) {
        const std::string piece(size, static_cast<char>('a' + size % 26));
        if (size % 2 == 0) {
            buffer.append(as_bytes(piece));
        } else {
            std::memcpy(buffer.grow(size), piece.data(), size);
        }
        expected += piece;
        ASSERT_EQ(as_chars(buffer.view()), expected);
    }
    buffer.shrink(10);
    EXPECT_EQ(as_chars(buffer.view()), expected.substr(0, 10));
    buffer.clear();
    EXPECT_TRUE(buffer.empty());
    buffer.append({});
    EXPECT_EQ(buffer.size(), 0U);
}

}  // namespace
}  // namespace earshot
