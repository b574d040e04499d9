#include "respond/rules/engine.h"
#include "tests/respond/rules_words.h"

namespace earshot::respond::rules {
namespace {

using testing::HasSubstr;

TEST_F(Ruled, AnswersByTheFirstRuleThatMatches) {
    rules(R"(
[[rule]]
exact = "PING"
answer = "PONG\n"
[[rule]]
prefix = "PI"
answer = "pi\n"
[[rule]]
contains = "needle"
answer = "found\n"
[[rule]]
answer = "what?\n"
)");
    EXPECT_EQ(say("PING\r\n"), "PONG\n");
    EXPECT_EQ(say("PING"), "PONG\n");
    EXPECT_EQ(say("PINGS"), "pi\n");
    EXPECT_EQ(say("a needle here"), "found\n");
    EXPECT_EQ(say("ping"), "what?\n");
    EXPECT_EQ(say(""), "what?\n");
}

// The index that leads to the rules compares hashes of words with their places: what it finds is only likely.
TEST_F(Ruled, IsNotMisledByABeginningThatStandsElsewhere) {
    rules(R"(
[[rule]]
regex = '^set-on-1(.*)'
answer = "on${1}"
[[rule]]
prefix = "#ping-all"
answer = "pong"
[[rule]]
answer = "what?"
)");
    EXPECT_EQ(say("set-on-1!"), "on!");
    EXPECT_EQ(say("#ping-all"), "pong");
    EXPECT_EQ(say("#set-on-)hello"), "what?");
}

TEST_F(Ruled, GoesOnToTheNextRuleWhereAskedTo) {
    rules(R"(
[[rule]]
contains = "a"
answer = "A"
continue = true
[[rule]]
contains = "b"
answer = "B"
[[rule]]
contains = "b"
answer = "never"
)");
    EXPECT_EQ(say("ab"), "AB");
    EXPECT_EQ(say("a"), "A");
}

TEST_F(Ruled, FillsInWhatARegexCaptured) {
    rules(R"(
[[rule]]
regex = '^GET (?P<what>\w+)(?: (\d+))?$'
answer = "${what}=${2} of ${0}, $${what} costs $5"
)");
    EXPECT_EQ(say("GET temp 12\n"), "temp=12 of GET temp 12, ${what} costs $5");
    EXPECT_EQ(say("GET temp"), "temp= of GET temp, ${what} costs $5");
    EXPECT_EQ(say("PUT temp"), "");
}

TEST_F(Ruled, MatchesHexWithWildcardsAndAnswersWithAChecksum) {
    rules(R"(
[[rule]]
hex = "01 03 ?? ?? 00 (0?) *"
check = "crc16modbus"
answer-hex = "01 03 02 12 ${1} ${crc16modbus}"
)");
    EXPECT_EQ(say(std::string_view("\x01\x03\x00\x00\x00\x02\xC4\x0B", 8)), "\x01\x03\x02\x12\x02\x35\x25");
    EXPECT_EQ(say(std::string_view("\x01\x03\x00\x00\x00\x02\xC4\x0C", 8)), "") << "the checksum is wrong";
    EXPECT_EQ(say(std::string_view("\x01\x03\x00\x00\x00\x12\xC5\xC7", 8)), "") << "a half byte differs";
}

TEST_F(Ruled, WritesNmeaChecksumsOverAPart) {
    rules(R"(
[[rule]]
prefix = "?"
answer = '$GPGLL,5300.97914,N,00259.98174,E,125926,A*${xor8:1..-1}'
)");
    EXPECT_EQ(say("?"), "$GPGLL,5300.97914,N,00259.98174,E,125926,A*28");
}

TEST_F(Ruled, CountsForOneCallerAndForAll) {
    rules(R"(
[[rule]]
exact = "n"
answer = "${count:03}/${total}"
)");
    Caller other;
    EXPECT_EQ(say("n"), "001/1");
    EXPECT_EQ(say(other, "n"), "001/2");
    EXPECT_EQ(say("n"), "002/3");
}

TEST_F(Ruled, PutsNumbersAndTheTimeIntoBytes) {
    rules(R"(
[[rule]]
exact = "t"
answer-hex = "aa ${time:u32be} ${count:u16le} ${size:u8}"
[[rule]]
exact = "u"
answer = "${utc:%H:%M:%S} ${id}"
)");
    EXPECT_EQ(say("t"), std::string("\xAA\x65\x53\xF1\x00\x01\x00\x01", 8));
    EXPECT_EQ(say("u"), "22:13:20 7");
}

TEST_F(Ruled, FiresOnlyOnceOrSoOften) {
    rules(R"(
[[rule]]
exact = "hi"
once = true
answer = "welcome"
[[rule]]
exact = "hi"
limit = 2
answer = "again"
)");
    EXPECT_EQ(say("hi"), "welcome");
    EXPECT_EQ(say("hi"), "again");
    EXPECT_EQ(say("hi"), "again");
    EXPECT_EQ(say("hi"), "");
    Caller other;
    EXPECT_EQ(say(other, "hi"), "welcome");
}

TEST_F(Ruled, MatchesAndAnswersInTheCallersEncodings) {
    rules(R"(
[[rule]]
regex = '^你(.)$'
answer = "${1}!"
[[rule]]
contains = "ok"
answer = "€"
)");
    const text::Encoding* const gbk = text::find_encoding("gbk");
    who = {7, gbk, gbk};
    EXPECT_EQ(say("\xC4\xE3\xBA\xC3\r\n"), "\xBA\xC3!");
    who.send = nullptr;
    EXPECT_EQ(say("\xC4\xE3\xBA\xC3"), "好!");
    who.send = text::find_encoding("big5");
    EXPECT_EQ(say("ok"), "\xA3\xE1");
    who.send = text::find_encoding("shift_jis");
    EXPECT_EQ(say("ok"), "");
    ASSERT_EQ(out.faults.size(), 1U);
    EXPECT_THAT(out.faults[0], HasSubstr("€"));
    EXPECT_THAT(out.faults[0], HasSubstr("line 5"));
}

TEST_F(Ruled, AnswersLaterWhereThereIsADelay) {
    rules(R"(
[[rule]]
exact = "slow"
delay = "200ms"
answer = "slow ${count}"
[[rule]]
exact = "fast"
answer = "fast"
)");
    greeting();
    EXPECT_EQ(say("slow"), "");
    EXPECT_EQ(say("fast"), "fast");
    EXPECT_EQ(engine->next_due(caller), clock.now() + Millis(200));
    EXPECT_EQ(wait(Millis(199)), "");
    EXPECT_EQ(say("slow"), "");
    EXPECT_EQ(wait(Millis(1)), "slow 1");
    EXPECT_EQ(wait(Millis(199)), "slow 2");
    EXPECT_EQ(engine->next_due(caller), std::nullopt);
}

TEST_F(Ruled, LetsNobodyFillTheMemoryWithDelayedAnswers) {
    rules(R"(
[[rule]]
delay = "1h"
answer = "${0}"
)");
    greeting();
    std::size_t dropped = 0;
    const std::string message(1000, 'x');
    for (int i = 0; i < 2000; ++i) {
        say(message);
        dropped += out.dropped.size();
    }
    EXPECT_GT(dropped, 900U);
    EXPECT_LE(caller.waiting_size, std::size_t(1) << 20);
    wait(std::chrono::hours(1));
    EXPECT_EQ(out.send.size(), (2000 - dropped) * 1000);
    EXPECT_EQ(caller.waiting_size, 0U);
}

TEST_F(Ruled, GreetsAndSpeaksEverySoOften) {
    rules(R"(
[[greet]]
answer = "hello ${id}\n"
[[greet]]
delay = "1s"
answer = "still there?\n"
[[every]]
interval = "3s"
answer = "tick ${count}\n"
limit = 2
)");
    EXPECT_EQ(greeting(), "hello 7\n");
    EXPECT_EQ(wait(Millis(1000)), "still there?\n");
    EXPECT_EQ(wait(Millis(1999)), "");
    EXPECT_EQ(wait(Millis(1)), "tick 1\n");
    EXPECT_EQ(wait(Millis(9000)), "tick 2\n") << "what was missed is not made up for";
    EXPECT_EQ(wait(Millis(3000)), "");
}

TEST_F(Ruled, SkipsWhatComesEverySoOftenForACallerWhoDoesNotRead) {
    rules("[[every]]\ninterval = 1\nanswer = \"tick\"");
    greeting();
    EXPECT_EQ(wait(Millis(1000), true), "");
    EXPECT_EQ(out.dropped, std::vector<std::size_t>{4});
}

TEST_F(Ruled, NamesADeviceByItsRegistrationAndAnswersItInItsWay) {
    rules(R"(
[[rule]]
regex = '^REG:(.*)$'
register = "${1}"
answer = "welcome ${device}\n"
[[rule]]
device = "pump-*"
answer = "for a pump\n"
[[rule]]
device = ""
answer = "who are you?\n"
)");
    EXPECT_EQ(say("?"), "who are you?\n");
    EXPECT_EQ(say("REG: pump-7 \r\n"), "welcome pump-7\n");
    EXPECT_EQ(out.device, "pump-7");
    EXPECT_EQ(say("?"), "for a pump\n");
    EXPECT_EQ(say("REG:pump-7"), "welcome pump-7\n");
    EXPECT_EQ(out.device, std::nullopt) << "it has that name already";
    EXPECT_EQ(say("REG:door"), "welcome door\n");
    EXPECT_EQ(say("?"), "");
}

TEST_F(Ruled, LetsNoNameOfAPeersHarmAScreen) {
    rules("[[rule]]\nregex = '(?s)^REG:(.*)$'\nregister = '${1}'");
    say("REG:\x1b[2J\n");
    ASSERT_TRUE(out.device);
    EXPECT_EQ(out.device->find('\x1b'), std::string::npos);
    say("REG:" + std::string(1000, 'x'));
    EXPECT_EQ(out.device->size(), 64U);
    say("REG:  ");
    EXPECT_EQ(out.device, std::nullopt) << "no name at all";
}

TEST_F(Ruled, GivesUpWhoseHeartbeatStops) {
    rules(R"(
[heartbeat]
every = "10s"
missed = 3
[[rule]]
exact = "beat"
heartbeat = true
answer = "alive"
)");
    greeting();
    EXPECT_EQ(wait(Millis(29'000)), "");
    EXPECT_EQ(say("beat"), "alive");
    EXPECT_EQ(say("something else"), "");
    wait(Millis(20'000));
    say("something else");
    wait(Millis(9'999));
    EXPECT_EQ(out.timed_out, std::nullopt);
    EXPECT_EQ(engine->next_due(caller), clock.now() + Millis(1));
    wait(Millis(1));
    ASSERT_TRUE(out.timed_out);
    EXPECT_THAT(*out.timed_out, HasSubstr("30 s"));
}

TEST_F(Ruled, TakesAnyMessageForAHeartbeatWhereNoRuleIsOne) {
    rules("[heartbeat]\nevery = 1\nmissed = 2\n[[rule]]\nexact = 'x'");
    greeting();
    wait(Millis(1900));
    say("no rule knows this");
    wait(Millis(1900));
    EXPECT_EQ(out.timed_out, std::nullopt);
    wait(Millis(100));
    EXPECT_TRUE(out.timed_out);
}

TEST_F(Ruled, GivesUpWhoDoesNotRegisterInTime) {
    rules("[device]\nwithin = 5\n[[rule]]\nprefix = 'R'\nregister = 'x'");
    greeting();
    wait(Millis(5000));
    EXPECT_TRUE(out.timed_out);
    say("R");
    EXPECT_EQ(engine->next_due(caller), std::nullopt);
    wait(Millis(5000));
    EXPECT_FALSE(out.timed_out);
}

TEST_F(Ruled, RemembersNobodyWhereNoRuleNeedsIt) {
    rules("[[rule]]\nregex = 'a(.)'\nanswer = '${1} ${total} ${time}'\n[[greet]]\nanswer = 'hi'");
    EXPECT_FALSE(engine->rules().keeps_state);
    rules("[[rule]]\nregex = 'a(.)'\nonce = true");
    EXPECT_TRUE(engine->rules().keeps_state);
}

TEST_F(Ruled, ClosesWhereARuleSaysSo) {
    rules("[[rule]]\nexact = 'bye'\nanswer = 'bye'\nclose = true");
    EXPECT_EQ(say("bye"), "bye");
    EXPECT_TRUE(out.closes);
}

// --- many regexes: they are asked together, and must fire as if they were asked one by one.

TEST_F(Ruled, ChoosesAmongManyRegexesAsAmongFew) {
    std::string file;
    for (int i = 0; i < 100; ++i) {
        file += "[[rule]]\nregex = '" + std::string(i % 3 == 0 ? "^" : "") + "c" + std::to_string(i) + "(\\d?)x'\n" +
                "answer = '" + std::to_string(i) + ":${1}'\n";
    }
    rules(file);
    EXPECT_EQ(say("c57x"), "5:7") << "c5(\\d?)x stands before c57(\\d?)x";
    EXPECT_EQ(say("c91x"), "9:1");
    EXPECT_EQ(say(" c91x"), "91:") << "^c9 is anchored, c91 is not";
    EXPECT_EQ(say(" c3x"), "") << "^c3 is anchored";
    EXPECT_EQ(say("nothing"), "");
}

// Any rules and messages: the prefilters never change which rule fires.
TEST_F(Ruled, FiltersNothingAwayThatMatches) {
    const char* const kPatterns[] = {"^a",   "^ab|c", "^(a|b)c", "^[ab]+$", "^\\w\\d", "^(?i)ab",
                                     "b$",   "^.*c",  "^a?b",    "^[^a]",   "^\\Aa",   "^$",
                                     "a|^b", "^a|b",  "^[]a]",   "^\\(",    "(?m)^b",  "^(?:ab|cd)e"};
    std::string file;
    std::vector<std::unique_ptr<RegexSet>> alone;
    for (const char* const pattern : kPatterns) {
        file += "[[rule]]\nregex = '" + std::string(pattern) + "'\nanswer = '" + std::to_string(alone.size()) +
                ",'\ncontinue = true\n";
        alone.push_back(std::make_unique<RegexSet>());
        ASSERT_TRUE(alone.back()->add(pattern)) << pattern;
    }
    rules(file);
    const std::string kLetters = "aAbBcde1(] ";
    unsigned seed = 1;
    for (int i = 0; i < 5000; ++i) {
        std::string message;
        seed = seed * 1103515245 + 12345;
        for (unsigned n = seed >> 16 & 7; n > 0; --n) {
            seed = seed * 1103515245 + 12345;
            message += kLetters[(seed >> 16) % kLetters.size()];
        }
        std::string expected;
        for (std::size_t k = 0; k < alone.size(); ++k) {
            if (alone[k]->match(0, message, PlainRegex::kUnknown, {})) expected += std::to_string(k) + ",";
        }
        ASSERT_EQ(say(message), expected) << "“" << message << "”";
    }
}

TEST_F(Ruled, GivesUpTheAnswersThatWaitButNotTheEnd) {
    rules(R"(
[[rule]]
exact = "bye"
answer = "goodbye"
close = true
delay = "1s"
[[rule]]
exact = "hush"
delay = "1s"
[[rule]]
answer = "late"
delay = "1s"
)");
    say("a"), say("b"), say("hush"), say("bye");
    const Engine::GivenUp given_up = Engine::give_up(caller);
    EXPECT_EQ(given_up.answers, 3U);
    EXPECT_EQ(given_up.bytes, 15U);
    EXPECT_EQ(caller.waiting.size(), 1U);
    EXPECT_EQ(wait(Millis(1000)), "");
    EXPECT_TRUE(out.closes);
    EXPECT_EQ(caller.waiting_size, 0U);
}

}  // namespace
}  // namespace earshot::respond::rules
