#include "net/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

// Reads all that comes, and counts.
struct Heard final : ProcessHandler {
    void on_output() override {
        if (take(output, [this](MutableByteView into) { return process->read_output(into); })) ended = true;
    }
    void on_errors() override {
        take(errors, [this](MutableByteView into) { return process->read_errors(into); });
    }
    void on_room() override { ++rooms; }
    void on_exited() override { ++exits; }
    void on_not_started(const Error& error) override { not_started = error.message; }
    // Whether it has come to its end.
    template <typename Read>
    bool take(std::string& into, Read read) {
        std::array<std::uint8_t, 4096> room{};
        const IoResult result = read(MutableByteView(room));
        if (result.status == IoStatus::ok) into += as_chars(ByteView(room).first(result.bytes));
        return result.status == IoStatus::end;
    }
    Process* process = nullptr;
    std::string output, errors, not_started;
    int rooms = 0, exits = 0;
    bool ended = false;  // of its output
};

class Running : public testing::Test {
  protected:
    Running() { ::signal(SIGPIPE, SIG_IGN); }
    ~Running() override {
        process.reset();
        EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "somebody is left";
        EXPECT_EQ(errno, ECHILD);
    }
    Process& start(std::vector<std::string> words, bool terminal = false, Millis grace = Millis(5000)) {
        auto started = Process::start(real.loop, spawner,
                                      {std::move(words), {"A=b", "PATH=/bin:/usr/bin"}, terminal, 64, grace}, heard);
        EXPECT_TRUE(started) << started.error().message;
        process = std::move(*started);
        heard.process = process.get();
        return *process;
    }
    Process& shell(const std::string& command, bool terminal = false, Millis grace = Millis(5000)) {
        return start({"/bin/sh", "-c", command}, terminal, grace);
    }
    bool until_over() {
        return real.until([&] { return heard.exits > 0 && process->is_over(); });
    }
    bool until_said(const std::string& text) {
        return real.until([&] { return heard.output.find(text) != std::string::npos; });
    }
    void say(std::string_view text) { process->write_input(as_bytes(text)); }

    test::RealLoop real;
    Heard heard;
    Spawner spawner;
    std::unique_ptr<Process> process;
};

bool is_alive(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    return std::getline(file, line) && line.find(") Z ") == std::string::npos;
}

TEST_F(Running, JoinsStandardStreamsAndSaysHowItEnded) {
    shell("cat; echo oops >&2; exit 3");
    say("hello\n");
    process->end_input();
    ASSERT_TRUE(until_over());
    heard.on_output(), heard.on_errors();
    EXPECT_EQ(heard.output, "hello\n");
    EXPECT_EQ(heard.errors, "oops\n");
    EXPECT_EQ(process->exit_status(), 3);
    EXPECT_EQ(process->ending_signal(), 0);
}

TEST_F(Running, GivesTheEnvironmentAndNothingElse) {
    start({"env"});
    ASSERT_TRUE(until_over());
    heard.on_output();
    EXPECT_EQ(heard.output, "A=b\nPATH=/bin:/usr/bin\n");
}

TEST_F(Running, SaysWhyAProgramCannotBeStarted) {
    for (const char* const word : {"no-such-program-here", "/etc/passwd", "/tmp"}) {
        heard.not_started.clear();
        start({word});
        ASSERT_TRUE(real.until([&] { return !heard.not_started.empty(); }));
        EXPECT_NE(heard.not_started.find(word), std::string::npos);
        EXPECT_TRUE(process->is_over());
    }
    EXPECT_EQ(heard.exits, 0);
}

TEST_F(Running, HearsWhatWasSaidBeforeItRan) {
    start({"cat"});
    say("early\n");
    process->end_input();
    ASSERT_TRUE(until_over());
    heard.on_output();
    EXPECT_EQ(heard.output, "early\n");
}

TEST_F(Running, IsEndedAlsoBeforeItRuns) {
    for (int i = 0; i < 20; ++i) {
        heard.exits = 0;
        start({"sleep", "60"});
        process->hang_up();
        ASSERT_TRUE(until_over());
        EXPECT_NE(process->ending_signal(), 0);
        start({"sleep", "60"}).finish(real.clock.now() + Millis(5000));
        EXPECT_NE(process->ending_signal(), 0);
        start({"sleep", "60"});
        process.reset();
        start({"no-such-program-here"}).finish(real.clock.now() + Millis(5000));
        EXPECT_TRUE(process->is_over());
        start({"no-such-program-here"});
        process.reset();
    }
}

