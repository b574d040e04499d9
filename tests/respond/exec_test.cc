#include "respond/exec.h"

#include <csignal>

#include "tests/talk/talk_fixture.h"

namespace earshot::respond {
namespace {

Exec::Command shell(std::string_view command) { return *Exec::parse_for_shell(command); }

TEST(Exec, TakesACommandApartAndKnowsItsName) {
    const auto parsed = Exec::parse("/bin/cat -n 'a b'");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->words, (std::vector<std::string>{"/bin/cat", "-n", "a b"}));
    EXPECT_EQ(parsed->name, "cat");
    EXPECT_FALSE(parsed->terminal);
    EXPECT_TRUE(Exec::parse_for_terminal("cat")->terminal);
    EXPECT_EQ(Exec::parse_for_shell("a | b")->words, (std::vector<std::string>{"/bin/sh", "-c", "a | b"}));
}

TEST(Exec, RefusesWhatIsNoCommand) {
    for (const char* const wrong : {" ", "''", "no-such-program-here", "/tmp", "/etc/passwd", "cat | cat", "cat '"}) {
        const auto parsed = Exec::parse(wrong);
        ASSERT_FALSE(parsed) << wrong;
        EXPECT_EQ(parsed.error().reason, Reason::usage) << wrong;
    }
}

// Programs are real, callers are not. Each step may take the loop some turns.
class Executing : public talk::Talking {
  protected:
    Executing() { ::signal(SIGPIPE, SIG_IGN); }
    void run(Exec::Command command) {
        exec = std::make_unique<Exec>(loop, limit, std::move(command));
        responder = exec.get();
    }
    bool until(const std::function<bool()>& holds) {
        for (int i = 0; i < 1000; ++i) {
            if (holds()) return true;
            loop.run_once(Millis(10));
            settle();
        }
        return false;
    }
    std::optional<model::Closed> closed() const {
        const auto found = all<model::Closed>();
        return found.empty() ? std::nullopt : std::optional(found.back());
    }

    SystemClock system_clock;
    net::Loop loop{system_clock};
    ProgramLimit limit;
    std::unique_ptr<Exec> exec;
};

TEST_F(Executing, LosesNothingToASlowCaller) {
    test::MemoryWire slow(1000);
    wires = {&slow};
    run(shell("seq 1 20000"));
    call(slow);
    std::string expected, heard;
    for (int i = 1; i <= 20000; ++i) expected += std::to_string(i) + "\n";
    ASSERT_TRUE(until([&] { return (heard += slow.received()).size() > 3000; }));
    EXPECT_LE(shard().find(SessionId{1})->queued(), 256U * 1024);
    ASSERT_TRUE(until([&] { return (heard += slow.received()).size() >= expected.size() && slow.saw_end(); }));
    EXPECT_EQ(heard, expected);
    slow.end();
    ASSERT_TRUE(until([&] { return shard().is_empty() && limit.running == 0; }));
    EXPECT_EQ(closed()->detail, "");
}

TEST_F(Executing, SaysHowItEndedEachTime) {
    for (int i = 0; i < 20; ++i) {
        test::MemoryWire one;
        wires = {&one};
        run(shell("cat; exit 9"));
        call(one);
        one.send("x");
        one.end();
        ASSERT_TRUE(until([&] { return shard().is_empty(); }));
        EXPECT_EQ(closed()->detail, "sh ended with status 9");
        EXPECT_EQ(one.received(), "x");
        drop_shard();
    }
}

TEST_F(Executing, LetsGoOfAProgramWhoseCallerIsReset) {
    run(shell("echo ready; exec sleep 600"));
    call(wire);
    ASSERT_TRUE(until([&] { return wire.received() == "ready\n"; }));
    wire.reset();
    ASSERT_TRUE(until([&] { return limit.running == 0; }));
    EXPECT_EQ(closed()->reason, Reason::reset);
}

TEST_F(Executing, TurnsAwayWhoIsOneTooMany) {
    limit.most = 1;
    run(shell("cat"));
    test::MemoryWire second;
    wires.push_back(&second);
    call(wire), call(second);
    settle();
    EXPECT_NE(second.received().find("too many"), std::string::npos);
    EXPECT_TRUE(second.saw_end());
    second.send("what he says is not kept");
    second.end();
    settle();
    EXPECT_EQ(closed()->reason, Reason::limit);
    wire.send("still served");
    ASSERT_TRUE(until([&] { return wire.received() == "still served"; }));
}

TEST_F(Executing, GivesTheOperatorAWordOfHisOwn) {
    run(shell("cat"));
    const SessionId id = call(wire);
    command(model::SendText{"from the operator", false}, id);
    EXPECT_EQ(wire.received(), "from the operator");
    wire.send("to the program");
    ASSERT_TRUE(until([&] { return wire.received() == "to the program"; }));
}

TEST_F(Executing, StopsItsOutputWhereOurDirectionHasEnded) {
    run(shell("trap '' PIPE; while echo x; do :; done; cat >/dev/null; exit 4"));
    const SessionId id = call(wire);
    command(model::HalfClose{}, id);
    EXPECT_TRUE(until([&] { return wire.saw_end(); }));
    wire.send("heard by the program");
    wire.end();
    ASSERT_TRUE(until([&] { return shard().is_empty() && limit.running == 0; }));
}

TEST_F(Executing, CutsLongLinesOfStandardErrorAndCounts) {
    run(shell("head -c 10000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2"));
    call(wire);
    ASSERT_TRUE(until([&] { return wire.saw_end(); }));
    std::size_t told = 0, left_out = 0;
    for (const auto& line : all<model::Diagnostic>()) {
        EXPECT_LE(line.text.size(), 4096U);
        told += line.text.size(), left_out += line.left_out;
    }
    EXPECT_EQ(told + left_out, 10003U);
}

// A pipe of a program that does not read takes 64 KiB, and, once it has filled that, 512 KiB.
TEST_F(Executing, CountsWhatAProgramHasStillToRead) {
    const auto memory = std::make_shared<MemoryBound>(64 << 20);
    const std::string some(600 << 10, 'x');
    run(shell("read go; cat >/dev/null; echo done"));
    shard().share(memory, nullptr);
    call(wire);
    wire.send("go\n" + some + some);
    ASSERT_TRUE(until([&] { return memory->held() > 0; }));
    wire.end();
    ASSERT_TRUE(until([&] { return wire.received() == "done\n"; }));
    EXPECT_EQ(memory->held(), 0U);
}

TEST_F(Executing, ResetsWhoseProgramLeavesMostUnreadWhereMemoryIsShort) {
    const auto memory = std::make_shared<MemoryBound>(128 << 10);
    test::MemoryWire second;
    wires.push_back(&second);
    run(shell("exec sleep 600"));
    shard().share(memory, nullptr);
    const SessionId most = call(wire);
    call(second);
    wire.send(std::string(4 << 20, 'x'));
    ASSERT_TRUE(until([&] { return closed().has_value(); }));
    EXPECT_EQ(closed()->reason, Reason::limit);
    EXPECT_FALSE(shard().find(most));
    EXPECT_EQ(shard().present(), 1U);
    EXPECT_EQ(memory->held(), 0U);
}

}  // namespace
}  // namespace earshot::respond
