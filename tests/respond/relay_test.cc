#include "respond/relay.h"

#include "tests/talk/talk_fixture.h"

namespace earshot::respond {
namespace {

// Calls nobody: the test says when the target answers, and with what.
class ToldRelay final : public Relay {
  public:
    using Relay::no_target;
    using Relay::Relay;
    SessionId last_leg{};

  protected:
    SessionId begin_call(talk::Session& caller) override { return last_leg = caller.shard().reserve_id(); }
};

class Relaying : public talk::Talking {
  protected:
    Relaying() {
        responder = &relay;
        wires.push_back(&target);
    }
    SessionId answer(test::MemoryWire& by) { return shard().adopt(by.near(), relay.last_leg); }
    // A caller whose target has answered.
    void join() {
        caller_id = call(wire);
        leg_id = answer(target);
    }
    const model::Closed* closed(SessionId id) const {
        for (const model::Event& event : sink.events) {
            if (event.id == id && std::holds_alternative<model::Closed>(event.body)) {
                return std::get_if<model::Closed>(&event.body);
            }
        }
        return nullptr;
    }

    SystemClock system_clock;
    net::Loop loop{system_clock};
    ToldRelay relay{loop,
                    {{},
                     {talk::TextChoice::Kind::encoding, text::find_encoding("gbk")},
                     {talk::TextChoice::Kind::encoding, &text::utf8()}}};
    test::MemoryWire target;
    SessionId caller_id, leg_id;
};

TEST_F(Relaying, PassesBytesBothWaysAsTheyCome) {
    options.frame = "line";
    join();
    wire.send("half a li");
    settle();
    EXPECT_EQ(target.received(), "half a li");
    target.send(std::string("\0\xff no line", 10));
    settle();
    EXPECT_EQ(wire.received(), std::string("\0\xff no line", 10));
    EXPECT_TRUE(all<model::Message>().empty()) << "a message ends at its line's end";
    wire.send("ne\n");
    settle();
    EXPECT_EQ(texts(), "[half a line]");
}

TEST_F(Relaying, ReadsACallerOnceHisTargetHasAnswered) {
    caller_id = call(wire);
    wire.send("waiting");
    wire.end();
    settle();
    EXPECT_EQ(wire.unread(), 7U);
    answer(target);
    settle();
    EXPECT_EQ(target.received(), "waiting");
    EXPECT_TRUE(target.saw_end());
}

TEST_F(Relaying, KeepsWhatACallerSaidAndHisResetUntilHisTargetAnswers) {
    caller_id = call(wire);
    wire.send("in haste");
    wire.reset();
    settle();
    answer(target);
    settle();
    EXPECT_EQ(target.received(), "in haste");
    wait(Millis(50));
    EXPECT_TRUE(target.saw_reset());
}

TEST_F(Relaying, PassesEachHalfCloseBehindWhatCameBeforeItAndEndsWithTheSecond) {
    join();
    wire.send("question");
    wire.end();
    settle();
    EXPECT_EQ(target.received(), "question");
    EXPECT_TRUE(target.saw_end());
    EXPECT_FALSE(wire.saw_end());
    target.send("answer");
    settle();
    EXPECT_EQ(wire.received(), "answer");
    EXPECT_EQ(shard().size(), 2U);
    target.end();
    settle();
    EXPECT_TRUE(wire.saw_end());
    EXPECT_TRUE(shard().is_empty());
    EXPECT_EQ(relay.legs(), 0U);
    EXPECT_FALSE(wire.saw_reset() || target.saw_reset());
    EXPECT_EQ(closed(caller_id)->reason, Reason::closed);
    EXPECT_EQ(closed(leg_id)->reason, Reason::closed);
}

TEST_F(Relaying, PassesTheTargetsHalfCloseAsWell) {
    join();
    target.end();
    settle();
    EXPECT_TRUE(wire.saw_end());
    wire.send("still talking");
    settle();
    EXPECT_EQ(target.received(), "still talking");
    EXPECT_FALSE(target.saw_end());
}

TEST_F(Relaying, ResetsTheTargetWhereTheCallerResetAndDeliversWhatCameBefore) {
    join();
    wire.send("last words");
    wire.reset();
    settle();
    EXPECT_EQ(target.received(), "last words");
    EXPECT_FALSE(target.saw_reset()) << "a reset takes back what is on its way";
    wait(Millis(50));
    EXPECT_TRUE(target.saw_reset());
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Relaying, ResetsTheCallerWhereTheTargetReset) {
    join();
    target.send("sorry");
    target.reset();
    settle();
    EXPECT_EQ(wire.received(), "sorry");
    wait(Millis(50));
    EXPECT_TRUE(wire.saw_reset());
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Relaying, ResetsOneWhoReadsSlowlyOnlyWhenHeHasEverything) {
    test::MemoryWire slow(100);
    wires = {&wire, &slow};
    caller_id = call(wire);
    answer(slow);
    wire.send(std::string(1000, 'x'));
    wire.reset();
    settle();
    std::string heard;
    for (int i = 0; i < 100 && heard.size() < 1000; ++i) {
        EXPECT_FALSE(slow.saw_reset());
        heard += slow.received();
        wait(Millis(100));
        settle();
    }
    EXPECT_EQ(heard.size(), 1000U);
    EXPECT_TRUE(slow.saw_reset());
}

TEST_F(Relaying, ResetsOneWhoReadsNothingAtLast) {
    test::MemoryWire stuck(100);
    wires = {&wire, &stuck};
    caller_id = call(wire);
    answer(stuck);
    wire.send(std::string(1000, 'x'));
    wire.reset();
    settle();
    wait(options.close_grace + Millis(100));
    EXPECT_TRUE(stuck.saw_reset());
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Relaying, SeesTheResetOfOneWhoIsHeldUp) {
    test::MemoryWire stuck(100);
    wires = {&wire, &stuck};
    caller_id = call(wire);
    answer(stuck);
    wire.read_at_most(200);
    wire.send(std::string(1000, 'x'));
    settle();
    EXPECT_EQ(wire.unread(), 800U);
    wire.reset();
    settle();
    EXPECT_EQ(closed(caller_id)->reason, Reason::reset);
    EXPECT_EQ(closed(caller_id)->received, 1000U);
}

TEST_F(Relaying, ResetsACallerWhoseTargetDoesNotAnswerAndSaysWhy) {
    caller_id = call(wire);
    wire.send("hello");
    settle();
    relay.no_target(shard(), caller_id, {Reason::refused, "example:1 refused"});
    settle();
    EXPECT_TRUE(wire.saw_reset());
    EXPECT_EQ(relay.legs(), 0U);
    const auto faults = all<model::Fault>();
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].reason, Reason::refused);
    EXPECT_NE(faults[0].message.find("example:1 refused"), std::string::npos);
    EXPECT_EQ(closed(caller_id)->reason, Reason::refused);
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Relaying, ForgetsTheCallOfACallerWhoIsReset) {
    caller_id = call(wire);
    command(model::Reset{}, caller_id);
    EXPECT_EQ(relay.legs(), 0U);
    EXPECT_TRUE(wire.saw_reset());
}

