#include "respond/replies.h"

#include "respond/broadcast.h"
#include "respond/echo.h"
#include "tests/talk/talk_fixture.h"

namespace earshot::respond {
namespace {

class Echoing : public talk::Talking {
  protected:
    Echoing() { responder = &echo; }
    Echo echo;
};

TEST_F(Echoing, SendsBackEveryByteAndThenItsFin) {
    call(wire);
    wire.send("one");
    wire.send("two");
    wire.end();
    settle();
    EXPECT_EQ(wire.received(), "onetwo");
    EXPECT_TRUE(wire.saw_end());
    EXPECT_TRUE(shard().is_empty());
}

// What is written at once and what has to wait stay in order.
TEST_F(Echoing, AnswersALoneQuestionBehindWhatIsStillQueued) {
    test::MemoryWire narrow(10);
    wires = {&narrow};
    call(narrow);
    narrow.send("first question;");
    settle();
    narrow.send("second;");
    settle();
    std::string heard;
    for (int i = 0; i < 10; ++i) {
        heard += narrow.received();
        settle();
    }
    EXPECT_EQ(heard, "first question;second;");
}

TEST_F(Echoing, StopsReadingACallerWhoDoesNotReadAndGoesOnWhenHeDoes) {
    options.high_water = 1000;
    test::MemoryWire narrow(100);
    wires = {&narrow};
    narrow.read_at_most(200);
    call(narrow);
    std::string said;
    for (int i = 0; i < 1000; ++i) said += std::to_string(i) + ",";
    narrow.send(said);
    settle();
    EXPECT_GT(narrow.unread(), 0U);
    EXPECT_LT(shard().find(SessionId{1})->queued(), 1500U);
    std::string heard;
    while (heard.size() < said.size()) {
        const std::string piece = narrow.received();
        ASSERT_FALSE(piece.empty()) << "stuck after " << heard.size() << " bytes";
        heard += piece;
        settle();
    }
    EXPECT_EQ(heard, said);
}

class Broadcasting : public talk::Talking {
  protected:
    Broadcasting() {
        responder = &broadcast;
        wires.push_back(&second);
        wires.push_back(&third);
    }
    Broadcast broadcast;
    test::MemoryWire second, third{100};
};

TEST_F(Broadcasting, SendsToAllButTheOneWhoSpoke) {
    call(wire), call(second), call(third);
    wire.send("hello\n");
    settle();
    EXPECT_EQ(wire.received(), "");
    EXPECT_EQ(second.received(), "hello\n");
    EXPECT_EQ(third.received(), "hello\n");
}

TEST_F(Broadcasting, CountsWhatASlowCallerMissesAndNeverDelaysTheOthers) {
    options.high_water = 200;
    options.frame = "line";
    call(wire), call(second), call(third);
    std::string heard;
    for (int i = 0; i < 100; ++i) {
        wire.send("0123456789\n");
        settle();
        heard += second.received();
    }
    EXPECT_EQ(heard.size(), 1100U);
    std::string late = third.received();
    for (int i = 0; i < 10; ++i) {
        settle();
        late += third.received();
    }
    const auto dropped = all<model::Dropped>();
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_EQ(late.size() + dropped[0].bytes, 1100U);
    EXPECT_EQ(late.size() % 11, 0U) << "whole messages only";
}

TEST_F(Broadcasting, KeepsACallerWhoOnlyListensFromNowOn) {
    call(wire), call(second);
    wire.end();
    settle();
    second.send("still for you");
    settle();
    EXPECT_EQ(wire.received(), "still for you");
    EXPECT_FALSE(wire.saw_end());
}

TEST_F(Broadcasting, SendsACallerAwayWhoHasFinishedWhereThatWasAskedFor) {
    options.close_on_fin = true;
    call(wire), call(second);
    wire.end();
    settle();
    EXPECT_EQ(shard().size(), 1U);
}

TEST_F(Broadcasting, SaysWhatASlowCallerMissedAlsoWhereHeLeavesBeforeReading) {
    options.high_water = 200;
    call(wire), call(third);
    for (int i = 0; i < 100; ++i) {
        wire.send("0123456789");
        settle();
    }
    third.reset();
    settle();
    EXPECT_EQ(all<model::Dropped>().size(), 1U);
}

TEST(Replies, FindsEachByItsName) {
    for (const Reply& reply : replies()) EXPECT_EQ(find_reply(reply.name), &reply);
    EXPECT_EQ(find_reply("chatter"), nullptr);
    EXPECT_EQ(parse_reply("echo").reply, find_reply("echo"));
    EXPECT_EQ(parse_reply("rules:a:b").argument, "a:b");
    for (const char* const wrong : {"rules", "rules:", "echo:", "echo:x", "what:x"}) {
        EXPECT_EQ(parse_reply(wrong).reply, nullptr) << wrong;
    }
}

}  // namespace
}  // namespace earshot::respond