TEST_F(Running, ManyStartAtOnce) {
    struct One final : ProcessHandler {
        void on_output() override {}
        void on_errors() override {}
        void on_room() override {}
        void on_exited() override { ++exits; }
        void on_not_started(const Error&) override {}
        std::unique_ptr<Process> process;
        int exits = 0;
    };
    std::vector<One> all(50);
    for (One& one : all) {
        auto started = Process::start(real.loop, spawner, {{"true"}, {"PATH=/bin:/usr/bin"}, false, 0, Millis(1)}, one);
        ASSERT_TRUE(started);
        one.process = std::move(*started);
    }
    ASSERT_TRUE(real.until([&] { return std::ranges::all_of(all, [](const One& one) { return one.exits == 1; }); }));
}

TEST_F(Running, HasNoDescriptorOfOurs) {
    const UniqueFd leaky(::dup(2));  // without FD_CLOEXEC
    shell("ls /proc/self/fd | tr '\\n' ' '; ulimit -Sn");
    ASSERT_TRUE(until_over());
    heard.on_output();
    EXPECT_EQ(heard.output, "0 1 2 3 64\n") << "3 is the folder that ls reads";
}

TEST_F(Running, IgnoresAndBlocksNoSignal) {
    sigset_t all, before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    start({"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"});
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ASSERT_TRUE(until_over());
    heard.on_output();
    unsigned long long blocked = 1, ignored = 1;
    ASSERT_EQ(std::sscanf(heard.output.c_str(), "SigBlk:\t%llx\nSigIgn:\t%llx", &blocked, &ignored), 2);
    EXPECT_EQ(blocked, 0U);
    EXPECT_EQ(ignored & 0x7fffffffU, 0U) << "32 and 33 are the C library's own";
}

TEST_F(Running, SaysHowItEndedAlsoWhereSigchldWasIgnored) {
    ::signal(SIGCHLD, SIG_IGN);
    shell("exit 7");
    ASSERT_TRUE(until_over());
    EXPECT_EQ(process->exit_status(), 7);
}

TEST_F(Running, KeepsWhatIsNotReadYetAndLosesNothing) {
    std::string said;
    while (said.size() < 1'000'000) said += std::to_string(said.size()) + "\n";
    shell("cat");
    EXPECT_FALSE(process->write_input(as_bytes(said)));
    process->end_input();
    ASSERT_TRUE(until_over());
    while (!heard.ended) heard.on_output();
    EXPECT_EQ(heard.output.size(), said.size());
    EXPECT_TRUE(heard.output == said) << "from byte "
                                      << std::ranges::mismatch(heard.output, said).in1 - heard.output.begin();
    EXPECT_EQ(heard.rooms, 1);
    EXPECT_EQ(process->unread(), 0U);
}

TEST_F(Running, CountsWhatItDidNotRead) {
    shell("exec 0<&-; echo closed; sleep 30");
    ASSERT_TRUE(until_said("closed"));
    EXPECT_TRUE(process->write_input(as_bytes("12345")));
    EXPECT_EQ(process->unread(), 5U);
    shell("head -c 1 >/dev/null; true");  // dash's own pipe is not the one
    say("1");
    ASSERT_TRUE(until_over());
    EXPECT_EQ(process->unread(), 0U);
}

TEST_F(Running, CountsWhatWaitsInThePipe) {
    shell("sleep 0.1");
    say("123");
    ASSERT_TRUE(until_over());
    EXPECT_EQ(process->unread(), 3U);
}

TEST_F(Running, WaitsWhileNobodyWantsItsOutput) {
    start({"yes"});
    process->want_output(false);
    for (int i = 0; i < 5; ++i) real.loop.run_once(Millis(5));
    EXPECT_EQ(heard.output, "");
    process->want_output(true);
    ASSERT_TRUE(until_said("y\ny\n"));
    process->hang_up();
    ASSERT_TRUE(until_over());
}

