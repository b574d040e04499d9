#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/app/command_line.h"

namespace earshot::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Config, GivesOptionsByTheirLongNames) {
    const auto parsed = parse_line("listen --config f 9000",
                                   "encoding = 'gbk'\nidle-timeout = 2.5\nkeepalive = 30\njson = true\n"
                                   "allow = ['10.0.0.0/8', '::1']\nmax-message = '1M'\nmax-clients = 7\n");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->recv_encoding, "gbk");
    EXPECT_EQ(parsed->send_encoding, "gbk");
    EXPECT_EQ(parsed->idle_timeout, Millis(2500));
    EXPECT_EQ(parsed->keepalive, Millis(30'000));
    EXPECT_TRUE(parsed->json);
    EXPECT_THAT(parsed->allow, ElementsAre("10.0.0.0/8", "::1"));
    EXPECT_EQ(parsed->max_message, ByteCount(1) << 20);
    EXPECT_EQ(parsed->max_clients, 7U);
}

TEST(Config, LetsTheCommandLineWin) {
    const char* file = "encoding = 'gbk'\nallow = '::1'\nkeep = true\nframe = 'line'\n";
    const auto parsed = parse_line("listen --recv-encoding utf-8 --allow 10.0.0.1 --once --config f 9000", file);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->recv_encoding, "utf-8");
    EXPECT_EQ(parsed->send_encoding, "gbk");
    EXPECT_THAT(parsed->allow, ElementsAre("10.0.0.1"));
    EXPECT_TRUE(parsed->once);
    EXPECT_FALSE(parsed->keep);
    EXPECT_EQ(parsed->frame, "line");
}

TEST(Config, LetsASectionSayOtherwiseForItsVerb) {
    const char* file = "tls = true\nframe = 'line'\n[connect]\nframe = 'chunk'\n[listen]\ntls = false\nonce = true\n";
    const auto calling = parse_line("connect --config f a 1", file);
    const auto answering = parse_line("listen --config f 1", file);
    ASSERT_TRUE(calling && answering);
    EXPECT_EQ(calling->frame, "chunk");
    EXPECT_TRUE(calling->tls.on);
    EXPECT_FALSE(calling->once);
    EXPECT_EQ(answering->frame, "line");
    EXPECT_FALSE(answering->tls.on);
    EXPECT_TRUE(answering->once);
}

TEST(Config, NamesATarget) {
    const char* file = "[connect]\ntarget = 'tls://example.org:443'\n[listen]\ntarget = '::1 8888'\n";
    EXPECT_EQ(parse_line("connect --config f", file)->target.text(), "example.org:443");
    EXPECT_TRUE(parse_line("connect --config f", file)->tls.on);
    EXPECT_EQ(parse_line("listen --config f", file)->target.text(), "[::1]:8888");
    EXPECT_EQ(parse_line("connect --config f a 1", file)->target.text(), "a:1");
    EXPECT_FALSE(parse_line("connect --config f a 1", file)->tls.on);
}

TEST(Config, NamesFileAndLineOfWhatIsWrong) {
    EXPECT_THAT(error_of("listen --config my.toml 1", "\nframee = 'line'\n"), StartsWith("my.toml:2: "));
    EXPECT_THAT(error_of("listen --config my.toml 1", "\nframee = 'line'\n"), HasSubstr("frame?"));
    EXPECT_THAT(error_of("listen --config f 1", "[listen]\n\nretry = 3\n"), StartsWith("f:3: "));
    EXPECT_THAT(error_of("listen --config f 1", "[connect]\nidle-timeout = 'soon'\n"), StartsWith("f:2: "));
    EXPECT_THAT(error_of("listen --config f 1", "json = 3\n"), StartsWith("f:1: "));
    EXPECT_THAT(error_of("listen --config f 1", "frame = true\n"), StartsWith("f:1: "));
    EXPECT_THAT(error_of("listen --config f 1", "[lisen]\nonce = true\n"), StartsWith("f:1: "));
    EXPECT_THAT(error_of("listen --config f 1", "a = 1\nb = = 2\n"), StartsWith("f:2: "));
    EXPECT_THAT(error_of("listen --config f 1", "config = 'other'\n"), HasSubstr("command line"));
    EXPECT_THAT(error_of("listen --config f 1", "detect = [['a']]\n"), StartsWith("f:1: "));
}

TEST(Config, LeavesOutWhatBelongsToTheOtherVerb) {
    EXPECT_TRUE(parse_line("listen --config f 1", "retry = 3\n"));
    EXPECT_FALSE(parse_line("listen --config f 1", "retry = 'x'\n"));
}

TEST(Config, NeverRefusesForWhatAFileSaysForAllCalls) {
    const char* file = "view = 'both'\ntls-ca = 'ca.pem'\nkeepalive = 3\nraw = true\n";
    EXPECT_TRUE(parse_line("connect --config f --json unix:/tmp/x", file));
    EXPECT_TRUE(parse_line("listen --config f --json --tls 1", file));
}

TEST(Config, SaysWhyAFileCannotBeRead) {
    for (const char* path : {"/no/such/file.toml", "/"}) {
        const auto settings = read_config(path);
        ASSERT_FALSE(settings);
        EXPECT_EQ(settings.error().reason, Reason::usage);
        EXPECT_THAT(settings.error().message, HasSubstr(path));
    }
}

TEST(Config, ReadsAFile) {
    const std::string path = testing::TempDir() + "earshot-config-test-" + std::to_string(::getpid()) + ".toml";
    std::ofstream(path) << "frame = 'chunk'\n";
    const auto settings = read_config(path);
    ::unlink(path.c_str());
    ASSERT_TRUE(settings);
    ASSERT_EQ(settings->size(), 1U);
    EXPECT_EQ(settings->front().key, "frame");
    EXPECT_EQ(settings->front().line, 1);
}

}  // namespace
}  // namespace earshot::app
