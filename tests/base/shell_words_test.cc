#include "base/shell_words.h"

#include <gtest/gtest.h>

#include <random>

namespace earshot {
namespace {

// The words, each in brackets; or what is wrong.
std::string words_of(std::string_view command) {
    const auto words = split_words(command);
    if (!words) return words.error().message;
    std::string out;
    for (const std::string& word : *words) out += "[" + word + "]";
    return out;
}

TEST(ShellWords, StandApartByBlanks) {
    EXPECT_EQ(words_of("cat"), "[cat]");
    EXPECT_EQ(words_of("  grep  -v\tx \n"), "[grep][-v][x]");
    EXPECT_EQ(words_of(""), "");
    EXPECT_EQ(words_of(" "), "");
}

TEST(ShellWords, AreJoinedByQuotes) {
    EXPECT_EQ(words_of(R"(sh -c 'echo "$HOME" | cat; \n')"), R"([sh][-c][echo "$HOME" | cat; \n])");
    EXPECT_EQ(words_of(R"(a" b "c'd'"")"), "[a b cd]");
    EXPECT_EQ(words_of(R"("\"\\\$\` \n")"), R"(["\$` \n])");
    EXPECT_EQ(words_of("'' \"\""), "[][]");
}

TEST(ShellWords, KeepWhatABackslashStandsBefore) { EXPECT_EQ(words_of(R"(a\ b \'\"\\\|)"), R"([a b]['"\|])"); }

TEST(ShellWords, AreNotExpanded) { EXPECT_EQ(words_of("ls * ~/a? [b] #c {d,e}"), "[ls][*][~/a?][[b]][#c][{d,e}]"); }

TEST(ShellWords, RefuseWhatOnlyAShellCouldDo) {
    for (const char* const command :
         {"cat | tr a b", "a && b", "a; b", "a > b", "a < b", "(a)", "echo $HOME", "echo `a`", "a \"b\"|c"}) {
        EXPECT_NE(words_of(command).find("shell"), std::string::npos) << command;
    }
}

TEST(ShellWords, RefuseWhatDoesNotEnd) {
    for (const char* const command : {"'a", "\"a", "a \"b\\\"", "a\\"}) EXPECT_FALSE(split_words(command)) << command;
}

// Whatever the words are: in single quotes they come through.
TEST(ShellWords, ComeBackAsTheyWereQuoted) {
    std::mt19937 random(1);
    constexpr std::string_view kLetters = " \t\n'\"\\$`|&;<>()ab";
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::string> words(random() % 4);
        std::string command;
        for (std::string& word : words) {
            for (std::size_t left = random() % 6; left > 0; --left) word += kLetters[random() % kLetters.size()];
            command += " '";
            for (const char c : word) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
            command += "'";
        }
        const auto split = split_words(command);
        ASSERT_TRUE(split) << command;
        EXPECT_EQ(*split, words) << command;
    }
}

}  // namespace
}  // namespace earshot
