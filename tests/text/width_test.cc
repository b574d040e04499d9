#include "text/width.h"

#include <gtest/gtest.h>

namespace earshot::text {
namespace {

TEST(Width, OfSingleCodePoints) {
    for (char32_t one : {U'a', U'é', U'я', U'ﾊ', U'─', U'→', U'\u00ad'}) EXPECT_EQ(column_width(one), 1) << +one;
    for (char32_t two : {U'你', U'，', U'Ａ', U'한', U'😀', U'\U00020000', U'\u115f', U'\U0001f3fb'})
        EXPECT_EQ(column_width(two), 2) << +two;
    for (char32_t none : {U'\u0301', U'\u200d', U'\ufe0f', U'\u1161', U'\n', U'\u200b'})
        EXPECT_EQ(column_width(none), 0) << +none;
}

TEST(Width, OfAmbiguousCharactersIsAChoice) {
    for (char32_t value : {U'─', U'→', U'°', U'я', U'“'}) {
        EXPECT_EQ(column_width(value), 1);
        EXPECT_EQ(column_width(value, Ambiguous::wide), 2);
    }
    EXPECT_EQ(column_width(U'\u0301', Ambiguous::wide), 0);
}

TEST(Width, OfClusters) {
    EXPECT_EQ(cluster_width("e\u0301"), 1);
    EXPECT_EQ(cluster_width("👨‍👩‍👧"), 2);
    EXPECT_EQ(cluster_width("👍🏽"), 2);
    EXPECT_EQ(cluster_width("🇨🇳"), 2);
    EXPECT_EQ(cluster_width("❤"), 1);
    EXPECT_EQ(cluster_width("❤️"), 2);
    EXPECT_EQ(cluster_width("\u1112\u1161\u11ab"), 2);
    EXPECT_EQ(cluster_width("का"), 2);
    EXPECT_EQ(cluster_width("\u0301"), 0);
    EXPECT_EQ(cluster_width(""), 0);
}

TEST(Width, OfTexts) {
    EXPECT_EQ(text_width("服务器:"), 7);
    EXPECT_EQ(text_width(">>>:你好"), 8);
    EXPECT_EQ(text_width(""), 0);
}

TEST(Width, CutsBetweenClusters) {
    EXPECT_EQ(cut_to_width("你好", 3), "你");
    EXPECT_EQ(cut_to_width("你好", 4), "你好");
    EXPECT_EQ(cut_to_width("e\u0301e\u0301", 1), "e\u0301");
    EXPECT_EQ(cut_to_width("ab", 0), "");
    EXPECT_EQ(cut_to_width("ab", -1), "");
}

}  // namespace
}  // namespace earshot::text
