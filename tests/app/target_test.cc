#include "app/target.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/app/command_line.h"

namespace earshot::app {
namespace {

// What a target's words mean, or "error".
std::string read(const std::string& line, TargetUse use) {
    const auto words = split_words(line);
    const auto target = parse_target(words, use);
    if (!target) return "error: " + target.error().message;
    return (target->tls ? "tls " : "") + target->place.text();
}
std::string call(const std::string& line) { return read(line, TargetUse::call); }
std::string listen(const std::string& line) { return read(line, TargetUse::listen); }
bool refused(const std::string& answer) { return answer.starts_with("error: "); }

TEST(Target, ReadsEveryFormOfACall) {
    EXPECT_EQ(call("localhost 8888"), "localhost:8888");
    EXPECT_EQ(call("localhost:8888"), "localhost:8888");
    EXPECT_EQ(call("127.0.0.1 1"), "127.0.0.1:1");
    EXPECT_EQ(call("::1 65535"), "[::1]:65535");
    EXPECT_EQ(call("[::1] 80"), "[::1]:80");
    EXPECT_EQ(call("[::1]:80"), "[::1]:80");
    EXPECT_EQ(call("fe80::1%eth0 80"), "[fe80::1%eth0]:80");
    EXPECT_EQ(call("tcp://localhost:80"), "localhost:80");
    EXPECT_EQ(call("tcp://[::1]:80/"), "[::1]:80");
    EXPECT_EQ(call("tls://example.org:443"), "tls example.org:443");
    EXPECT_EQ(call("unix:/tmp/a b"), "error: \"b\" is one word too many after a URL");
    EXPECT_EQ(call("unix:relative.sock"), "unix:relative.sock");
}

TEST(Target, ReadsEveryFormOfAListener) {
    EXPECT_EQ(listen("8888"), "port 8888");
    EXPECT_EQ(listen("0"), "port 0");
    EXPECT_EQ(listen(":8888"), "port 8888");
    EXPECT_EQ(listen("127.0.0.1 0"), "127.0.0.1:0");
    EXPECT_EQ(listen("[::1]:8888"), "[::1]:8888");
    EXPECT_EQ(listen("tcp://8888"), "port 8888");
    EXPECT_EQ(listen("tls://127.0.0.1:8888"), "tls 127.0.0.1:8888");
    EXPECT_EQ(listen("unix:/tmp/s"), "unix:/tmp/s");
}

TEST(Target, KeepsAUnixPathAsItIs) {
    const std::vector<std::string> words{"unix:/tmp/two words://x"};
    const auto target = parse_target(words, TargetUse::call);
    ASSERT_TRUE(target);
    EXPECT_EQ(target->place.unix_path, "/tmp/two words://x");
    EXPECT_FALSE(parse_target(std::vector<std::string>{"unix:" + std::string(108, 'x')}, TargetUse::call));
    EXPECT_TRUE(parse_target(std::vector<std::string>{"unix:" + std::string(107, 'x')}, TargetUse::call));
    EXPECT_TRUE(refused(call("unix:")));
}

TEST(Target, SaysWhatToWriteForAnAddressThatCanBeReadInTwoWays) {
    const std::string answer = call("::1:80");
    EXPECT_NE(answer.find("[::1]:80"), std::string::npos) << answer;
    EXPECT_NE(answer.find("::1 80"), std::string::npos) << answer;
    EXPECT_TRUE(refused(call("::1")));
    EXPECT_TRUE(refused(listen("::1:80")));
}

TEST(Target, RefusesPortsThatAreNone) {
    for (const char* line : {"localhost 70000", "localhost 0", "localhost:65536", "localhost 99999999999999999999",
                             "localhost 8x", "localhost no-such-service", "tls://localhost:0", "[::1]:"}) {
        EXPECT_TRUE(refused(call(line))) << line;
    }
    EXPECT_NE(call("localhost 70000").find("1 to 65535"), std::string::npos);
    EXPECT_NE(listen("70000").find("0 to 65535"), std::string::npos);
}

// Whatever is typed is refused in one line, or names a place that reads the same when it is written out.
TEST(Target, ReadsItsOwnTextBack) {
    const std::vector<std::string> parts{"[",         "]",      "::1",    ":",     "80",         "localhost",
                                         "127.0.0.1", "tcp://", "tls://", "unix:", "fe80::1%lo", "65536",
                                         "http",      "/",      "-",      "%",     "\xff",       ""};
    std::mt19937 random(11);
    int accepted = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::vector<std::string> words(1 + random() % 2);
        for (std::string& word : words) {
            for (std::size_t n = random() % 5; n > 0; --n) word += parts[random() % parts.size()];
        }
        const auto target = parse_target(words, TargetUse::call);
        if (!target) {
            EXPECT_EQ(target.error().message.find('\n'), std::string::npos);
            continue;
        }
        ++accepted;
        if (target->place.host == "unix") continue;  // a host of this name needs the form with two words
        const std::string text = target->place.text();
        const auto again = parse_target(std::vector<std::string>{text}, TargetUse::call);
        ASSERT_TRUE(again) << words[0] << " gave " << text;
        EXPECT_EQ(again->place, target->place) << text;
    }
    EXPECT_GT(accepted, 100);
}

TEST(Target, KnowsServicesByName) {
    if (!parse_port("http", TargetUse::call)) GTEST_SKIP() << "no /etc/services here";
    EXPECT_EQ(call("localhost http"), "localhost:80");
    EXPECT_EQ(call("tls://localhost:https"), "tls localhost:443");
}

TEST(Target, RefusesWhatIsNoPlace) {
    for (const char* line : {"",
                             "localhost",
                             "8888",
                             "a b c",
                             ":80",
                             "localhost:",
                             "udp://localhost:80",
                             "ws://a:1",
                             "wss://a:1",
                             "tcp://a:1/path",
                             "tcp://u@a:1",
                             "tcp://a:1 80",
                             "[localhost]:80",
                             "[127.0.0.1]:80",
                             "[::1]80",
                             "[::1",
                             "host:80 90",
                             "a/b 80",
                             "1:2:3 80",
                             "127.0.0.1%eth0:x",
                             "fe80::1% 80"}) {
        EXPECT_TRUE(refused(call(line))) << line;
    }
    EXPECT_NE(call("8888").find("localhost 8888"), std::string::npos);
}

}  // namespace
}  // namespace earshot::app
