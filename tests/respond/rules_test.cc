#include "respond/rules.h"

#include <unistd.h>

#include <cstdio>

#include "respond/rules/parse.h"
#include "tests/talk/several_shards.h"
#include "tests/talk/talk_fixture.h"

namespace earshot::respond {
namespace {

class Ruling : public talk::Talking {
  protected:
    void rules(std::string_view text) {
        auto set = rules::parse_rules(text, "r.toml");
        ASSERT_TRUE(set) << set.error().message;
        reply = std::make_unique<Rules>("r.toml", std::move(*set));
        responder = reply.get();
    }
    std::string heard(test::MemoryWire& by) {
        settle();
        return by.received();
    }
    Reason end_of(SessionId id) {
        for (const model::Event& event : sink.events) {
            const auto* const closed = std::get_if<model::Closed>(&event.body);
            if (closed && event.id == id) return closed->reason;
        }
        return Reason::failed;
    }
    std::unique_ptr<Rules> reply;
    test::MemoryWire second, third;
};

constexpr const char* kRegister = R"(
[device]
replaced = "${device} is elsewhere\n"
[[rule]]
regex = '^REG:(.*)'
register = "${1}"
answer = "ok\n"
)";

TEST_F(Ruling, GreetsAndAnswers) {
    rules("[[greet]]\nanswer = 'hello'\n[[rule]]\nregex = '(\\d+)'\nanswer = '${1}!'");
    call(wire);
    EXPECT_EQ(heard(wire), "hello");
    wire.send("it is 42");
    EXPECT_EQ(heard(wire), "42!");
    wire.end();
    settle();
    EXPECT_TRUE(wire.saw_end());
    EXPECT_TRUE(shard().is_empty());
}

class RulingWithAndWithoutMemory : public Ruling, public testing::WithParamInterface<const char*> {};

TEST_P(RulingWithAndWithoutMemory, AnswersWhatCameAtOnceInOnePiece) {
    options.frame = "line";
    rules(std::string("[[rule]]\nanswer = 'yes;'\n") + GetParam());
    call(wire);
    wire.send("one\ntwo\nthree\n");
    EXPECT_EQ(heard(wire), "yes;yes;yes;");
    EXPECT_EQ(wire.writes(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Rules, RulingWithAndWithoutMemory, testing::Values("", "limit = 5\n"));

TEST_F(Ruling, SendsWhatWaitsBeforeItFollowsAFin) {
    rules("[[rule]]\nanswer = 'late'\ndelay = '1s'");
    call(wire);
    wire.send("x");
    wire.end();
    settle();
    EXPECT_FALSE(wire.saw_end());
    wait(Millis(1100));
    EXPECT_EQ(heard(wire), "late");
    settle();
    EXPECT_TRUE(wire.saw_end());
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Ruling, ClosesWhoseHeartbeatStops) {
    rules("[heartbeat]\nevery = 1\nmissed = 2\n[[rule]]\nexact = 'beat'\nheartbeat = true\nanswer = 'alive'");
    wires = {&wire, &second};
    const SessionId one = call(wire), other = call(second);
    wait(Millis(1500));
    wire.send("beat");
    EXPECT_EQ(heard(wire), "alive");
    wait(Millis(600));
    settle();
    EXPECT_TRUE(second.saw_end());
    second.end();
    settle();
    EXPECT_EQ(end_of(other), Reason::timeout);
    EXPECT_FALSE(wire.saw_end());
    wait(Millis(1500));
    settle();
    wire.end();
    settle();
    EXPECT_EQ(end_of(one), Reason::timeout);
}

TEST_F(Ruling, GivesADevicesNameToItsNewestCaller) {
    rules(kRegister);
    wires = {&wire, &second, &third};
    const SessionId one = call(wire), other = call(second);
    wire.send("REG:pump-7");
    settle();
    second.send("REG:pump-7");
    settle();
    EXPECT_EQ(wire.received(), "ok\npump-7 is elsewhere\n");
    EXPECT_TRUE(wire.saw_end());
    EXPECT_EQ(second.received(), "ok\n");
    wire.end();
    second.end();
    settle();
    EXPECT_EQ(end_of(one), Reason::closed);
    call(third);
    third.send("REG:pump-7");
    settle();
    const auto named = all<model::DeviceNamed>();
    ASSERT_EQ(named.size(), 3U);
    EXPECT_EQ(named[0].calls, 1U);
    EXPECT_EQ(named[1].replaces, one);
    EXPECT_EQ(named[2].calls, 3U) << "it is known although it was away";
    EXPECT_EQ(named[2].replaces, SessionId{});
    EXPECT_EQ(named[2].name, "pump-7");
    static_cast<void>(other);
}

TEST_F(Ruling, LetsADeviceGoThatRegistersUnderAnotherName) {
    rules(kRegister);
    wires = {&wire, &second};
    call(wire), call(second);
    wire.send("REG:a");
    settle();
    wire.send("REG:b");
    settle();
    second.send("REG:a");
    settle();
    EXPECT_FALSE(wire.saw_end()) << "a is nobody's any more";
    second.send("REG:b");
    EXPECT_EQ(heard(wire), "ok\nok\nb is elsewhere\n");
    EXPECT_TRUE(wire.saw_end());
}

TEST_F(Ruling, SaysWhichAnswerAnEncodingCannotCarry) {
    options.send = *talk::TextChoice::parse("gbk");
    rules("[[rule]]\nexact = 'a'\nanswer = '你好'\n[[rule]]\nanswer = '\xF0\x9F\x98\x80'");
    call(wire);
    wire.send("a");
    EXPECT_EQ(heard(wire), "\xC4\xE3\xBA\xC3");
    wire.send("b");
    EXPECT_EQ(heard(wire), "");
    ASSERT_EQ(all<model::Fault>().size(), 1U);
    EXPECT_EQ(all<model::Fault>()[0].reason, Reason::unencodable);
}

TEST_F(Ruling, DoesNotReadACallerWhoDoesNotReadHisAnswers) {
    options.high_water = 1000;
    options.frame = "fixed:10";
    rules("[[rule]]\nanswer = '${0}'");
    test::MemoryWire narrow(100);
    wires = {&narrow};
    narrow.read_at_most(200);
    call(narrow);
    narrow.send(std::string(10'000, 'x'));
    settle();
    EXPECT_GT(narrow.unread(), 0U);
    std::size_t got = 0;
    while (got < 10'000) {
        const std::size_t size = narrow.received().size();
        ASSERT_GT(size, 0U) << "stuck after " << got;
        got += size;
        settle();
    }
    EXPECT_EQ(got, 10'000U);
}

// One read asks for a thousand times what it is long; no more than the limit and what goes out together is made of it.
TEST_F(Ruling, StopsAnsweringInTheMiddleOfAReadWhereTheQueueIsFull) {
    constexpr std::size_t kAnswer = 10'000, kQuestions = 1000;
    options.high_water = 100'000;
    options.frame = "fixed:1";
    rules("[[rule]]\nanswer = '" + std::string(kAnswer, 'a') + "'");
    test::MemoryWire narrow(100);
    wires = {&narrow};
    call(narrow);
    narrow.send(std::string(kQuestions, 'x'));
    settle();
    EXPECT_LE(shard().find(SessionId{1})->queued(), options.high_water + 2 * kAnswer + 16'384);
    std::size_t got = 0;
    for (std::size_t size = 1; size > 0; got += size) {
        size = narrow.received().size();
        settle();
    }
    EXPECT_EQ(got, kAnswer * kQuestions);
}

TEST_F(Ruling, SendsWhatItAnsweredBeforeItCloses) {
    options.frame = "fixed:1";
    rules("[[rule]]\nexact = 'q'\nanswer = 'bye'\nclose = true\n[[rule]]\nanswer = '${0}!'");
    wires = {&wire, &second};
    call(wire);
    call(second);
    wire.send("abqcd");
    EXPECT_EQ(heard(wire), "a!b!bye");
    EXPECT_TRUE(wire.saw_end());
    second.send("e");
    EXPECT_EQ(heard(second), "e!") << "nothing that was for another one";
}

TEST_F(Ruling, CountsWhatComesEverySoOftenAsDroppedForASlowCaller) {
    options.high_water = 1000;
    rules("[[every]]\ninterval = '10ms'\nanswer = '0123456789'");
    test::MemoryWire narrow(100);
    wires = {&narrow};
    call(narrow);
    wait(Millis(3000));
    EXPECT_LT(shard().find(SessionId{1})->queued(), 1200U);
    std::size_t got = 0;
    for (int i = 0; i < 30; ++i) {
        got += narrow.received().size();
        settle();
    }
    const auto dropped = all<model::Dropped>();
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_EQ(got + dropped[0].bytes, 3000U);
}

// --- reloading

// What waits for callers is bounded.
class RulingInLittleMemory : public Ruling {
  protected:
    RulingInLittleMemory() { options.frame = "line"; }
    SessionId enter(test::MemoryWire& by) {
        if (shard().size() == 0) shard().share(memory, nullptr);
        return call(by);
    }
    void ask(test::MemoryWire& by, int times) {
        for (int i = 0; i < times; ++i) by.send("x\n");
        settle();
    }
    std::shared_ptr<MemoryBound> memory = std::make_shared<MemoryBound>(64 << 10);
};

constexpr const char* kLate = "[[rule]]\nanswer = 'x'\ndelay = '1s'";  // takes 129 bytes while it waits

TEST_F(RulingInLittleMemory, CountsAnswersThatWaitUntilTheyAreDue) {
    rules(kLate);
    enter(wire);
    ask(wire, 100);
    EXPECT_EQ(memory->held(), 12'900U);
    wait(Millis(1100));
    EXPECT_EQ(heard(wire).size(), 100U);
    settle();
    EXPECT_EQ(memory->held(), 0U);
    ask(wire, 100);
    wire.reset();
    settle();
    EXPECT_EQ(memory->held(), 0U);
}

TEST_F(RulingInLittleMemory, CountsNoAnswersOfRulesThatHaveLeft) {
    rules(kLate);
    const SessionId id = enter(wire);
    ask(wire, 100);
    shard().find(id)->answer_by(nullptr);
    settle();
    EXPECT_EQ(memory->held(), 0U);
}

TEST_F(RulingInLittleMemory, LetsWhoHasMostAnswersWaitingMissThem) {
    rules(kLate);
    wires = {&wire, &second, &third};
    enter(wire), enter(second), enter(third);
    ask(wire, 100), ask(second, 250), ask(third, 100);
    EXPECT_TRUE(all<model::Dropped>().empty());
    ask(third, 100);
    const auto dropped = all<model::Dropped>();
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_EQ(dropped[0].messages, 250U);
    EXPECT_EQ(dropped[0].bytes, 250U);
    EXPECT_EQ(shard().tally().given_up.value(), 250U);
    EXPECT_FALSE(memory->is_short());
    EXPECT_EQ(memory->held(), 300U * 129);
    wait(Millis(1100));
    EXPECT_EQ(heard(wire).size(), 100U);
    EXPECT_EQ(heard(second), "");
    EXPECT_EQ(heard(third).size(), 200U);
    EXPECT_TRUE(all<model::Closed>().empty());
}

TEST_F(RulingInLittleMemory, EndsWhoWaitedForNothingElse) {
    rules("[[rule]]\nanswer = 'x'\ndelay = '1h'");
    enter(wire);
    ask(wire, 1000);
    wire.end();
    ask(wire, 0);
    wait(Millis(50));
    settle();
    EXPECT_FALSE(all<model::Dropped>().empty());
    EXPECT_TRUE(wire.saw_end());
}

TEST_F(RulingInLittleMemory, SendsAwayWhoHasMostAnswersWaitingWhereThatIsAskedFor) {
    options.slow = talk::Slow::disconnect;
    rules(kLate);
    wires = {&wire, &second};
    enter(wire);
    const SessionId most = enter(second);
    ask(wire, 100), ask(second, 450);
    EXPECT_EQ(end_of(most), Reason::limit);
    EXPECT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(memory->held(), 12'900U);
}

class Reloading : public Ruling {
  protected:
    Reloading() : path(testing::TempDir() + "earshot_rules_" + std::to_string(::getpid())) {}
    ~Reloading() override { std::remove(path.c_str()); }
    void write(std::string_view text) const {
        std::FILE* const file = std::fopen(path.c_str(), "w");
        std::fwrite(text.data(), 1, text.size(), file);
        std::fclose(file);
    }
    const std::string path;
};

TEST_F(Reloading, TakesANewFileAndKeepsTheOldRulesWhereItIsWrong) {
    rules("[[rule]]\nanswer = 'old'");
    call(wire);
    write("[[rule]]\nanswer = ");
    const Status wrong = reply->reload(path);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message.find(path + ":2:"), 0U) << wrong.error().message;
    EXPECT_TRUE(wrong.error().message.ends_with("; the rules in force stay")) << wrong.error().message;
    wire.send("x");
    EXPECT_EQ(heard(wire), "old");
    write("[[rule]]\nanswer = 'new ${count}'\n[[every]]\ninterval = 1\nanswer = 'tick'");
    EXPECT_TRUE(reply->reload(path));
    wire.send("x");
    EXPECT_EQ(heard(wire), "new 1");
    wait(Millis(1100));
    EXPECT_EQ(heard(wire), "tick") << "who was there gets his timers";
    write("[[rule]]\nanswer = 'plain'");
    EXPECT_TRUE(reply->reload(path));
    wait(Millis(3000));
    wire.send("x");
    EXPECT_EQ(heard(wire), "plain");
}

TEST_F(Reloading, KeepsTheNamesOfDevices) {
    rules(kRegister);
    call(wire);
    wire.send("REG:pump-7");
    settle();
    wire.received();
    write("[[rule]]\ndevice = 'pump-7'\nanswer = 'still ${device}'");
    EXPECT_TRUE(reply->reload(path));
    wire.send("x");
    EXPECT_EQ(heard(wire), "still pump-7");
}

// What is known of devices is known in all shards, and told where the caller is.
class RulingOverShards : public talk::SeveralShards {
  protected:
    void rules(std::string_view text) {
        auto set = rules::parse_rules(text, "r.toml");
        ASSERT_TRUE(set) << set.error().message;
        neighbours = std::make_shared<talk::Neighbours>(3);
        for (std::size_t i = 0; i < 3; ++i) add_place(i, std::make_unique<Rules>("r.toml", *set));
    }
    std::string devices(const Place& at) {
        std::string found;
        for (const model::Event& event : at.sink.events) {
            if (const auto* named = std::get_if<model::DeviceNamed>(&event.body)) {
                found += std::to_string(event.id.value) + "=" + named->name + "/" + std::to_string(named->calls) + "/" +
                         std::to_string(named->replaces.value) + " ";
            }
        }
        return found;
    }
};

TEST_F(RulingOverShards, TheNewestCallerOfANameHasItWhereverTheyAre) {
    rules(kRegister);
    auto &a = call(1), &b = call(2);
    a.wire.send("REG:pump");
    EXPECT_EQ(heard(a), "ok\n");
    EXPECT_EQ(devices(*places[1]), "2=pump/1/0 ");
    b.wire.send("REG:pump");
    EXPECT_EQ(heard(b), "ok\n");
    EXPECT_EQ(devices(*places[2]), "3=pump/2/2 ");
    EXPECT_EQ(heard(a), "pump is elsewhere\n");
    EXPECT_TRUE(a.wire.saw_end());
    a.wire.end();
    auto& c = call(0);
    c.wire.send("REG:pump");
    EXPECT_EQ(heard(b), "pump is elsewhere\n");
    EXPECT_EQ(devices(*places[0]), "1=pump/3/3 ");
    c.wire.reset();
    settle();
    auto& d = call(1);
    d.wire.send("REG:pump");
    settle();
    EXPECT_EQ(devices(*places[1]), "2=pump/1/0 5=pump/4/0 ");
}

TEST_F(RulingOverShards, CountsForAllCallersTogether) {
    rules("[[rule]]\nanswer = '${total} '");
    auto &a = call(0), &b = call(1), &c = call(2);
    a.wire.send("x");
    EXPECT_EQ(heard(a), "1 ");
    b.wire.send("x");
    EXPECT_EQ(heard(b), "2 ");
    c.wire.send("x");
    EXPECT_EQ(heard(c), "3 ");
}

}  // namespace
}  // namespace earshot::respond
