// What holds for every course of segments and facts, possible or not.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/trace/any_course.h"

namespace earshot::trace {
namespace {

TEST(AnyLadder, CountsEverySegmentOnceAndNumbersItsRows) {
    std::mt19937 random(20261123);
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::uint8_t> bytes(random() % 1500);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        AnyCourse(bytes).play();
    }
}

// The same rows whether they are taken after each segment or at the end.
TEST(AnyLadder, DoesNotDependOnWhenRowsAreTaken) {
    LadderOptions options{Source::packets, End::client, 2, std::chrono::milliseconds(200)};
    Ladder often(options), once(options);
    std::vector<Row> rows;
    Segment segment;
    segment.flags = kAck;
    segment.sent_at = WallTime(std::chrono::seconds(1));
    for (int i = 0; i < 50; ++i) {
        segment.length = 100;
        often.add(segment);
        once.add(segment);
        for (Row& row : often.take()) rows.push_back(std::move(row));
        segment.seq += 100;
        *segment.sent_at += std::chrono::milliseconds(i % 10 == 9 ? 300 : 1);
    }
    const auto whole = once.take();
    ASSERT_EQ(rows.size(), whole.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].index, whole[i].index);
        EXPECT_EQ(rows[i].time, whole[i].time);
        EXPECT_EQ(rows[i].body.index(), whole[i].body.index());
    }
}

}  // namespace
}  // namespace earshot::trace
