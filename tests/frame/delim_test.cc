#include "frame/delim.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/frame/drive.h"

namespace earshot::frame {
namespace {

using testing::ElementsAre;

// The definition, as slow as it likes: cut at the leftmost delimiter.
std::vector<std::string> split_slowly(std::string rest, const std::string& delimiter, std::size_t max_message) {
    std::vector<std::string> out;
    bool too_long = false;
    while (!rest.empty()) {
        const std::size_t at = rest.find(delimiter);
        if (at != rest.npos && at <= max_message) {
            out.push_back(too_long ? "!" + rest.substr(0, at + delimiter.size()) : rest.substr(0, at));
            rest.erase(0, at + delimiter.size());
            too_long = false;
        } else if (rest.size() > max_message) {
            out.push_back("!" + rest.substr(0, max_message));
            rest.erase(0, max_message);
            too_long = true;
        } else {
            out.push_back((too_long ? "!" : "") + rest);
            rest.clear();
        }
    }
    return out;
}

std::string hex_of(const std::string& text) {
    std::string out;
    for (const char c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

TEST(DelimFramer, FindsTheDelimiterCutAtEveryPlace) {
    for (std::size_t cut = 1; cut < 9; ++cut) {
        EXPECT_THAT(brief(pieces_of("delim:0d0a2e0d0a", 99, "ab\r\n.\r\ncd", {cut})), ElementsAre("ab", "cd")) << cut;
    }
}

TEST(DelimFramer, TakesTheLeftmostOfOverlappingDelimiters) {
    EXPECT_THAT(brief(pieces_of("delim:0a0a", 99, "a\n\n\nb\n\n\n\n")), ElementsAre("a", "\nb", ""));
    EXPECT_THAT(brief(pieces_of("delim:61626162", 99, "xabababy")), ElementsAre("x", "aby"));
    EXPECT_THAT(brief(pieces_of("delim:616162", 99, "aaaab!")), ElementsAre("aa", "!"));
}

TEST(DelimFramer, KeepsNulAndHighBytes) {
    EXPECT_THAT(brief(pieces_of("delim:00FF", 99, std::string_view("a\0b\0\xff", 5))),
                ElementsAre(std::string("a\0b", 3)));
}

TEST(DelimFramer, GivesUpALongMessageAndIsInStepAfterIt) {
    EXPECT_THAT(brief(pieces_of("delim:3b3b", 3, "abc;;abcd;;ok;;")), ElementsAre("abc", "!abc", "!d;;", "ok"));
    EXPECT_THAT(brief(pieces_of("delim:3b3b", 3, "abcdef;")), ElementsAre("!abc", "!def", "!;"));
    EXPECT_THAT(brief(pieces_of("delim:3b3b", 3, "abc;")), ElementsAre("!abc", "!;"));
}

TEST(DelimFramer, AgreesWithTheDefinitionHoweverTheStreamIsCut) {
    std::mt19937 random(1);
    const auto letters = [&](std::size_t size) {
        std::string out;
        for (std::size_t i = 0; i < size; ++i) out += "ab"[random() % 2];
        return out;
    };
    for (int round = 0; round < 20000; ++round) {
        const std::string delimiter = letters(1 + random() % 6), stream = letters(random() % 40);
        const std::size_t max_message = 1 + random() % 12;
        std::vector<std::size_t> cuts;
        for (std::size_t i = 1; i < stream.size(); ++i) {
            if (random() % 3 == 0) cuts.push_back(i);
        }
        ASSERT_EQ(brief(pieces_of("delim:" + hex_of(delimiter), max_message, stream, cuts)),
                  split_slowly(stream, delimiter, max_message))
            << delimiter << " in " << stream << ", " << max_message;
    }
}

TEST(DelimFramer, FindsWholeCodeUnitsOnlyWhereOneBegins) {
    using namespace std::literals;
    const LineCodes utf16{.unit = 2, .line_feed = {'\n', 0}, .carriage_return = {'\r', 0}};
    // U+0A41 U+4200, then U+000A: the first 0A 00 lies across two code units.
    const std::vector<std::string> expected{std::string("A\n\0B", 4), std::string("c\0", 2)};
    EXPECT_EQ(brief(pieces_of("delim:0a00", 99, "A\n\0B\n\0c\0"sv, {}, utf16)), expected);
    EXPECT_EQ(brief(pieces_of("delim:0a", 99, "A\nB", {}, utf16)), (std::vector<std::string>{"A", "B"}));
}

}  // namespace
}  // namespace earshot::frame
