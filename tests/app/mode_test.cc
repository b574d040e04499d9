#include "app/mode.h"

#include <gtest/gtest.h>

#include "app/effective.h"
#include "tests/app/command_line.h"

namespace earshot::app {
namespace {

Options options_of(const std::string& line) {
    const auto parsed = parse_line(line);
    EXPECT_TRUE(parsed) << line;
    return parsed ? *parsed : Options();
}

std::string mode_of(bool in, bool out, const std::string& line) {
    const auto mode = decide_mode(in, out, options_of(line));
    return mode ? mode_name(*mode) : "usage";
}

// Modes for stdin and stdout: both terminals, stdin only, stdout only, none.
std::string modes_of(const std::string& line) {
    return mode_of(true, true, line) + " " + mode_of(true, false, line) + " " + mode_of(false, true, line) + " " +
           mode_of(false, false, line);
}

// The rules as interface documents state them, apart from the code that decides.
TEST(Mode, IsWhatTheRulesSayInEveryCombination) {
    EXPECT_EQ(modes_of("connect a 1"), "console pipe pipe pipe");
    EXPECT_EQ(modes_of("connect --json a 1"), "pipe pipe pipe pipe");
    EXPECT_EQ(modes_of("listen 1"), "console pipe pipe pipe");
    EXPECT_EQ(modes_of("listen --keep 1"), "console pipe pipe pipe");
    EXPECT_EQ(modes_of("listen --once 1"), "console pipe pipe pipe");
    for (const char* many : {"", " --once", " --keep"}) {
        EXPECT_EQ(modes_of(std::string("listen --json 1") + many), "server server server server");
        EXPECT_EQ(modes_of(std::string("listen --reply none 1") + many), "console pipe pipe pipe");
        EXPECT_EQ(modes_of(std::string("listen --reply echo 1") + many), "console server server server");
        EXPECT_EQ(modes_of(std::string("listen --reply broadcast 1") + many), "console server server server");
        EXPECT_EQ(modes_of(std::string("listen --json --reply echo 1") + many), "server server server server");
    }
}

TEST(Mode, OfATapIsAViewOrAProgramsServer) {
    EXPECT_EQ(modes_of("tap 1 a:2"), "view view view view");
    EXPECT_EQ(modes_of("tap --json 1 a:2"), "server server server server");
    EXPECT_FALSE(reads_stdin(Mode::view, options_of("tap 1 a:2")));
    EXPECT_TRUE(serves_many(Mode::view, options_of("tap 1 a:2")));
    EXPECT_FALSE(serves_many(Mode::view, options_of("tap --once 1 a:2")));
}

TEST(Mode, RefusesOnceWithKeepWhateverTheTerminals) {
    Options options = options_of("listen 1");
    options.once = options.keep = true;
    for (const bool in : {true, false}) {
        for (const bool out : {true, false}) EXPECT_FALSE(decide_mode(in, out, options));
    }
}

TEST(Mode, TakesRawInPipesOnly) { EXPECT_EQ(modes_of("connect --raw a 1"), "usage pipe pipe pipe"); }

TEST(Mode, TakesViewsInConsolesAndServersOnly) {
    EXPECT_EQ(modes_of("connect --view hex a 1"), "console usage usage usage");
    EXPECT_EQ(modes_of("connect --view text --time off a 1"), "console pipe pipe pipe");
    EXPECT_EQ(modes_of("connect --time iso a 1"), "console usage usage usage");
    EXPECT_EQ(modes_of("listen --view hex --reply echo 1"), "console server server server");
}

TEST(Mode, TakesFramingsWhereThereAreMessages) {
    for (const char* option : {" --frame line", " --max-message 1M"}) {
        EXPECT_EQ(modes_of(std::string("connect a 1") + option), "console usage usage usage");
        EXPECT_EQ(modes_of(std::string("listen --keep 1") + option), "console usage usage usage");
        EXPECT_EQ(modes_of(std::string("connect --json a 1") + option), "pipe pipe pipe pipe");
        EXPECT_EQ(modes_of(std::string("listen --reply broadcast 1") + option), "console server server server");
    }
    EXPECT_EQ(modes_of("connect --eol crlf a 1"), "console pipe pipe pipe");
}

TEST(Mode, ServesManyBesideAPipe) {
    EXPECT_TRUE(serves_many(Mode::console, options_of("listen 1")));
    EXPECT_TRUE(serves_many(Mode::server, options_of("listen --json 1")));
    EXPECT_FALSE(serves_many(Mode::pipe, options_of("listen 1")));
    EXPECT_TRUE(serves_many(Mode::pipe, options_of("listen --keep 1")));
    for (const Mode mode : {Mode::console, Mode::pipe, Mode::server}) {
        EXPECT_FALSE(serves_many(mode, options_of("listen --once 1")));
        EXPECT_FALSE(serves_many(mode, options_of("connect a 1")));
    }
}

TEST(Mode, LeavesStdinAloneInAServerWithoutJson) {
    EXPECT_FALSE(reads_stdin(Mode::server, options_of("listen --reply echo 1")));
    EXPECT_TRUE(reads_stdin(Mode::server, options_of("listen --json 1")));
    EXPECT_TRUE(reads_stdin(Mode::pipe, options_of("listen 1")));
}

TEST(Mode, DocumentHoldsWhatTheFunctionSays) {
    const std::string made = modes_document();
    EXPECT_EQ(kept_text("docs/modes.md", made), made) << "run this test with EARSHOT_REWRITE=1";
}

Effective in_mode(Mode mode, const std::string& line) { return effective(mode, options_of(line)); }

TEST(Effective, ReadsEachEndOfATapInItsEncoding) {
    Effective holds = effective(Mode::view, options_of("tap 1 a:2 --encoding gbk --server-encoding big5"));
    EXPECT_EQ(holds.recv_encoding, "gbk");
    EXPECT_EQ(holds.send_encoding, "big5");
    holds = effective(Mode::view, options_of("tap 1 a:2"));
    EXPECT_EQ(holds.recv_encoding + holds.send_encoding, "autoauto");
    EXPECT_EQ(holds.frame, "line");
}

TEST(Effective, HoldsTheDefaultsOfEachMode) {
    EXPECT_EQ(in_mode(Mode::console, "connect a 1"), (Effective{"auto", "auto", "line", "lf", TlsVerify::peer}));
    EXPECT_EQ(in_mode(Mode::pipe, "connect a 1"), (Effective{"bytes", "bytes", "chunk", "lf", TlsVerify::peer}));
    EXPECT_EQ(in_mode(Mode::pipe, "connect --json a 1"),
              (Effective{"utf-8", "utf-8", "chunk", "none", TlsVerify::peer}));
    EXPECT_EQ(in_mode(Mode::console, "listen 1"), (Effective{"auto", "auto", "line", "lf", TlsVerify::none}));
    EXPECT_EQ(in_mode(Mode::server, "listen --json 1"),
              (Effective{"utf-8", "utf-8", "chunk", "none", TlsVerify::none}));
    EXPECT_EQ(in_mode(Mode::server, "listen --reply echo 1"),
              (Effective{"bytes", "bytes", "chunk", "lf", TlsVerify::none}));
}

TEST(Effective, HoldsWhatIsNamed) {
    EXPECT_EQ(
        in_mode(Mode::server, "listen --json --frame line --eol crlf --recv-encoding gbk --tls --tls-verify require 1"),
        (Effective{"gbk", "utf-8", "line", "crlf", TlsVerify::require}));
    EXPECT_EQ(in_mode(Mode::pipe, "connect --send-encoding gbk a 1"),
              (Effective{"bytes", "gbk", "chunk", "lf", TlsVerify::peer}));
}

}  // namespace
}  // namespace earshot::app
