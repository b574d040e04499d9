#include "base/inline_vector.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace earshot {
namespace {

using Few = InlineVector<std::uint32_t, 3>;

std::vector<std::uint32_t> values_of(const Few& few) { return {few.begin(), few.end()}; }

bool lies_inside(const Few& few) {
    const auto* at = reinterpret_cast<const char*>(few.data());
    const auto* self = reinterpret_cast<const char*>(&few);
    return at >= self && at < self + sizeof few;
}

TEST(InlineVector, HoldsTheFirstValuesInItself) {
    Few few;
    EXPECT_TRUE(few.empty());
    for (std::uint32_t i = 1; i <= 3; ++i) few.push_back(i);
    EXPECT_TRUE(lies_inside(few));
    EXPECT_EQ(values_of(few), (std::vector<std::uint32_t>{1, 2, 3}));
    few.push_back(4);
    EXPECT_FALSE(lies_inside(few));
    EXPECT_EQ(values_of(few), (std::vector<std::uint32_t>{1, 2, 3, 4}));
    EXPECT_EQ(few.front(), 1U);
    EXPECT_EQ(few.back(), 4U);
}

TEST(InlineVector, IsLikeAVectorHoweverItGrows) {
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        Few few;
        std::vector<std::uint32_t> expected;
        for (std::uint32_t step = 0; step < 12; ++step) {
            const std::size_t count = random() % 9;
            switch (random() % 3) {
                case 0:
                    few.push_back(step);
                    expected.push_back(step);
                    break;
                case 1: {
                    const std::vector<std::uint32_t> more(count, static_cast<std::uint32_t>(random()));
                    few.append(more);
                    expected.insert(expected.end(), more.begin(), more.end());
                    break;
                }
                default:
                    few.resize(expected.size() + count);
                    expected.resize(expected.size() + count);
                    break;
            }
            ASSERT_EQ(values_of(few), expected);
            ASSERT_EQ(few.size(), expected.size());
        }
    }
}

TEST(InlineVector, TakesInAValueOfItsOwn) {
    Few few;
    few.push_back(5);
    for (int i = 0; i < 40; ++i) few.push_back(few.front());
    EXPECT_EQ(values_of(few), std::vector<std::uint32_t>(41, 5));
}

TEST(InlineVector, MovesWithAllThatItHolds) {
    for (const std::size_t count : {2U, 20U}) {
        Few few;
        few.resize(count);
        few.back() = 9;
        const std::vector<std::uint32_t> before = values_of(few);
        std::vector<Few> elsewhere;
        elsewhere.push_back(std::move(few));
        elsewhere.resize(10);
        EXPECT_EQ(values_of(elsewhere[0]), before);
        EXPECT_TRUE(few.empty());  // NOLINT(bugprone-use-after-move): as a vector is
        few.push_back(7);
        EXPECT_EQ(values_of(few), std::vector<std::uint32_t>{7});
    }
}

}  // namespace
}  // namespace earshot
