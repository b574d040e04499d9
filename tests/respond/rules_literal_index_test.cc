#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "respond/rules/literal_index.h"

namespace earshot::respond::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Numbers = std::vector<LiteralIndex::Number>;

Numbers found(const LiteralIndex& index, std::string_view text) {
    Numbers numbers;
    index.find(text, numbers);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

TEST(LiteralIndex, TellsBeginningsApartByTheirEnds) {
    LiteralIndex index;
    index.add_beginning(0, "set-temperature-of-pump-1 ");
    index.add_beginning(1, "set-temperature-of-pump-2 ");
    index.add_beginning(2, "set");
    index.add_beginning(3, "s");
    index.add_beginning(4, "set-temperature-of-pump-1 and then a word more");
    index.compile();
    EXPECT_THAT(found(index, "set-temperature-of-pump-2 on"), ElementsAre(1, 2, 3));
    EXPECT_THAT(found(index, "set-temperature-of-pump-1 and then a word more or less"), ElementsAre(0, 2, 3, 4));
    EXPECT_THAT(found(index, "se"), ElementsAre(3));
    EXPECT_THAT(found(index, "at set"), IsEmpty());
    EXPECT_THAT(found(index, ""), IsEmpty());
}

TEST(LiteralIndex, FindsWhatStandsInside) {
    LiteralIndex index;
    index.add_inside(0, "needle");
    index.add_inside(1, "edle");
    index.add_inside(2, "needles in haystacks");
    index.compile();
    EXPECT_THAT(found(index, "a needle"), ElementsAre(0, 1));
    EXPECT_THAT(found(index, "edl"), IsEmpty());
    EXPECT_THAT(found(index, "needles in haystacks"), ElementsAre(0, 1, 2));
}

TEST(LiteralIndex, NotesAMessageOfOneWordOverAndOverBriefly) {
    LiteralIndex index;
    index.add_inside(0, "aaaa");
    index.compile();
    Numbers numbers;
    index.find(std::string(1 << 20, 'a'), numbers);
    EXPECT_LT(numbers.size(), 100U);
}

TEST(LiteralIndex, FindsWhatASearchForEachFinds) {
    std::mt19937 random(7);
    const auto word = [&](std::size_t least, std::size_t most) {
        std::string made(least + random() % (most - least + 1), ' ');
        for (char& c : made) c = static_cast<char>("abc-\xC3"[random() % 5]);
        return made;
    };
    for (int round = 0; round < 300; ++round) {
        LiteralIndex index;
        std::vector<std::string> beginnings, inside;
        for (std::size_t i = random() % 40; i > 0; --i) beginnings.push_back(word(1, 40));
        const std::size_t shortest = 4 + random() % 8;
        for (std::size_t i = random() % 40; i > 0; --i) inside.push_back(word(shortest, 16));
        Numbers::value_type number = 0;
        for (const std::string& each : beginnings) index.add_beginning(number++, each);
        for (const std::string& each : inside) index.add_inside(number++, each);
        index.compile();
        for (int i = 0; i < 20; ++i) {
            std::string text = word(0, 30);
            if (!beginnings.empty() && random() % 2 == 0) text = beginnings[random() % beginnings.size()] + text;
            if (!inside.empty() && random() % 2 == 0) text += inside[random() % inside.size()] + word(0, 9);
            Numbers expected;
            for (std::size_t n = 0; n < beginnings.size(); ++n) {
                if (text.starts_with(beginnings[n])) expected.push_back(static_cast<Numbers::value_type>(n));
            }
            for (std::size_t n = 0; n < inside.size(); ++n) {
                if (text.find(inside[n]) == std::string::npos) continue;
                expected.push_back(static_cast<Numbers::value_type>(n + beginnings.size()));
            }
            ASSERT_EQ(found(index, text), expected) << text;
        }
    }
}

}  // namespace
}  // namespace earshot::respond::rules
