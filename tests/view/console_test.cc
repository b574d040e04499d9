#include "view/console/console.h"

#include <gtest/gtest.h>

#include "frame/framings.h"
#include "tests/support/tiny_terminal.h"
#include "tests/view/ladder_rows.h"
#include "view/console/console_commands.h"
#include "view/console/message_lines.h"

namespace earshot::view {
namespace {

// Keeps what the console asks for, and answers a command with a ref as a shard would: `sent`, or an error once refused.
struct Commands final : model::CommandSink {
    void give(model::Command command) override {
        given.push_back(command);
        if (command.ref.empty() || !console || !answers) return;
        model::Event answer;
        if (!refuse_one.empty()) {
            answer.id = SessionId{2};
            answer.ref = command.ref;
            answer.body = model::Fault{Reason::limit, std::exchange(refuse_one, "")};
            console->take(answer);
        }
        const auto* text = std::get_if<model::SendText>(&command.body);
        if (text && !refuse_text.empty() && text->text == refuse_text) refuse = "not sent";
        answer.id = command.id;
        answer.ref = command.ref;
        answer.body = model::Sent{1, 1};
        if (!refuse.empty()) answer.body = model::Fault{Reason::unencodable, std::exchange(refuse, "")};
        console->take(answer);
    }
    // The texts of all that was to be sent, each in brackets.
    std::string texts() const {
        std::string out;
        for (const auto& command : given) {
            if (const auto* text = std::get_if<model::SendText>(&command.body)) out += "[" + text->text + "]";
        }
        return out;
    }
    template <typename Body>
    const Body* last() const {
        return given.empty() ? nullptr : std::get_if<Body>(&given.back().body);
    }
    std::vector<model::Command> given;
    Console* console = nullptr;
    std::string refuse;
    std::string refuse_text;  // this one only
    std::string refuse_one;   // by one of several, before the others take it
    bool answers = true;
};

class AtTheConsole : public testing::Test {
  protected:
    Console& console() {
        if (!console_) {
            console_.emplace(options, clock, commands, history);
            commands.console = &*console_;
        }
        return *console_;
    }
    void listen() { options.listening = true; }
    void event(std::uint64_t id, model::Body body) {
        console().take({clock.wall(), SessionId{id}, "", std::move(body)});
        look();
    }
    void opened(std::uint64_t id) {
        event(id, model::Opened{"127.0.0.1:4000" + std::to_string(id), "127.0.0.1:1", {}});
    }
    void said(std::uint64_t id, std::string text, std::vector<MalformedUnit> malformed = {}) {
        model::Message message;
        message.seq = ++seq_;
        message.bytes = SharedBytes::copy_of(as_bytes(text));
        message.payload_size = static_cast<std::uint32_t>(text.size());
        message.text = std::move(text);
        message.malformed = std::move(malformed);
        message.encoding = "utf-8";
        event(id, std::move(message));
    }
    void said_bytes(std::uint64_t id, std::string bytes, std::string text, const char* encoding) {
        model::Message message;
        message.seq = ++seq_;
        message.bytes = SharedBytes::copy_of(as_bytes(bytes));
        message.payload_size = static_cast<std::uint32_t>(bytes.size());
        message.text = std::move(text);
        message.encoding = encoding;
        event(id, std::move(message));
    }
    void type(std::string_view keys) {
        console().type(keys);
        look();
    }
    void look() {
        clock.advance(Millis(25));
        console().tick();
        terminal.write(console().draw());
        EXPECT_EQ(terminal.unknown(), "");
    }
    bool shows(std::string_view text) { return terminal.text().find(text) != std::string::npos; }

    ManualClock clock;
    Commands commands;
    History history;
    ConsoleOptions options;
    test::TinyTerminal terminal{80};

