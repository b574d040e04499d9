#include "respond/repertoire.h"

#include "respond/echo.h"
#include "tests/talk/talk_fixture.h"

namespace earshot::respond {
namespace {

class Choosing : public talk::Talking {
  protected:
    Choosing() {
        wires.push_back(&second);
        responder = replies.for_all();
    }
    Status choose(std::string_view reply, std::uint64_t caller = 0) {
        const Status done = replies.answer(shard(), SessionId{caller}, reply);
        settle();
        return done;
    }
    // What comes back for something said.
    std::string answer_to(test::MemoryWire& by, std::string_view said) {
        by.send(std::string(said));
        settle();
        return by.received();
    }

    SystemClock system_clock;
    net::Loop loop{system_clock};
    ProgramLimit programs;
    Means means{loop, programs, [](std::string_view) -> Result<Relay::Target> {
                    return Error{Reason::usage, "nobody is called here"};
                }};
    Repertoire replies{means, "echo", std::make_unique<Echo>()};
    test::MemoryWire second;
};

TEST_F(Choosing, AnswersAllAndWhoComesByTheNewOne) {
    call(wire);
    EXPECT_EQ(answer_to(wire, "a"), "a");
    ASSERT_TRUE(choose("none"));
    EXPECT_EQ(answer_to(wire, "b"), "");
    call(second);
    EXPECT_EQ(answer_to(second, "c"), "");
    ASSERT_TRUE(choose("echo"));
    EXPECT_EQ(answer_to(wire, "d"), "d");
    EXPECT_EQ(answer_to(second, "e"), "e");
}

TEST_F(Choosing, AnswersOneOtherwiseThanTheRest) {
    call(wire), call(second);
    ASSERT_TRUE(choose("none", 1));
    EXPECT_EQ(answer_to(wire, "a"), "");
    EXPECT_EQ(answer_to(second, "b"), "b");
    EXPECT_EQ(replies.reply_for_all(), "echo");
}

TEST_F(Choosing, BringsThoseTogetherWhoHaveTheSameReply) {
    call(wire), call(second);
    ASSERT_TRUE(choose("broadcast", 1) && choose("broadcast", 2));
    wire.send("hello");
    settle();
    EXPECT_EQ(second.received(), "hello");
    EXPECT_EQ(wire.received(), "");
    ASSERT_TRUE(choose("none", 2));
    EXPECT_EQ(answer_to(wire, "again"), "");
    EXPECT_EQ(second.received(), "");
}

TEST_F(Choosing, HoldsMessagesThatAreCutAnewForTheNewOne) {
    options.frame = "line";
    call(wire);
    EXPECT_EQ(answer_to(wire, "half a "), "");
    ASSERT_TRUE(choose("none"));
    ASSERT_TRUE(choose("echo"));
    EXPECT_EQ(answer_to(wire, "line\n"), "half a line\n");
}

TEST_F(Choosing, ReadsOnWhereTheFormerHadPaused) {
    options.high_water = 10;
    test::MemoryWire narrow(5);
    wires = {&narrow};
    narrow.read_at_most(20);
    call(narrow);
    narrow.send(std::string(100, 'x'));
    settle();
    EXPECT_GT(narrow.unread(), 0U);
    ASSERT_TRUE(choose("none"));
    for (int i = 0; i < 10; ++i) settle();
    EXPECT_EQ(narrow.unread(), 0U);
}

TEST_F(Choosing, EndsWhoHadFinishedBefore) {
    ASSERT_TRUE(choose("none"));
    call(wire);
    wire.end();
    settle();
    EXPECT_FALSE(wire.saw_end());
    ASSERT_TRUE(choose("echo", 1));
    EXPECT_TRUE(wire.saw_end());
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Choosing, RefusesWhatIsNoReplyAndLeavesAllAsItWas) {
    call(wire);
    for (const char* const wrong :
         {"", "ecko", "echo:x", "rules", "relay:a:1", "exec:no-such-program", "rules:/no/file"}) {
        EXPECT_FALSE(choose(wrong)) << wrong;
        EXPECT_FALSE(choose(wrong, 1)) << wrong;
    }
    EXPECT_FALSE(choose("none", 9));
    EXPECT_EQ(answer_to(wire, "a"), "a");
    EXPECT_EQ(replies.reply_for_all(), "echo");
}

TEST_F(Choosing, LeavesACallThatIsMadeForACallerToWhoMadeIt) {
    call(wire);
    const SessionId leg = shard().adopt(second.near(), shard().reserve_id(), SessionId{1});
    EXPECT_FALSE(choose("none", leg.value));
    ASSERT_TRUE(choose("none"));
    EXPECT_EQ(answer_to(second, "a"), "a") << "as its caller was answered when it was made";
}

TEST_F(Choosing, SaysALineToAllAlsoWhereTheyAreAnsweredDifferently) {
    call(wire), call(second);
    ASSERT_TRUE(choose("chat", 2));
    second.received();
    shard().carry_out({{}, true, "r", model::SendText{"hello", false}});
    settle();
    EXPECT_EQ(wire.received(), "hello");
    EXPECT_NE(second.received().find("server: hello"), std::string::npos);
    EXPECT_EQ(all<model::Sent>().back().conversations, 2U);
}

}  // namespace
}  // namespace earshot::respond
