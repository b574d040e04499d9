#include <gtest/gtest.h>

#include <random>

#include "respond/rules/plain_regex.h"
#include "respond/rules/regex_set.h"

namespace earshot::respond::rules {
namespace {

using Verdict = PlainRegex::Verdict;

// What it says of `text`: "no", "unknown", or the captures with a bar behind each.
std::string said(std::string_view pattern, std::string_view text) {
    const auto regex = PlainRegex::parse(pattern);
    if (!regex) return "not read";
    std::vector<std::string_view> captures(4);
    switch (regex->match(text, PlainRegex::kUnknown, captures)) {
        case Verdict::no:
            return "no";
        case Verdict::unknown:
            return "unknown";
        case Verdict::yes:
            break;
    }
    std::string made;
    for (const std::string_view capture : captures) made += std::string(capture) + '|';
    return made;
}

std::string literal_of(std::string_view pattern) {
    const auto regex = PlainRegex::parse(pattern);
    if (!regex) return "not read";
    return (regex->begins_with_literal() ? "^" : "") + regex->literal();
}

TEST(PlainRegex, CapturesWhatEndsWhereTheNextBegins) {
    EXPECT_EQ(said(R"(^REG (?P<name>[\w-]+)$)", "REG pump-7"), "REG pump-7|pump-7|||");
    EXPECT_EQ(said(R"(^T=(-?\d+)$)", "T=-12"), "T=-12|-12|||");
    EXPECT_EQ(said(R"(^(\d{2}):(\d{2})$)", "12:34"), "12:34|12|34||");
    EXPECT_EQ(said(R"(^(\d{2}):(\d{2})$)", "12:345"), "no");
    EXPECT_EQ(said(R"((\w+)=(\d+);)", "?? temp=21; x"), "temp=21;|temp|21||");
    EXPECT_EQ(said(R"(^(.*)$)", "all of it"), "all of it|all of it|||");
    EXPECT_EQ(said(R"(^(.*)$)", "two\nlines"), "no");
}

TEST(PlainRegex, LeavesToRE2WhatMayEndInMoreThanOnePlace) {
    for (const char* const pattern : {R"(^(.*),(.*)$)", R"(^a*?b)", R"(^(a|b)c)", R"(^(ab)+$)", R"(^\w+1$)", "a|b"}) {
        EXPECT_EQ(said(pattern, "abc"), "unknown") << pattern;
    }
    for (const char* const pattern : {"(?i)abc", R"(\bword\b)", R"(\pL+)", "[[:alpha:]]+", "a$b|c", "(^a)"}) {
        EXPECT_EQ(said(pattern, "abc"), "not read") << pattern;
    }
}

TEST(PlainRegex, CapturesPartsOfALiteral) {
    EXPECT_EQ(said("^a(b(c))d(e)$", "abcde"), "abcde|bc|c|e|");
    EXPECT_EQ(said(R"(^()a(\d*)(b)()$)", "a1b"), "a1b||1|b|");
    EXPECT_EQ(said(R"((ab)x{0}(c)(\d+))", "--abc7"), "abc7|ab|c|7|");
    EXPECT_EQ(said("^(a long literal) of (many words)$", "a long literal of many words"),
              "a long literal of many words|a long literal|many words||");
    EXPECT_EQ(said("^a long literal of many words$", "a long literal of many wards"), "no");
}

TEST(PlainRegex, LeavesToRE2WhatHasVeryManyParts) {
    std::string pattern, text;
    for (int i = 0; i < 40; ++i) pattern += R"(a\d)", text += "a1";
    EXPECT_EQ(said(pattern, text), "unknown");
}

TEST(PlainRegex, KnowsARunBehindVeryManyOthersThatAreEmpty) {
    std::string pattern = "^";
    for (int i = 0; i < 0x10000; ++i) pattern += "a{0}";
    pattern += "(b+)$";
    EXPECT_EQ(said(pattern, "b"), "b|b|||");
    EXPECT_EQ(said(pattern, "a"), "no");
}

TEST(PlainRegex, CapturesLiteralsUpToSomeLength) {
    const std::string longest(0xFFFF, 'x');
    EXPECT_EQ(said("^a(" + longest.substr(1) + ")b$", "a" + longest.substr(1) + "b"), "unknown");
    EXPECT_EQ(said("^(" + longest + ")$", longest), longest + "|" + longest + "|||");
    EXPECT_EQ(said("^(" + longest + ")$", longest.substr(1)), "no");
    EXPECT_EQ(said("^(" + longest + "x)$", longest + "x"), "unknown");
}

TEST(PlainRegex, CapturesManyPartsInOrder) {
    const auto regex = PlainRegex::parse(R"(^(a)(\d+)(b)(\d+)(c)(\d+)(d)$)");
    ASSERT_TRUE(regex);
    std::vector<std::string_view> captures(8);
    ASSERT_EQ(regex->match("a1b22c333d", PlainRegex::kUnknown, captures), Verdict::yes);
    EXPECT_EQ(captures, (std::vector<std::string_view>{"a1b22c333d", "a", "1", "b", "22", "c", "333", "d"}));
}

TEST(PlainRegex, LeavesToRE2WhetherACharacterBeyondAsciiBelongs) {
    EXPECT_EQ(said("^([^,]+),", "caf\xC3\xA9,"), "unknown");
    EXPECT_EQ(said("^(.*)$", "\xFF"), "unknown");
    EXPECT_EQ(said(R"(^(\d+))", "12\xC3\xA9"), "12|12|||");
    EXPECT_EQ(said("^温度 (\\d+)$", "温度 12"), "温度 12|12|||");
}

TEST(PlainRegex, KnowsWhatEachMatchBeginsWithOrHolds) {
    EXPECT_EQ(literal_of(R"(^set (pump)-(\d+)$)"), "^set pump-");
    EXPECT_EQ(literal_of(R"(^(\d+) degrees at (\w+)$)"), " degrees at ");
    EXPECT_EQ(literal_of(R"(^colou?r (red|green) light$)"), "^colo");
    EXPECT_EQ(literal_of("^a|b"), "");
    EXPECT_EQ(literal_of("(?:abc)?de"), "de");
    EXPECT_EQ(literal_of("(?:abc)de"), "abcde");
    EXPECT_EQ(literal_of("abc*"), "ab");
    EXPECT_EQ(literal_of("x{0}"), "");
}

TEST(PlainRegex, FindsRunsInMessagesOfEveryLength) {
    for (std::size_t digits = 0; digits < 70; ++digits) {
        const std::string text = "n" + std::string(digits, '7') + "x";
        EXPECT_EQ(said(R"(^n(\d*)x$)", text), text + '|' + std::string(digits, '7') + "|||");
        EXPECT_EQ(said(R"(^n(\d*)$)", text), "no");
    }
}

// A peer's message of many beginnings and no end must not cost the square of its length.
TEST(PlainRegex, GivesUpWhereAMatchMightBeginInManyPlaces) {
    EXPECT_EQ(said("a+b", std::string(100000, 'a')), "unknown");
}

// Patterns from the pieces that rules are made of, and messages from the letters that they know.
class Draw {
  public:
    explicit Draw(unsigned seed) : random_(seed) {}
    std::string pattern() {
        std::string made = chance(2) ? "^" : "";
        made += alternatives(0);
        if (chance(2)) made += '$';
        return made;
    }
    std::string text() {
        static const char* const kPieces[] = {"a", "b", "ab", "1", "12", " ", ",", "\n", "-", "é", "\xFF", "ask-", "x"};
        std::string made;
        for (std::size_t left = below(24); left > 0; --left) made += kPieces[below(std::size(kPieces))];
        return made;
    }

