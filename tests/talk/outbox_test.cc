#include "talk/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/support/memory_connection.h"

namespace earshot::talk {
namespace {

// A block, and where its bytes lie.
struct Log {
    Log(std::initializer_list<std::string_view> lines)
        : writing(std::make_shared<LogBlock>(LogBlock::kUsual, std::make_shared<MemoryBound>())), block(writing) {
        for (const std::string_view line : lines) {
            const ByteView said = writing->append(as_bytes(line));
            all = all.empty() ? said : ByteView(all.data(), all.size() + said.size());
        }
        writing.reset();
    }
    std::shared_ptr<LogBlock> writing;
    SharedBlock block;
    ByteView all;
};

TEST(Outbox, KeepsTheOrderOfOwnAndSharedBytesHoweverTheyLeave) {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        test::MemoryWire wire(1 + random() % 50);
        wire.write_at_most(1 + random() % 30);
        const auto near = wire.near();
        Outbox outbox;
        std::string expected, heard;
        const std::string text = "the quick brown fox jumps over the lazy dog, again and again";
        const Log log({text});
        for (int step = 0; step < 60; ++step) {
            const std::size_t from = random() % text.size(), size = random() % (text.size() - from + 1);
            if (random() % 3 == 0) {
                outbox.append(log.block, log.all.subspan(from, size));
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
    const Log log({"0123456789abcdef"});
    const SharedBlock& block = log.block;
    Outbox outbox;
    outbox.append(block, log.all.first(8));
    outbox.append(block, log.all.subspan(8));
    EXPECT_EQ(block.use_count(), 2) << "what lies side by side is one piece";
    outbox.flush(*near);
    EXPECT_EQ(outbox.size(), 6U);
    EXPECT_EQ(wire.received(), "0123456789");
    outbox.flush(*near);
    EXPECT_EQ(block.use_count(), 1);
    outbox.append(block, log.all.first(8));
    outbox.clear();
    EXPECT_EQ(block.use_count(), 1);
}

TEST(Outbox, GivesUpWholeLinesButForTheOneThatHasBegunToLeave) {
    for (std::size_t taken = 0; taken <= 12; ++taken) {
        SCOPED_TRACE(taken);
        test::MemoryWire wire(taken == 0 ? 1 : taken);
        const auto near = wire.near();
        Outbox outbox;
        const Log log({"one\n", "two\n", "four\n"});
        outbox.append(log.block, log.all);
        if (taken > 0) outbox.flush(*near);
        const Outbox::GivenUp given_up = outbox.give_up_lines();
        EXPECT_EQ(given_up.lines, taken == 0 ? 3U : taken <= 4 ? 2U : taken <= 8 ? 1U : 0U);
        EXPECT_EQ(given_up.bytes + outbox.size() + taken, 13U);
        EXPECT_EQ(log.block.use_count(), 1) << "for the rest of a line no block is kept";
        std::string heard = wire.received();
        while (!outbox.empty()) {
            outbox.flush(*near);
            heard += wire.received();
        }
        EXPECT_TRUE(heard.empty() || heard.ends_with("\n")) << heard;
        EXPECT_TRUE(std::string("one\ntwo\nfour\n").starts_with(heard));
    }
}

// Own bytes are never given up; what is left leaves in its order, and all sizes add up.
TEST(Outbox, GivesUpNothingOfItsOwnAndKeepsTheOrderOfWhatIsLeft) {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        test::MemoryWire wire(1 + random() % 40);
        wire.write_at_most(1 + random() % 20);
        const auto near = wire.near();
        Outbox outbox;
        std::string heard;
        ByteCount lines = 0, bytes = 0, own = 0, lost_lines = 0, lost_bytes = 0;
        for (int step = 0; step < 60; ++step) {
            const std::string body(1 + random() % 9, static_cast<char>('a' + step % 26));
            switch (random() % 5) {
                case 0:
                    outbox.append(as_bytes("<" + body + ">"));
                    own += body.size() + 2;
                    break;
                case 1:
                    outbox.flush(*near);
                    heard += wire.received(random() % 30);
                    break;
                case 2: {
                    if (random() % 3 != 0) break;
                    const Outbox::GivenUp given_up = outbox.give_up_lines();
                    lost_lines += given_up.lines;
                    lost_bytes += given_up.bytes;
                    break;
                }
                default: {
                    const Log log({"[" + body + "]", "[" + body + body + "]"});
                    outbox.append(log.block, log.all);
                    lines += 2;
                    bytes += log.all.size();
                }
            }
            ASSERT_EQ(outbox.empty(), outbox.size() == 0);
            ASSERT_EQ(outbox.memory() == 0, outbox.empty());
            ASSERT_LE(outbox.memory(), outbox.memory_with_blocks());
        }
        while (!outbox.empty()) {
            outbox.flush(*near);
            heard += wire.received();
        }
        heard += wire.received();
        EXPECT_EQ(heard.size(), own + bytes - lost_bytes) << heard << ' ' << own << ' ' << bytes << ' ' << lost_bytes;
        ByteCount own_heard = 0, lines_heard = 0;
        for (std::size_t at = 0; at < heard.size();) {
            const bool is_line = heard[at] == '[';
            const std::size_t end = heard.find(is_line ? ']' : '>', at);
            ASSERT_NE(end, std::string::npos) << heard.substr(at);
            for (std::size_t i = at + 2; i < end; ++i) ASSERT_EQ(heard[i], heard[at + 1]) << "a piece of another";
            (is_line ? lines_heard : own_heard) += is_line ? 1 : end + 1 - at;
            at = end + 1;
        }
        EXPECT_EQ(own_heard, own);
        EXPECT_EQ(lines_heard, lines - lost_lines);
    }
}

}  // namespace
}  // namespace earshot::talk
