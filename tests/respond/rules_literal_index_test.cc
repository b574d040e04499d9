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
    std::vector<LiteralIndex::Found> all;
    index.find(text, all);
    LiteralIndex::unite(all);
    Numbers numbers;
    for (const auto& one : all) numbers.push_back(one.number);
    return numbers;
}

// What was looked for under each number stands where it is said to, for the first time.
void expect_first_places(const LiteralIndex& index, const std::vector<std::string>& beginnings,
                         const std::vector<std::string>& inside, std::string_view text) {
    std::vector<LiteralIndex::Found> all;
    index.find(text, all);
    LiteralIndex::unite(all);
    for (const auto& [number, at] : all) {
        const bool begins = number < beginnings.size();
        ASSERT_EQ(at, begins ? 0 : text.find(inside[number - beginnings.size()])) << text;
    }
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
    std::vector<LiteralIndex::Found> all;
    index.find(std::string(1 << 20, 'a'), all);
    EXPECT_LT(all.size(), 100U);
    LiteralIndex::unite(all);
    EXPECT_THAT(all, ElementsAre(LiteralIndex::Found{0, 0}));
}

// Literals of one or a few families are found by what they share, also in the last bytes of a message of any length.
TEST(LiteralIndex, FindsFamiliesWhereverTheyStand) {
    for (const std::size_t families : {1, 2, 3, 4, 5, 9}) {
        LiteralIndex index;
        std::vector<std::string> inside;
        for (std::size_t i = 0; i < 60; ++i) {
            inside.push_back(std::string("pump=valve=level").substr(i % families, 4) + char('A' + i % families) +
                             std::to_string(100 + i));
            index.add_inside(static_cast<LiteralIndex::Number>(i), inside.back());
        }
        index.compile();
        for (std::size_t before = 0; before < 40; ++before) {
            const std::size_t number = before % inside.size();
            const std::string text = std::string(before, 'p') + inside[number] + std::string(before % 7, 'u');
            EXPECT_THAT(found(index, text), ElementsAre(number)) << families << ' ' << text;
            EXPECT_THAT(found(index, text.substr(0, before + inside[number].size() - 1)), IsEmpty());
            expect_first_places(index, {}, inside, text + text);
        }
    }
}

TEST(LiteralIndex, KeepsApartManyBeginnings) {
    LiteralIndex index;
    std::vector<std::string> beginnings;
    for (std::size_t i = 0; i < 3000; ++i) beginnings.push_back(std::to_string(i * 7) + ";");
    for (std::size_t i = 0; i < beginnings.size(); ++i) {
        index.add_beginning(static_cast<LiteralIndex::Number>(i), beginnings[i]);
    }
    index.add_beginning(3000, "7;");
    index.compile();
    EXPECT_THAT(found(index, "7;1"), ElementsAre(1, 3000));
    for (std::size_t i = 2; i < beginnings.size(); i += 11) EXPECT_THAT(found(index, beginnings[i]), ElementsAre(i));
    EXPECT_THAT(found(index, "6;"), IsEmpty());
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
            expect_first_places(index, beginnings, inside, text);
        }
    }
}

}  // namespace
}  // namespace earshot::respond::rules