  private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool chance(std::size_t one_in) { return below(one_in) == 0; }
    std::string alternatives(int depth) {
        std::string made = sequence(depth);
        if (chance(8)) made += "|" + sequence(depth);
        return made;
    }
    std::string sequence(int depth) {
        std::string made;
        for (std::size_t left = below(5); left > 0; --left) {
            made += atom(depth);
            static const char* const kRepeats[] = {"*",    "+",   "?",  "{2}", "{1,3}", "{0,2}",
                                                   "{2,}", "{0}", "*?", "+?",  "??"};
            if (chance(3)) made += kRepeats[below(std::size(kRepeats))];
        }
        return made;
    }
    std::string atom(int depth) {
        static const char* const kAtoms[] = {
            "a",    "b",    "ab",    "1",        " ",     ",", "ask-", R"(\d)", R"(\w)", R"(\s)",    R"(\D)", ".",
            "[ab]", "[^,]", "[a-f]", R"([\w-])", R"(\-)", "é", "x",    R"(\S)", "[1-]",  R"([^\d])", "\\t"};
        if (depth < 3 && chance(5)) {
            static const char* const kGroups[] = {"(", "(?:", "(?P<name>"};
            const std::size_t group = below(named_ ? 2 : std::size(kGroups));
            named_ |= group == 2;
            return kGroups[group] + alternatives(depth + 1) + ")";
        }
        return kAtoms[below(std::size(kAtoms))];
    }
    std::mt19937 random_;
    bool named_ = false;
};

TEST(PlainRegex, SaysWhatRE2SaysOfAnyPatternAndMessage) {
    int plain = 0, matched = 0, known = 0;
    for (unsigned seed = 0; seed < 6000; ++seed) {
        Draw draw(seed);
        const std::string pattern = draw.pattern();
        RegexSet set;
        if (!set.add(pattern)) continue;
        const auto regex = PlainRegex::parse(pattern);
        if (!regex) continue;
        plain += regex->is_plain() ? 1 : 0;
        const std::size_t groups = set.groups(0).count + 1;
        for (int i = 0; i < 12; ++i) {
            const std::string text = draw.text();
            std::vector<std::string_view> ours(groups), theirs(groups);
            const bool matches = set.match_by_automaton(0, text, theirs);
            matched += matches ? 1 : 0;
            const std::size_t at = text.find(regex->literal());
            if (matches) {
                EXPECT_TRUE(regex->begins_with_literal() ? at == 0 : at != std::string::npos) << pattern << "\n"
                                                                                              << text;
            }
            // Who has looked for the literal knows where it stands; the rest of the walk is the same.
            for (const std::size_t literal_at : {PlainRegex::kUnknown, at}) {
                const Verdict verdict = regex->match(text, literal_at, ours);
                if (verdict == Verdict::unknown) continue;
                known += literal_at != PlainRegex::kUnknown && verdict == Verdict::yes ? 1 : 0;
                ASSERT_EQ(verdict == Verdict::yes, matches) << pattern << "\n" << text;
                if (!matches) continue;
                for (std::size_t group = 0; group < groups; ++group) {
                    ASSERT_EQ(ours[group], theirs[group]) << pattern << "\n" << text << "\n" << group;
                    if (!theirs[group].empty()) {
                        ASSERT_EQ(ours[group].data(), theirs[group].data()) << pattern << "\n" << text;
                    }
                }
            }
        }
    }
    EXPECT_GT(known, 1000);
    EXPECT_GT(plain, 1000);
    EXPECT_GT(matched, 5000);
}

}  // namespace
}  // namespace earshot::respond::rules
