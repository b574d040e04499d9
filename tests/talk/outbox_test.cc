#include "talk/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/support/memory_connection.h"

namespace earshot::talk {
namespace {

SharedBlock block_of(std::string_view text) {
    auto block = std::make_shared_for_overwrite<std::uint8_t[]>(text.size());
    std::copy(text.begin(), text.end(), block.get());
    return block;
}

TEST(Outbox, KeepsTheOrderOfOwnAndSharedBytesHoweverTheyLeave) {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        test::MemoryWire wire(1 + random() % 50);
        wire.write_at_most(1 + random() % 30);
        const auto near = wire.near();
        Outbox outbox;
        std::string expected, heard;
        const std::string text = "the quick brown fox jumps over the lazy dog, again and again";
        const SharedBlock block = block_of(text);
        for (int step = 0; step < 60; ++step) {
            const std::size_t from = random() % text.size(), size = random() % (text.size() - from + 1);
            if (random() % 3 == 0) {
                outbox.append(block, {block.get() + from, size});
                expected += text.substr(from, size);
            } else if (random() % 2 == 0) {
                outbox.append(as_bytes(text).subspan(from, size));
                expected += text.substr(from, size);
            } else {
                outbox.flush(*near);
                heard += wire.received();
            }
            ASSERT_EQ(outbox.size(), expected.size() - heard.size() - wire.received(0).size());
            ASSERT_EQ(outbox.empty(), outbox.size() == 0);
            ASSERT_EQ(outbox.beginning(7), expected.substr(heard.size(), 7).substr(0, outbox.size()));
        }
        while (!outbox.empty()) {
            outbox.flush(*near);
            heard += wire.received();
        }
        EXPECT_EQ(heard, expected);
    }
}

TEST(Outbox, HoldsABlockNoLongerThanItsBytesWait) {
    test::MemoryWire wire(10);
    const auto near = wire.near();
    const SharedBlock block = block_of("0123456789abcdef");
    Outbox outbox;
    outbox.append(block, {block.get(), 8});
    outbox.append(block, {block.get() + 8, 8});
    EXPECT_EQ(block.use_count(), 2) << "what lies side by side is one piece";
    outbox.flush(*near);
    EXPECT_EQ(outbox.size(), 6U);
    EXPECT_EQ(wire.received(), "0123456789");
    outbox.flush(*near);
    EXPECT_EQ(block.use_count(), 1);
    outbox.append(block, {block.get(), 8});
    outbox.clear();
    EXPECT_EQ(block.use_count(), 1);
}

}  // namespace
}  // namespace earshot::talk
