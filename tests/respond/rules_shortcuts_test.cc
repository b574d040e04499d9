// The ways around the work that Engine and RuleSet take say the same as asking each rule in turn.
#include <cstring>
#include <random>

#include "respond/rules/engine.h"
#include "tests/respond/rules_words.h"
#include "text/encoding.h"

namespace earshot::respond::rules {
namespace {

// What a rule says of a message, told without literals, sets and plain regexes.
bool asked(const RuleSet& set, const Rule& rule, std::string_view text, ByteView payload,
           std::vector<std::string_view>& captures) {
    captures.assign(10, {});
    captures[0] = text;
    switch (rule.match) {
        case Match::any:
            return true;
        case Match::exact:
            return text == rule.literal;
        case Match::prefix:
            return text.starts_with(rule.literal);
        case Match::contains:
            return text.find(rule.literal) != std::string_view::npos;
        case Match::regex:
            captures.resize(set.regexes.groups(rule.regex).count + 1);
            return set.regexes.match_by_automaton(rule.regex, text, captures);
        case Match::hex:
            for (std::size_t i = 0; rule.hex.matches(payload) && i <= rule.hex.groups(); ++i) {
                captures[i] = as_chars(rule.hex.capture(i, payload));
            }
            return rule.hex.matches(payload);
    }
    return false;
}

class Shortcuts : public Ruled {
  protected:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    std::string pick(std::initializer_list<const char*> from) { return *(from.begin() + below(from.size())); }
    std::string word() { return pick({"get", "set", "ask-", "pump", "7", "42", "temp", "é", "温度", "x"}); }
    std::string phrase(std::size_t most) {
        std::string made;
        for (std::size_t left = 1 + below(most); left > 0; --left) made += word() + (below(2) == 0 ? " " : "");
        return made;
    }
    // A rule, and in `answer` the numbers of captures that it repeats.
    std::string rule(std::size_t number) {
        std::size_t groups = 0;
        std::string made = "[[rule]]\n";
        switch (below(6)) {
            case 0:
                made += "exact = '" + phrase(2) + "'\n";
                break;
            case 1:
                made += "prefix = '" + phrase(2) + "'\n";
                break;
            case 2:
                made += "contains = '" + phrase(2) + "'\n";
                break;
            case 3: {
                made += "hex = '(" + pick({"67", "73", "61", "??", "e6"}) + ") " + pick({"??", "65", "7?"}) + " (*)'\n";
                groups = 2;
                break;
            }
            default: {
                std::string regex = (below(2) == 0 ? "^" : "") + phrase(2);
                for (std::size_t left = below(3); left > 0; --left, ++groups) {
                    regex += pick({R"((\d+))", R"((\w*))", "(.*)", R"(([^ ]+))", "(get|set)", R"((-?\d{1,3}))"});
                    regex += pick({"", " ", ",", "é"});
                }
                made += "regex = '" + regex + pick({"", "", "$"}) + "'\n";
            }
        }
        made += "answer = '" + std::to_string(number) + ":${" + std::to_string(below(groups + 1)) + "};";
        made += pick({"", "${size}", "${total}"}) + "'\n";
        if (below(4) == 0) made += "continue = true\n";
        return made;
    }
    // What the rules say, each asked in turn.
    std::string expected(const RuleSet& set, std::string_view text, ByteView payload,
                         std::vector<std::uint64_t>& totals) {
        std::string made;
        std::vector<std::uint8_t> bytes;
        std::vector<std::string_view> captures;
        for (const Rule& each : set.rules) {
            if (!asked(set, each, text, payload, captures)) continue;
            Filling filling;
            filling.captures = captures;
            filling.captures_are_text = each.match != Match::hex;
            filling.size = payload.size();
            if (each.effect.totals) filling.total = ++totals[each.effect.counter];
            filling.clock = &clock;
            bytes.clear();
            EXPECT_TRUE(each.effect.answer->render(filling, bytes));
            made += as_chars(ByteView(bytes));
            if (!each.carries_on) break;
        }
        return made;
    }
    std::mt19937 random_{11};
};

TEST_F(Shortcuts, SayWhatAskingEachRuleSays) {
    int answered = 0;
    for (int round = 0; round < 150; ++round) {
        std::string file;
        for (std::size_t number = 1 + below(40); number > 0; --number) file += rule(number);
        SCOPED_TRACE(file);
        rules(file);
        ASSERT_TRUE(engine);
        const RuleSet& set = engine->rules();
        std::vector<std::uint64_t> totals(set.counters);
        std::string message;
        for (int i = 0; i < 60; ++i) {
            if (message.empty() || below(3) != 0) message = phrase(5);  // else it comes again
            if (below(8) == 0) message += "\xFF";
            const std::string_view text = message;
            const std::string says = expected(set, text, as_bytes(text), totals);
            answered += says.empty() ? 0 : 1;
            ASSERT_EQ(say(message), says) << message;
        }
    }
    EXPECT_GT(answered, 3000);
}

// An answer that depends on more than the message is made anew each time.
TEST_F(Shortcuts, DoNotRepeatWhatDependsOnMore) {
    rules(R"(
[[rule]]
exact = "first"
once = true
answer = "only once\n"
[[rule]]
exact = "first"
answer = "again\n"
[[rule]]
prefix = "n"
answer = "${count}\n"
[[rule]]
hex = "70 *"
answer = "p\n"
[heartbeat]
every = "1s"
)");
    EXPECT_EQ(say("first"), "only once\n");
    EXPECT_EQ(say("first"), "again\n");
    EXPECT_EQ(say("first"), "again\n");
    EXPECT_EQ(say("n"), "1\n");
    EXPECT_EQ(say("n"), "2\n");
    for (int i = 0; i < 5; ++i) {
        wait(Millis(2900));
        EXPECT_EQ(say("p"), "p\n");  // a heartbeat each time
    }
    EXPECT_FALSE(out.timed_out);
}

TEST_F(Shortcuts, KeepToWhatTextIsInAnotherEncoding) {
    rules(R"(
[[rule]]
prefix = "温度 "
answer = "1\n"
[[rule]]
regex = '^(湿)度 (\d+)$'
answer = "${1}=${2}\n"
[[rule]]
hex = "ce *"
answer = "bytes\n"
)");
    who.receive = text::find_encoding("gbk");
    who.send = text::find_encoding("gbk");
    EXPECT_EQ(say("\xCE\xC2\xB6\xC8 12"), "1\n");
    EXPECT_EQ(say("\xCA\xAA\xB6\xC8 40\r\n"), "\xCA\xAA=40\n");
    EXPECT_EQ(say("\xCE\xC2"), "bytes\n");
}

}  // namespace
}  // namespace earshot::respond::rules