  private:
    std::optional<Console> console_;
    std::uint64_t seq_ = 0;
};

TEST_F(AtTheConsole, PrintsWhatArrivesAboveTheLineBeingTyped) {
    opened(1);
    type("half a sen");
    said(1, "你好");
    EXPECT_EQ(terminal.row(1), "server: 你好");
    EXPECT_EQ(terminal.row(0), ">>>:half a sen");
    type("tence\r");
    EXPECT_EQ(commands.texts(), "[half a sentence]");
    EXPECT_EQ(terminal.row(1), ">>>:half a sentence");
    EXPECT_EQ(terminal.row(0), ">>>:");
}

TEST_F(AtTheConsole, KeepsTheLineInTheEditorWhereItIsRefused) {
    opened(1);
    commands.refuse = "not sent: gbk cannot carry it";
    type("x\xF0\x9F\x98\x80\r");
    EXPECT_TRUE(shows("!! not sent: gbk cannot carry it"));
    EXPECT_EQ(terminal.row(0), ">>>:x\xF0\x9F\x98\x80");
    type("\x7F\r");
    EXPECT_EQ(commands.texts(), "[x\xF0\x9F\x98\x80][x]");
}

TEST_F(AtTheConsole, KeepsKeysUntilTheAnswerHasCome) {
    opened(1);
    commands.answers = false;
    type("one\rtwo\r");
    EXPECT_EQ(commands.texts(), "[one]");
    model::Event answer;
    answer.ref = commands.given.back().ref;
    answer.body = model::Sent{3, 1};
    console().take(answer);
    look();
    EXPECT_EQ(commands.texts(), "[one][two]");
}

TEST_F(AtTheConsole, AddressesTheFirstCallerAndNeverSwitchesByItself) {
    listen();
    opened(1);
    opened(2);
    EXPECT_EQ(terminal.row(0), "client 1>>>:");
    event(1, model::Closed{Reason::reset, "", 0, 0});
    EXPECT_EQ(terminal.row(0), "nobody>>>:");
    type("to whom?\r");
    EXPECT_EQ(commands.texts(), "");
    EXPECT_TRUE(shows("!! not sent: /to N says to whom, /who lists"));
    type("\x03/to 2\rnow\r");
    EXPECT_EQ(commands.texts(), "[now]");
    EXPECT_EQ(commands.given.back().id, SessionId{2});
}

TEST_F(AtTheConsole, NumbersCallersOnlyWhereThereAreSeveral) {
    listen();
    opened(1);
    said(1, "alone");
    EXPECT_TRUE(shows("client: alone"));
    opened(2);
    said(2, "two");
    EXPECT_TRUE(shows("client 2: two"));
}

TEST_F(AtTheConsole, TellsAServerCalledForACallerFromCallers) {
    listen();
    opened(1);
    event(2, model::Dialing{"example.net:80", 1, SessionId{1}});
    EXPECT_TRUE(shows("calling example.net:80 for client 1"));
    event(2, model::Opened{"192.0.2.1:80", "127.0.0.1:2", {}, SessionId{1}});
    said(1, "question");
    said(2, "answer");
    EXPECT_TRUE(shows("client 1: question"));
    EXPECT_TRUE(shows("server 2: answer"));
    EXPECT_EQ(terminal.row(0), "client 1>>>:");
    type("/to 2\r");
    EXPECT_EQ(terminal.row(0), "server 2>>>:");
}

TEST_F(AtTheConsole, ChoosesWhatAnswersAllOrOne) {
    listen();
    opened(3);
    const auto given = [&](std::string_view line, std::uint64_t id, bool all, std::string_view reply) {
        type(line);
        const auto* set = commands.last<model::SetReply>();
        ASSERT_NE(set, nullptr) << line;
        EXPECT_EQ(set->reply, reply) << line;
        EXPECT_EQ(commands.given.back().id.value, id) << line;
        EXPECT_EQ(commands.given.back().all, all) << line;
    };
    given("/reply 3 exec:sed s/a/b/\r", 3, false, "exec:sed s/a/b/");
    given("/reply exec:cat 3\r", 0, false, "exec:cat 3");
    given("/reply all echo\r", 0, true, "echo");
    given("/reply echo\r", 0, false, "echo");
    given("/reply\r", 0, false, "");
    event(3, model::ReplyChanged{"echo"});
    EXPECT_TRUE(shows("answering client 3 by echo"));
}

TEST_F(AtTheConsole, SendsToAll) {
    listen();
    opened(1), opened(2);
    type("/to all\rhear\r");
    EXPECT_TRUE(commands.given.back().all);
    EXPECT_TRUE(shows("all>>>:hear"));
}

TEST_F(AtTheConsole, NamesWhoLeftAndWhy) {
    listen();
    opened(3);
    event(3, model::Closed{Reason::timeout, "keepalive", 7, 9});
    EXPECT_TRUE(shows("!! client 3 has left: timed out (keepalive); received 7 bytes, sent 9"));
}

TEST_F(AtTheConsole, TakesAnEndOfStreamForNoEnd) {
    opened(1);
    event(1, model::HalfClosed{model::Direction::in});
    EXPECT_TRUE(shows("the server has finished sending (FIN); you can still send"));
    type("yes\r");
    EXPECT_EQ(commands.texts(), "[yes]");
}

TEST_F(AtTheConsole, FinishesSendingOnCtrlDOfAnEmptyLineOnly) {
    opened(1);
    type("abc\x04");
    EXPECT_TRUE(commands.given.empty());
    type("\x03\x04");
    EXPECT_NE(commands.last<model::HalfClose>(), nullptr);
}

TEST_F(AtTheConsole, EndsACallThatIsStillBeingMade) {
    event(1, model::Dialing{"localhost:80", 1});
    type("/close\r");
    EXPECT_NE(commands.last<model::Close>(), nullptr);
}

TEST_F(AtTheConsole, QuitsOnTwoCtrlCOfAnEmptyLine) {
    opened(1);
    type("abc\x03");
    EXPECT_TRUE(shows(">>>:abc^C"));
    type("\x03");
    EXPECT_TRUE(commands.given.empty());
    type("\x03");
    ASSERT_NE(commands.last<model::Quit>(), nullptr);
    EXPECT_TRUE(commands.last<model::Quit>()->interrupted);
}

TEST_F(AtTheConsole, SendsASlashForTwo) {
    opened(1);
    type("//etc\r");
    EXPECT_EQ(commands.texts(), "[/etc]");
}

TEST_F(AtTheConsole, NeverTakesPastedTextForACommand) {
    opened(1);
    type("\x1b[200~/quit\x1b[201~\r");
    EXPECT_EQ(commands.texts(), "[/quit]");
}

TEST_F(AtTheConsole, AsksOnceWhatAPastedBlockIsToBe) {
    opened(1);
    type("\x1b[200~one\ntwo\nthree\x1b[201~");
    EXPECT_TRUE(shows("3 lines pasted"));
    EXPECT_EQ(commands.texts(), "");
    type("m");
    EXPECT_EQ(commands.texts(), "[one][two][three]");
    type("\x1b[200~a\nb\x1b[201~o");
    EXPECT_EQ(commands.texts(), "[one][two][three][a\nb]");
    type("\x1b[200~c\nd\x1b[201~\x1b");
    clock.advance(Millis(60));
    look();
    EXPECT_EQ(commands.texts(), "[one][two][three][a\nb]");
    EXPECT_EQ(terminal.row(0), ">>>:");
}

TEST_F(AtTheConsole, KeepsARefusedLineOfAPasteAndAllAfterIt) {
    opened(1);
    commands.refuse_text = "b\xF0\x9F\x98\x80";
    type("\x1b[200~a\nb\xF0\x9F\x98\x80\nc\nd\x1b[201~m");
    EXPECT_EQ(commands.texts(), "[a][b\xF0\x9F\x98\x80]");
    EXPECT_TRUE(shows("!! 2 more pasted lines wait"));
    EXPECT_EQ(terminal.row(0), ">>>:b\xF0\x9F\x98\x80");
    type("\x7F\r");
    EXPECT_TRUE(terminal.row(0).starts_with("2 lines pasted"));
    type("m");
    EXPECT_EQ(commands.texts(), "[a][b\xF0\x9F\x98\x80][b][c][d]");
    EXPECT_EQ(terminal.row(0), ">>>:");
}

TEST_F(AtTheConsole, AsksAboutTheRestOfAPasteOnceTheRefusedLineIsCleared) {
    opened(1);
    commands.refuse_text = "/a";
    type("\x1b[200~/a\n/quit\x1b[201~m");
    EXPECT_EQ(terminal.row(0), ">>>:/a");
    type("\x03");
    EXPECT_EQ(terminal.row(0), ">>>:/quit");
    type("\r");
    EXPECT_EQ(commands.texts(), "[/a][/quit]");
}

TEST_F(AtTheConsole, PutsABlockThatIsRefusedAsOneMessageIntoTheEditor) {
    opened(1);
    type("draft");
    commands.refuse = "not sent: gbk cannot carry it";
    type("\x1b[200~a\nb\x1b[201~o");
    EXPECT_EQ(terminal.row(0), ">>>:a\\x0ab");
    type("\r");
    EXPECT_EQ(commands.texts(), "[a\nb][a\nb]");
    type("\x1b[A\x1b[A");
    EXPECT_EQ(terminal.row(0), ">>>:draft");
}

TEST_F(AtTheConsole, LosesNoPasteToNobody) {
    listen();
    type("\x1b[200~a\nb\x1b[201~m");
    EXPECT_TRUE(shows("!! not sent: nobody is connected"));
    opened(1);
    type("\rx");
    EXPECT_EQ(commands.texts(), "[a]");
    EXPECT_EQ(terminal.row(0), ">>>:bx");
}

TEST_F(AtTheConsole, SendsAPasteOfManyLinesWithoutDeepCalls) {
    opened(1);
    std::string block = "\x1b[200~";
    for (int i = 0; i < 300'000; ++i) block += "x\n";
    type(block + "x\x1b[201~m");
    EXPECT_EQ(commands.given.size(), 300'001U);
}

TEST_F(AtTheConsole, TakesALineToAllForSentThoughOneDidNotTakeIt) {
    listen();
    opened(1), opened(2);
    type("/to all\r");
    commands.refuse_one = "conversation 2: not sent: the peer does not read";
    type("hear\r");
    EXPECT_TRUE(shows("!! conversation 2: not sent"));
    EXPECT_TRUE(shows("all>>>:hear\n"));
    EXPECT_EQ(terminal.row(0), "all>>>:");
}

TEST_F(AtTheConsole, LabelsARepeatedLineWithWhomItGoesTo) {
    listen();
    opened(1), opened(2);
    type("/every 1s ping\r/to 2\r");
    clock.advance(std::chrono::seconds(1));
    type("\x1b[200~a\nb\x1b[201~");
    look();
    EXPECT_TRUE(shows("client 1>>>:ping\n"));
    EXPECT_FALSE(shows("client 2>>>:ping"));
    EXPECT_EQ(terminal.text().find("none? ping"), std::string::npos);
}

TEST_F(AtTheConsole, SaysOfAFailedCallWhyAndNoMore) {
    event(1, model::Dialing{"127.0.0.1:1", 1});
    event(1, model::Closed{Reason::refused, "127.0.0.1:1: connection refused", 0, 0});
    EXPECT_TRUE(shows("!! 127.0.0.1:1: connection refused\n-- /reconnect calls again, /quit leaves\n"));
    EXPECT_FALSE(shows("received 0"));
}

TEST_F(AtTheConsole, AsksAboutAPasteInFullInANarrowTerminal) {
    options.columns = 30;
    opened(1);
    terminal = test::TinyTerminal(30);
    console().redraw();
    type("draft\x1b[200~a\nb\x1b[201~");
    EXPECT_EQ(terminal.row(1), "2 lines pasted: [o]ne");
    EXPECT_EQ(terminal.row(0), "message, [m]any, [Esc] none?");
    type("n");
    EXPECT_EQ(terminal.row(0), ">>>:draft");
    EXPECT_FALSE(shows("pasted"));
}

TEST(Wrapped, BreaksBetweenWordsAndWideCharactersButBeforeNoClosingMark) {
    const auto rows = [](std::string_view text, int columns) {
        return wrapped(text, columns, text::Ambiguous::narrow);
    };
    using Rows = std::vector<std::string>;
    EXPECT_EQ(rows("one two three", 8), (Rows{"one two", "three"}));
    EXPECT_EQ(rows("一二三四五", 4), (Rows{"一二", "三四", "五"}));
    EXPECT_EQ(rows("一二，三", 4), (Rows{"一", "二，", "三"}));
    EXPECT_EQ(rows("用 Ctrl-C退出", 9), (Rows{"用 Ctrl-C", "退出"}));
    EXPECT_EQ(rows("unbreakable", 4), (Rows{"unbr", "eaka", "ble"}));
    EXPECT_EQ(rows("一", 1), (Rows{"一"}));
    EXPECT_EQ(rows("", 5), (Rows{""}));
}

TEST_F(AtTheConsole, BreaksItsOwnLinesBetweenWords) {
    listen();
    terminal = test::TinyTerminal(30);
    console().resize(30);
    opened(1);
    event(1, model::HalfClosed{model::Direction::in});
    console().redraw();
    EXPECT_TRUE(shows("-- client 1 has finished\n   sending (FIN); you can\n   still send, or /close"));
}

TEST_F(AtTheConsole, CutsALongSentLineBetweenCharacters) {
    opened(1);
    type("\x1b[200~" + std::string(4095, 'a') + "你好\x1b[201~\r");
    EXPECT_TRUE(shows("... (4101 bytes)"));
    EXPECT_FALSE(shows("\\x"));
}

TEST_F(AtTheConsole, SaysOfAnEndOfAnotherKindWhatHappened) {
    listen();
    opened(1);
    event(1, model::Closed{Reason::cancelled, "ended at once", 0, 0});
    EXPECT_TRUE(shows("!! client 1 has left: ended at once; received 0 bytes, sent 0"));
}

TEST_F(AtTheConsole, SaysWhenItCallsAgainByItself) {
    options.retry = Millis(1500);
    opened(1);
    event(1, model::Closed{Reason::reset, "", 3, 4});
    EXPECT_TRUE(shows("!! the server has left: reset; received 3 bytes, sent 4\n-- calling again in 1.5 s"));
}

TEST_F(AtTheConsole, OffersNothingOnceItLeaves) {
    opened(1);
    type("/quit\r");
    event(1, model::Closed{Reason::closed, "", 0, 0});
    EXPECT_FALSE(shows("/reconnect"));
}

TEST_F(AtTheConsole, OffersNoCallAfterAFaultThatIsNoEnd) {
    event(0, model::Fault{Reason::failed, "something else"});
    EXPECT_TRUE(shows("!! something else"));
    EXPECT_FALSE(shows("/reconnect"));
}

TEST_F(AtTheConsole, SaysOnLeavingWhatItDidNotShow) {
    opened(1);
    for (int i = 0; i < 500; ++i) console().say(std::string(1000, 'z'));
    EXPECT_NE(console().leave().find("lines came too fast to show\r\n"), std::string::npos);
}

TEST_F(AtTheConsole, WaitsForNoDrawingThatTheTerminalDoesNotTake) {
    opened(1);
    console().say("dirty");
    EXPECT_TRUE(console().next_wake().has_value());
    EXPECT_FALSE(console().next_wake(false).has_value());
}

TEST_F(AtTheConsole, SaysWhatEndsALineAndWhatItIsNow) {
    opened(1);
    type("/eol\r/frame\r");
    EXPECT_TRUE(shows("-- lines sent to the server end with lf\n"));
    EXPECT_TRUE(shows("-- messages of the server: line\n"));
    event(1, model::EolChanged{"crlf"});
    EXPECT_TRUE(shows("-- lines sent to the server end with crlf\n"));
    type("/view\r/time\r");
    EXPECT_TRUE(shows("-- messages are shown as text\n"));
    EXPECT_TRUE(shows("-- time: off\n"));
    EXPECT_EQ(commands.given.size(), 0U);
}

class HelpAtWidth : public AtTheConsole, public testing::WithParamInterface<int> {};

TEST_P(HelpAtWidth, FitsTheTerminal) {
    options.columns = GetParam();
    options.presentation.colour = false;
    type("/help\r");
    const std::string all = console().leave() + terminal.text();
    std::size_t rows = 0;
    for (std::size_t at = 0, end = 0; (end = all.find('\n', at)) != std::string::npos; at = end + 1, ++rows) {
        EXPECT_LT(text::text_width(all.substr(at, end - at)), GetParam()) << all.substr(at, end - at);
    }
    for (const ConsoleCommand& command : console_commands()) {
        EXPECT_NE(all.find(std::string("   /") + command.name), std::string::npos);
    }
    EXPECT_GT(rows, console_commands().size());
}
INSTANTIATE_TEST_SUITE_P(Widths, HelpAtWidth, testing::Values(80, 100, 60, 40));

TEST_F(AtTheConsole, ShowsNoControlOfThePeers) {
    opened(1);
    said(1, std::string("\x1b]0;owned\x07 a\0b \x9b 31m", 19));
    for (const char c : std::string("\x1b\x07\x9b")) EXPECT_EQ(terminal.text().find(c), std::string::npos);
    EXPECT_TRUE(shows("\\x1b]0;owned\\x07"));
}

TEST_F(AtTheConsole, LetsNoPeerForgeALabel) {
    opened(1);
    said(1, "one\nserver: forged\n-- an event");
    EXPECT_TRUE(shows("server: one\n  | server: forged\n  | -- an event\n"));
}

TEST_F(AtTheConsole, ShowsBytesThatDidNotDecode) {
    opened(1);
    said(1, "a\xEF\xBF\xBD", {MalformedUnit{1, 1, 2, {0xC4, 0x20}}});
    EXPECT_TRUE(shows("server: a\\xc4\\x20"));
}

TEST_F(AtTheConsole, ShowsAnUnfinishedLineOnceAndThenAsOneMessage) {
    opened(1);
    model::Unfinished unfinished;
    unfinished.text = "login: ";
    unfinished.size = 7;
    event(1, unfinished);
    EXPECT_EQ(terminal.row(1), "server: login:  ...");
    said(1, "login: guest");
    EXPECT_EQ(terminal.row(1), "server: login: guest");
    EXPECT_FALSE(shows(" ..."));
}

TEST_F(AtTheConsole, CutsAnUnfinishedRowToTheTerminal) {
    opened(1);
    model::Unfinished unfinished;
    for (int i = 0; i < 100; ++i) unfinished.text += "汉";
    unfinished.size = 300;
    unfinished.held = 1;
    event(1, unfinished);
    said(1, "x");
    EXPECT_EQ(terminal.row(1), "server: x");
    EXPECT_EQ(terminal.row(2).find("汉"), std::string::npos);
}

TEST_F(AtTheConsole, DecodesAnewWhatItHoldsAfterAChangeOfEncoding) {
    options.receive = "windows-1252";
    opened(1);
    said_bytes(1, "\xC4\xE3", "Äã", "windows-1252");
    said_bytes(1, "\xBA\xC3", "ºÃ", "windows-1252");
    event(1, model::EncodingChanged{model::Direction::in, "gbk", false, 0});
    type("/again\r");
    EXPECT_TRUE(shows("---- the server again, as gbk\nserver: 你\nserver: 好\n----"));
}

TEST_F(AtTheConsole, SetsWhatIsNamedForWhomIsNamed) {
    opened(1);
    opened(2);
    type("/encoding 1 gbk\r/eol all crlf\r/frame 2 in=line\r");
    ASSERT_EQ(commands.given.size(), 3U);
    EXPECT_EQ(commands.given[0].id, SessionId{1});
    EXPECT_EQ(std::get<model::SetEncoding>(commands.given[0].body).in, "gbk");
    EXPECT_TRUE(commands.given[1].all);
    EXPECT_EQ(commands.given[2].id, SessionId{2});
    type("/encoding gbk big5\r");
    EXPECT_EQ(commands.given.size(), 3U);
    EXPECT_TRUE(shows("takes one encoding"));
}

TEST_F(AtTheConsole, ShowsAgainByItselfWhatAWrongGuessShowed) {
    opened(1);
    said_bytes(1, "plain", "plain", "utf-8");
    said_bytes(1, "\xC2\xA1", "¡", "utf-8");
    event(1, model::EncodingChanged{model::Direction::in, "gbk", true, 2});
    EXPECT_TRUE(shows("server: 隆\n"));
    EXPECT_FALSE(shows("again, as gbk\nserver: plain"));
}

TEST_F(AtTheConsole, FindsInWhatItHolds) {
    opened(1);
    said(1, "alpha"), said(1, "beta"), said(1, "alphabet");
    type("/find alpha\r");
    EXPECT_TRUE(shows("-- 2 messages found"));
}

TEST_F(AtTheConsole, EchoesHexWithItsCountAndChecksum) {
    opened(1);
    type("/hex 01 03 00 00 00 0a +crc16modbus\r");
    EXPECT_TRUE(shows(">>>:8 bytes: 01 03 00 00 00 0a c5 cd"));
    ASSERT_NE(commands.last<model::SendBytes>(), nullptr);
    EXPECT_EQ(commands.last<model::SendBytes>()->bytes.size(), 8U);
    type("/hex 0g\r");
    EXPECT_TRUE(shows("!! “0g” is not hex"));
}

TEST_F(AtTheConsole, RepeatsALineWithoutABurstAfterADelay) {
    opened(1);
    type("/every 1s ping\r");
    for (int i = 0; i < 130; ++i) look();  // 25 ms each
    EXPECT_EQ(commands.texts(), "[ping][ping][ping][ping]");
    clock.advance(std::chrono::seconds(60));
    look(), look(), look();
    EXPECT_LE(commands.given.size(), 6U);
    type("/every off\r");
    const std::size_t before = commands.given.size();
    for (int i = 0; i < 100; ++i) look();
    EXPECT_EQ(commands.given.size(), before);
}

TEST_F(AtTheConsole, DrawsAtMostFiftyTimesASecondAndSaysWhatItSkipped) {
    opened(1);
    int draws = 0;
    std::size_t shown = 0;
    for (int i = 0; i < 4000; ++i) {
        clock.advance(std::chrono::microseconds(250));
        said_bytes(1, std::string(300, 'x'), std::string(300, 'x'), "utf-8");
    }
    for (int ms = 0; ms < 1000; ++ms) {
        clock.advance(Millis(1));
        said_bytes(1, "y", "y", "utf-8");
        const std::string drawn = console().draw();
        draws += drawn.empty() ? 0 : 1;
        shown += drawn.size();
    }
    EXPECT_LE(draws, 51);
    type("/who\r");
    EXPECT_TRUE(shows("5000 messages"));
}

TEST_F(AtTheConsole, SaysHowManyLinesItDidNotShow) {
    opened(1);
    for (int i = 0; i < 2000; ++i) {
        console().take({clock.wall(), SessionId{1}, "", [] {
                            model::Message message;
                            message.text = std::string(1000, 'z');
                            message.encoding = "utf-8";
                            return message;
                        }()});
    }
    look();
    EXPECT_TRUE(shows("lines came too fast to show"));
}

TEST_F(AtTheConsole, ShowsOnlyTheStartOfAHugeMessageAndSaysSo) {
    opened(1);
    said(1, std::string(1 << 20, 'a'));
    EXPECT_TRUE(shows("more bytes of this message are not shown"));
}

TEST_F(AtTheConsole, ListsWhatAnswersEachCallerAndToWhomWeHaveFinishedSending) {
    options.columns = 120;
    terminal = test::TinyTerminal(120);
    listen();
    event(0, model::Listening{"127.0.0.1", 9000, "", "rules:a.toml"});
    for (const std::uint64_t id : {1, 2, 3}) opened(id);
    event(2, model::ReplyChanged{"exec:cat"});
    event(3, model::HalfClosed{model::Direction::out});
    event(0, model::ReplyChanged{"rules:a.toml", true});
    const auto listed = [&] {
        type("/who\r");
        std::string rows;  // what is to be told apart: number, reply, end
        for (const char* row :
             {"client 1  127.0.0.1:40001  auto  0 messages, 0 bytes  answered by rules:a.toml",
              "client 2  127.0.0.1:40002  auto  0 messages, 0 bytes  answered by exec:cat",
              "client 3  127.0.0.1:40003  auto  0 messages, 0 bytes  answered by rules:a.toml",
              "client 1  127.0.0.1:40001  auto  0 messages, 0 bytes  answered by echo",
              "client 2  127.0.0.1:40002  auto  0 messages, 0 bytes  answered by nothing", "you have finished sending"})
            rows += shows(row) ? '+' : '-';
        return rows;
    };
    EXPECT_EQ(listed(), "+++--+");
    event(0, model::ReplyChanged{"echo"});
    event(2, model::ReplyChanged{"none"});
    EXPECT_EQ(listed(), "++++++");  // the third cannot be answered any more, the list before is still there
}

TEST_F(AtTheConsole, CompletesCommandsAndTheirValues) {
    opened(1);
    type("/enc\tin=g\t");
    EXPECT_TRUE(terminal.row(0).starts_with(">>>:/encoding in=g"));
    type("\x03/ti\tcl\t\r");
    EXPECT_TRUE(shows(">>>:/time clock"));
}

TEST_F(AtTheConsole, RunsACommandByAUniquePrefixAndNamesSeveral) {
    opened(1);
    type("/hal\r");
    EXPECT_NE(commands.last<model::HalfClose>(), nullptr);
    type("/rec\r");
    EXPECT_NE(commands.last<model::Reconnect>(), nullptr);
    type("/e x\r");
    EXPECT_TRUE(shows("!! /e could be /encoding /eol /every"));
    type("/nonsense\r");
    EXPECT_TRUE(shows("!! unknown command /nonsense"));
}

TEST_F(AtTheConsole, PutsTheRowRightAfterTheTerminalHasBecomeNarrower) {
    opened(1);
    type("0123456789012345678901234567890123456789");
    terminal = test::TinyTerminal(30);
    console().resize(30);
    console().redraw();
    look();
    said(1, "hi");
    EXPECT_EQ(terminal.row(1), "server: hi");
}

TEST(ConsoleCommands, AreAllInTheHelpAndReachableByName) {
    ManualClock clock;
    Commands commands;
    History history;
    Console console({}, clock, commands, history);
    for (const ConsoleCommand& command : console_commands()) {
        EXPECT_EQ(ConsoleCommand::find(command.name), &command);
        EXPECT_NE(std::string_view(command.help), "");
    }
}

// --- ladders

model::Traced traced(std::uint32_t ladder, std::vector<trace::Row> rows) {
    model::Traced told;
    told.heading = sample_heading();
    told.rows = std::move(rows);
    told.ladder = ladder;
    return told;
}
RowBuilder gbk_from(trace::End end) { return from(end, "PSH,ACK").seq(1).ack(1).payload("\xc4\xe3\xba\xc3\n"); }

TEST_F(AtTheConsole, AsksForTheLadderAndForItsEnd) {
    opened(1);
    type("/ladder\r");
    ASSERT_TRUE(commands.last<model::ShowLadder>());
    EXPECT_TRUE(commands.last<model::ShowLadder>()->follow);
    type("/ladder off\r");
    ASSERT_TRUE(commands.last<model::ShowLadder>());
    EXPECT_FALSE(commands.last<model::ShowLadder>()->follow);
}

TEST_F(AtTheConsole, LadderShowsPayloadsInTheEncodingThatWasFound) {
    options.send = "auto";
    opened(1);
    event(1, model::EncodingChanged{model::Direction::in, "gbk", true, 0});
    event(1, traced(1, {gbk_from(trace::End::server), gbk_from(trace::End::client)}));
    EXPECT_EQ(terminal.text().find("\\xc4"), std::string::npos) << terminal.text();
    EXPECT_TRUE(shows("<")) << terminal.text();
    const std::string text = terminal.text();
    const std::size_t first = text.find("你好");
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_NE(text.find("你好", first + 1), std::string::npos) << "what goes out as well:\n" << text;
}

TEST_F(AtTheConsole, LadderShowsPayloadsInTheEncodingThatIsNamed) {
    opened(1);
    event(1, model::EncodingChanged{model::Direction::in, "iconv:gbk", false, 0});
    event(1, traced(1, {gbk_from(trace::End::server)}));
    EXPECT_TRUE(shows("你好")) << terminal.text();
    event(1, model::EncodingChanged{model::Direction::in, "bytes", false, 0});
    event(1, traced(1, {gbk_from(trace::End::server)}));
    EXPECT_TRUE(shows("c4 e3") || shows("c4e3")) << terminal.text();
}

TEST_F(AtTheConsole, LaddersOfSeveralCallersAreToldApart) {
    listen();
    opened(1);
    opened(2);
    event(1, traced(1, {gbk_from(trace::End::server)}));
    event(2, traced(2, {gbk_from(trace::End::server)}));
    event(1, traced(1, {gbk_from(trace::End::server)}));
    const std::string text = terminal.text();
    std::size_t headings = 0;
    for (std::size_t at = text.find("192.168.1.20:51822"); at != std::string::npos;
         at = text.find("192.168.1.20:51822", at + 1)) {
        ++headings;
    }
    EXPECT_EQ(headings, 3U) << "one wherever another conversation's rows begin:\n" << text;
}

}  // namespace
}  // namespace earshot::view
