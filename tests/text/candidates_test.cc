#include "text/candidates.h"

#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

std::string names_for(std::string_view locale) {
    std::string names;
    for (const Encoding* each : candidates_for(locale)) names += std::string(each->name) + " ";
    return names;
}

TEST(Candidates, AreThoseOfTheTerritoryThenOfTheLanguage) {
    EXPECT_EQ(names_for("zh_CN.UTF-8"), "gbk ");
    EXPECT_EQ(names_for("zh_TW.UTF-8"), "big5 ");
    EXPECT_EQ(names_for("zh_HK"), "big5 ");
    EXPECT_EQ(names_for("zh"), "gbk ");
    EXPECT_EQ(names_for("de_AT@euro"), "windows-1252 ");
}
TEST(Candidates, OfAnUnknownLocaleAreThoseOfTheLastRow) {
    EXPECT_EQ(names_for(""), "gbk windows-1252 ");
    EXPECT_EQ(names_for("en_US.UTF-8"), "gbk windows-1252 ");
    EXPECT_EQ(names_for("tlh"), "gbk windows-1252 ");
}
TEST(Candidates, AreEncodingsThereAre) {
    for (const LocaleCandidates& row : locale_candidates()) {
        std::string_view words = row.encodings;
        while (!words.empty()) {
            const std::size_t end = std::min(words.find(' '), words.size());
            EXPECT_NE(find_encoding(words.substr(0, end)), nullptr) << words;
            words.remove_prefix(std::min(end + 1, words.size()));
        }
    }
}

}  // namespace
}  // namespace earshot::text