TEST_F(Running, EndsByHangupWithItsGroup) {
    shell("sleep 60 & echo $!; wait");
    ASSERT_TRUE(until_said("\n"));
    const pid_t started_by_it = std::stoi(heard.output);
    EXPECT_TRUE(is_alive(started_by_it));
    process->hang_up();
    ASSERT_TRUE(until_over());
    EXPECT_FALSE(is_alive(started_by_it));
    EXPECT_NE(process->ending_signal(), 0);
}

TEST_F(Running, MayPutItsThingsInOrderWhenHungUpOn) {
    shell("trap 'exit 5' TERM; trap '' HUP; echo ready; while :; do sleep 0.05; done");
    ASSERT_TRUE(until_said("ready"));
    process->hang_up();
    ASSERT_TRUE(until_over());
    EXPECT_EQ(process->exit_status(), 5);
}

TEST_F(Running, IsKilledAfterTheGrace) {
    shell("trap '' HUP TERM; echo ready; while :; do sleep 0.05; done", false, Millis(100));
    ASSERT_TRUE(until_said("ready"));
    process->hang_up();
    ASSERT_TRUE(until_over());
    EXPECT_EQ(process->ending_signal(), SIGKILL);
}

TEST_F(Running, IsKilledAfterTheGraceWithWhatIsLeftOfItsGroup) {
    shell("(trap '' HUP TERM; echo $$; exec sleep 60) & wait", false, Millis(100));
    ASSERT_TRUE(until_said("\n"));
    process->hang_up();
    ASSERT_TRUE(until_over());
    EXPECT_EQ(heard.exits, 1);
}

TEST_F(Running, IsEndedAlsoWhereItIsStopped) {
    shell("echo ready; kill -STOP $$");
    ASSERT_TRUE(until_said("ready"));
    process->hang_up();
    ASSERT_TRUE(until_over());
}

TEST_F(Running, IsKilledWhereItsOwnerGoes) {
    shell("trap '' HUP TERM; echo ready; exec sleep 60");
    ASSERT_TRUE(until_said("ready"));
    const pid_t pid = process->id();
    process.reset();
    EXPECT_FALSE(is_alive(pid));
}

TEST_F(Running, IsWaitedForWithoutTheLoop) {
    shell("trap 'sleep 0.1; exit 5' TERM; trap '' HUP; echo ready; while :; do sleep 0.01; done");
    ASSERT_TRUE(until_said("ready"));
    process->finish(real.clock.now() + Millis(5000));
    EXPECT_EQ(process->exit_status(), 5);
    shell("trap '' HUP TERM; echo ready2; exec sleep 60");
    ASSERT_TRUE(until_said("ready2"));
    process->finish(real.clock.now() + Millis(50));
    EXPECT_EQ(process->ending_signal(), SIGKILL);
}

TEST_F(Running, HasATerminalWhereThatIsAskedFor) {
    shell("tty >/dev/null && test -t 0 && test -t 1 && test -t 2 && echo yes; cat </dev/tty; stty size; echo done >&2",
          true);
    ASSERT_TRUE(until_said("yes"));
    say("line\n");
    process->end_input();
    ASSERT_TRUE(real.until([&] { return heard.exits > 0 && heard.ended; }));
    EXPECT_EQ(heard.output, "yes\r\nline\r\nline\r\n24 80\r\ndone\r\n") << "the terminal echoes";
    EXPECT_EQ(process->exit_status(), 0);
}

TEST_F(Running, EndsATerminalsInputAlsoBehindABegunLine) {
    shell("stty -echo; echo ready; cat", true);
    ASSERT_TRUE(until_said("ready"));
    say("begun");
    process->end_input();
    ASSERT_TRUE(real.until([&] { return heard.exits > 0 && heard.ended; }));
    EXPECT_EQ(heard.output, "ready\r\nbegun");
}

TEST_F(Running, OfATerminalIsHungUpOnWithEverything) {
    shell("sleep 60 & echo $!; wait", true);
    ASSERT_TRUE(until_said("\n"));
    const pid_t started_by_it = std::stoi(heard.output);
    process->hang_up();
    ASSERT_TRUE(until_over());
    EXPECT_TRUE(real.until([&] { return !is_alive(started_by_it); }));
}

}  // namespace
}  // namespace earshot::net
