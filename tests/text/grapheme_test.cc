#include "text/grapheme.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "text/code_point.h"
#include "text/tables/unicode_table.h"

namespace earshot::text {
namespace {

std::vector<std::string> clusters(std::string_view text) {
    std::vector<std::string> result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = next_grapheme(text, at);
        result.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return result;
}

// Every way to ask must give the same borders.
void expect_borders(std::string_view text, const std::vector<std::size_t>& borders) {
    std::vector<std::size_t> forward{0}, backward{text.size()};
    while (forward.back() < text.size()) forward.push_back(next_grapheme(text, forward.back()));
    while (backward.back() > 0) backward.push_back(previous_grapheme(text, backward.back()));
    EXPECT_EQ(forward, borders);
    EXPECT_EQ(std::vector<std::size_t>(backward.rbegin(), backward.rend()), borders);
    for (std::size_t at = 0; at <= text.size(); ++at) {
        const auto above = std::lower_bound(borders.begin(), borders.end(), at);
        EXPECT_EQ(grapheme_ceil(text, at), *above);
        EXPECT_EQ(grapheme_floor(text, at), *above == at ? at : *std::prev(above));
    }
}

TEST(Grapheme, KeepsWhatAPersonSeesAsOne) {
    using List = std::vector<std::string>;
    EXPECT_EQ(clusters("abc"), (List{"a", "b", "c"}));
    EXPECT_EQ(clusters("你好"), (List{"你", "好"}));
    EXPECT_EQ(clusters("e\u0301a"), (List{"e\u0301", "a"}));
    EXPECT_EQ(clusters("\r\n\n"), (List{"\r\n", "\n"}));
    EXPECT_EQ(clusters("👨‍👩‍👧👍🏽"), (List{"👨‍👩‍👧", "👍🏽"}));
    EXPECT_EQ(clusters("🇨🇳🇩🇪🇫"), (List{"🇨🇳", "🇩🇪", "🇫"}));
    EXPECT_EQ(clusters("\u1112\u1161\u11ab각"), (List{"\u1112\u1161\u11ab", "각"}));
    EXPECT_EQ(clusters("กำ"), (List{"กำ"}));
    EXPECT_EQ(clusters("❤️1️⃣"), (List{"❤️", "1️⃣"}));
}

TEST(Grapheme, TakesBytesThatAreNoUtf8OneByOne) {
    EXPECT_EQ(clusters("a\xe4\xbd"
                       "b\xff"),
              (std::vector<std::string>{"a", "\xe4", "\xbd", "b", "\xff"}));
}

TEST(Grapheme, AgreesWithTheStandardsTest) {
    std::ifstream file("/usr/share/unicode/auxiliary/GraphemeBreakTest.txt");
    std::string line;
    std::getline(file, line);
    if (line.find(kUnicodeVersion) == std::string::npos)
        GTEST_SKIP() << "unicode-data of the table's version is absent";
    int cases = 0;
    while (std::getline(file, line)) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string text, word;
        std::vector<std::size_t> borders;
        while (words >> word) {
            if (word == "÷") {
                borders.push_back(text.size());
            } else if (word != "×") {
                const auto value = static_cast<char32_t>(std::stoul(word, nullptr, 16));
                if (value >= 0xd800 && value < 0xe000) break;
                append_code_point(text, value);
            }
        }
        if (borders.empty() || borders.back() != text.size()) continue;
        SCOPED_TRACE(line);
        expect_borders(text, borders);
        ++cases;
    }
    EXPECT_GT(cases, 500);
}

TEST(Grapheme, FindsTheSameBordersBothWays) {
    static const std::string_view kPieces[] = {"a",        "\u0301", "👩",    "\u200d", "🇨",      "한",
                                               "\u1161",   "\u11a8", "\r",   "\n",     "\u0600", "\u0903",
                                               "\xe4\xbd", "\xff",   "🏽", "你",     " "};
    std::mt19937 random(5);
    for (int i = 0; i < 5'000; ++i) {
        std::string text;
        for (auto n = random() % 20; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
        std::vector<std::size_t> borders{0};
        while (borders.back() < text.size()) borders.push_back(next_grapheme(text, borders.back()));
        expect_borders(text, borders);
        if (HasFailure()) return;
    }
}

TEST(Grapheme, CostsNoMoreInAFloodOfMarks) {
    for (const std::string_view piece : {"\u0301", "🇨", "\u200d👩", "\u0600"}) {
        std::string text;
        while (text.size() < 1 << 20) text += piece;
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 10; ++i) {
            const std::size_t before = previous_grapheme(text, text.size());
            EXPECT_LE(text.size() - before, kMaxClusterSize + 4);
            EXPECT_LE(next_grapheme(text, 0), kMaxClusterSize + 4);
        }
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50));
    }
}

}  // namespace
}  // namespace earshot::text