TEST_F(Relaying, KeepsOneReadAtMostOfAFastSenderAndLosesNothing) {
    test::MemoryWire slow(1000);
    wires = {&wire, &slow};
    caller_id = call(wire);
    leg_id = answer(slow);
    std::string said;
    while (said.size() < 2'000'000) said += std::to_string(said.size()) + ",";
    wire.send(said);
    wire.end();
    std::string heard;
    while (heard.size() < said.size()) {
        settle();
        ASSERT_LE(shard().find(leg_id)->queued(), 256U * 1024);
        const std::string piece = slow.received();
        ASSERT_FALSE(piece.empty()) << "stuck after " << heard.size();
        heard += piece;
    }
    settle();
    EXPECT_EQ(heard, said);
    EXPECT_TRUE(slow.saw_end());
}

TEST_F(Relaying, TellsOneWhoSpeaksToNobodyByReset) {
    join();
    wire.end();
    settle();
    wire.reset();  // he is gone for good
    settle();
    EXPECT_FALSE(target.saw_reset()) << "it may have other things to do";
    target.send("where are you?");
    settle();
    EXPECT_TRUE(target.saw_reset());
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Relaying, EndsBothInOrderWhereOneIsClosedByCommand) {
    join();
    command(model::Close{}, caller_id);
    EXPECT_TRUE(wire.saw_end());
    wire.end();
    settle();
    EXPECT_TRUE(target.saw_end());
    target.end();
    settle();
    EXPECT_TRUE(shard().is_empty());
    EXPECT_FALSE(wire.saw_reset() || target.saw_reset());
}

TEST_F(Relaying, KeepsCallersApart) {
    join();
    test::MemoryWire second, second_target;
    wires.insert(wires.end(), {&second, &second_target});
    call(second);
    answer(second_target);
    wire.send("one");
    second.send("two");
    settle();
    EXPECT_EQ(target.received(), "one");
    EXPECT_EQ(second_target.received(), "two");
    wire.reset();
    settle();
    EXPECT_EQ(shard().size(), 2U);
    EXPECT_FALSE(second_target.saw_reset());
}

TEST_F(Relaying, ReadsEachDirectionInItsEncoding) {
    join();
    wire.send("\xE4\xBD\xA0");
    target.send("\xC4\xE3");
    settle();
    EXPECT_EQ(texts(), "[你][你]");
}

TEST_F(Relaying, CutsNothingWhereNobodyWatches) {
    sink.messages = false;
    options.frame = "line";
    join();
    wire.send(std::string(100'000, 'x'));
    settle();
    EXPECT_EQ(target.received().size() + 0, 65'536U);
    settle();
    EXPECT_EQ(target.received().size(), 100'000U - 65'536);
    EXPECT_TRUE(sink.events.empty());
}

TEST_F(Relaying, GoesOnShowingMessagesOfOneWhoIsHeldUp) {
    options.frame = "line";
    test::MemoryWire stuck(1);
    wires = {&wire, &stuck};
    caller_id = call(wire);
    answer(stuck);
    wire.send("one\ntwo\n");
    settle();
    EXPECT_EQ(texts(), "[one][two]");
}

}  // namespace
}  // namespace earshot::respond
