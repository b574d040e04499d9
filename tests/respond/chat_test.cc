#include "respond/chat.h"

#include "respond/replies.h"
#include "tests/talk/talk_fixture.h"
#include "text/encoder.h"

namespace earshot::respond {
namespace {

std::string in(const char* encoding, std::string_view text) {
    std::vector<std::uint8_t> bytes;
    text::Encoder encoder(*text::find_encoding(encoding));
    EXPECT_FALSE(encoder.encode(text, bytes));
    encoder.finish(bytes);
    return std::string(as_chars(bytes));
}

class Chatting : public talk::Talking {
  protected:
    Chatting() {
        responder = &chat;
        wires = {&wire, &second, &third};
        options.frame = "line";
        options.eol = "\n";
        options.receive = options.send = {talk::TextChoice::Kind::detect, nullptr};
        options.detect = {text::find_encoding("gbk")};
    }
    // All are in, and what they were told at the door is read.
    void begin(const std::vector<test::MemoryWire*>& callers) {
        for (test::MemoryWire* each : callers) call(*each);
        settle();
        for (test::MemoryWire* each : callers) each->received();
    }
    std::string heard(test::MemoryWire& by) {
        settle();
        return by.received();
    }
    std::vector<std::string> faults() const {
        std::vector<std::string> found;
        for (const auto& fault : all<model::Fault>()) found.push_back(fault.message);
        return found;
    }

    Chat chat;
    test::MemoryWire second, third;
};

TEST_F(Chatting, PassesALineToAllButWhoSaidIt) {
    begin({&wire, &second, &third});
    wire.send("hel");
    EXPECT_EQ(heard(second), "");
    wire.send("lo\r\n\nagain\n");
    EXPECT_EQ(heard(second), "guest1: hello\nguest1: again\n");
    EXPECT_EQ(heard(third), "guest1: hello\nguest1: again\n");
    EXPECT_EQ(heard(wire), "");
}

TEST_F(Chatting, SpeaksToEachInHisOwnEncoding) {
    begin({&wire, &second});
    wire.send(in("gbk", "大家好，我是北京来的小明\n"));
    EXPECT_EQ(heard(second), "guest1: 大家好，我是北京来的小明\n");
    second.send("欢迎\n");
    EXPECT_EQ(heard(wire), in("gbk", "guest2: 欢迎\n"));
}

TEST_F(Chatting, ShowsWhatAnEncodingLacksByItsCodeAndSaysSo) {
    begin({&wire, &second, &third});
    wire.send(in("gbk", "大家好，我是北京来的小明\n"));
    third.send(in("gbk", "你好，很高兴认识你们\n"));
    heard(wire), heard(third), heard(second);
    second.send("a😀b😀\n");
    EXPECT_EQ(heard(wire), "guest2: a\\u{1f600}b\\u{1f600}\n");
    EXPECT_EQ(faults(),
              std::vector<std::string>{"gbk cannot carry “😀” (U+1F600): callers who got its code instead: 2"});
}

TEST_F(Chatting, ReadsAnEncodingThatACommandNames) {
    begin({&wire, &second});
    command(model::SetEncoding{"windows-1252", "windows-1252"}, SessionId{1});
    wire.send("caf\xe9\n");
    EXPECT_EQ(heard(second), "guest1: café\n");
    second.send("thé 茶\n");
    EXPECT_EQ(heard(wire), "guest2: th\xe9 \\u{8336}\n");
}

TEST_F(Chatting, FollowsACommandAtOnceAlsoWhereHeHasSaidNothing) {
    begin({&wire, &second, &third});
    wire.send("ä\n");
    settle();
    command(model::SetEncoding{std::nullopt, "windows-1252"}, SessionId{2});
    command(model::SetEol{"crlf"}, SessionId{3});
    wire.send("ö\n");
    EXPECT_EQ(heard(second), "guest1: ä\nguest1: \xf6\n");
    EXPECT_EQ(heard(third), "guest1: ä\nguest1: ö\r\n");
}

TEST_F(Chatting, ReadsUtf16WithItsMark) {
    options.receive = options.send = {talk::TextChoice::Kind::encoding, text::find_encoding("utf-16le")};
    begin({&wire, &second});
    wire.send(in("utf-16le", "\ufeff你好\n"));
    EXPECT_EQ(heard(second), in("utf-16le", "guest1: 你好\n"));
}

TEST_F(Chatting, LetsNothingThroughThatSteersATerminal) {
    begin({&wire, &second});
    wire.send("\x1b[2J\a\xe2\x80\xae rtl \x7f\ttab\r over\n");
    EXPECT_EQ(heard(second), "guest1: \\x1b[2J\\x07\\u{202e} rtl \\x7f\ttab\\x0d over\n");
    command(model::SetEncoding{"utf-8", "utf-8"}, SessionId{1});
    wire.send("bad \xff byte, \\xff typed\n");
    EXPECT_EQ(heard(second), "guest1: bad \\xff byte, \\\\xff typed\n");
}

TEST_F(Chatting, LeavesOutWhatATelnetSaysOfItself) {
    begin({&wire, &second});
    wire.send("\xff\xfd\x03\xff\xfb\x1fhello\r\n");
    EXPECT_EQ(heard(second), "guest1: hello\n");
}

TEST_F(Chatting, TakesNoLetterOfUtf16ForATelnets) {
    options.receive = {talk::TextChoice::Kind::encoding, text::find_encoding("utf-16le")};
    options.send = {talk::TextChoice::Kind::encoding, &text::utf8()};
    begin({&wire, &second});
    const std::string line = "aûb\u01fec\ufb01\n";  // FB 00 behind FF would be WILL
    wire.send(in("utf-16le", "\uffeb\uffff" + line));
    wire.send(in("utf-16le", std::string("ÿ\u01fd\u02ff\u01fb\n")));
    EXPECT_EQ(heard(second), "guest1: \uffeb\uffff" + line + "guest1: ÿ\u01fd\u02ff\u01fb\n");
}

TEST_F(Chatting, TakesAMarkThatOpensTheStreamForNoTelnetHoweverItIsCut) {
    for (const char* const frame : {"line", "chunk"}) {
        for (const std::string encoding : {"utf-16le", "utf-16be"}) {
            for (const std::size_t piece : {1U, 2U, 3U, 100U}) {
                drop_shard();
                sink.events.clear();
                Chat another;
                responder = &another;
                options.frame = frame;
                test::MemoryWire caller, hearer;
                wires = {&caller, &hearer};
                begin({&caller, &hearer});
                const std::string said = in(encoding.c_str(), "\ufeff\ufb01/nick 王五\n");
                for (std::size_t at = 0; at < said.size(); at += piece) {
                    caller.send(said.substr(at, piece));
                    settle();
                }
                std::string all_of_it;
                for (const auto& message : all<model::Message>()) all_of_it += message.text;
                EXPECT_NE(all_of_it.find("\ufb01/nick 王五"), std::string::npos) << frame << encoding << piece;
                drop_shard();
            }
        }
    }
}

TEST_F(Chatting, TakesATelnetsCommandsForNoMark) {
    options.frame = "chunk";
    begin({&wire, &second});
    wire.send("\xff\xfd\x03");
    settle();
    wire.send("\xff\xfe\x01");
    settle();
    wire.send("hello\n");
    EXPECT_EQ(heard(second), "guest1: hello\n");
}

TEST_F(Chatting, KeepsEachLineItsOwnUnderAnyFraming) {
    options.frame = "chunk";
    begin({&wire, &second});
    wire.send("one\nguest3: two\n");
    EXPECT_EQ(heard(second), "guest1: one\nguest1: guest3: two\n");
}

TEST_F(Chatting, TakesTextWhereOnlyBytesWereAskedFor) {
    options.receive = options.send = {talk::TextChoice::Kind::bytes, nullptr};
    begin({&wire, &second});
    wire.send("你好\x80\n");
    EXPECT_EQ(heard(second), "guest1: 你好\\x80\n");
}

TEST_F(Chatting, PassesOnTheLastLineAlsoWithoutItsEnd) {
    begin({&wire, &second});
    wire.send("bye");
    wire.end();
    EXPECT_EQ(heard(second), "guest1: bye\n");
    EXPECT_EQ(heard(wire), "-- you have finished sending; you still hear the room\n");
    second.send("still for you\n");
    EXPECT_EQ(heard(wire), "guest2: still for you\n");
}

TEST_F(Chatting, PromisesNoRoomToOneWhoIsSentAwayForHisFin) {
    options.close_on_fin = true;
    begin({&wire, &second});
    wire.send("bye\n");
    wire.end();
    EXPECT_EQ(heard(second), "guest1: bye\n-- guest1 has left\n");
    EXPECT_EQ(heard(wire), "");
}

TEST_F(Chatting, TellsOfOneWhoLeaves) {
    begin({&wire, &second});
    wire.reset();
    EXPECT_EQ(heard(second), "-- guest1 has left\n");
    second.send("/who\n");
    EXPECT_EQ(heard(second), "-- in lobby: guest2\n");
}

TEST_F(Chatting, SendsAwayWhoQuitsAndHearsNoMoreOfHim) {
    begin({&wire, &second});
    wire.send("x\n/quit\nmore\n");
    EXPECT_EQ(heard(second), "guest1: x\n-- guest1 has left\n");
    EXPECT_EQ(heard(wire), "-- goodbye\n");
    EXPECT_TRUE(wire.saw_end());
    wire.end();
    EXPECT_EQ(heard(second), "");
    EXPECT_EQ(shard().size(), 1U);
}

TEST_F(Chatting, GivesASeatAgainWithoutMistakingItsHolder) {
    begin({&wire, &second});
    wire.reset();
    heard(second);
    begin({&third});
    EXPECT_EQ(heard(second), "-- guest3 is here\n");
    third.send("hi\n");
    EXPECT_EQ(heard(second), "guest3: hi\n");
}

TEST_F(Chatting, RefusesALineThatIsTooLongAndGoesOn) {
    options.max_message = 100;
    begin({&wire, &second});
    wire.send(std::string(150, 'x') + "\nshort\n");
    EXPECT_EQ(heard(second), "guest1: short\n");
    EXPECT_EQ(wire.received(), "-- not sent: the line is longer than 100 bytes\n");
}

TEST_F(Chatting, KeepsNoMoreOfALineThanItPassesOnAndSaysSoOnce) {
    begin({&wire, &second});
    for (int i = 0; i < 64; ++i) {
        wire.send(std::string(16 << 10, 'x'));
        settle();
    }
    EXPECT_GE(bytes().size(), std::size_t{(1 << 20) - ChatHall::kLongestLine}) << "the rest is kept";
    wire.send("\nshort\n" + std::string(ChatHall::kLongestLine + 1, 'y') + "\n");
    EXPECT_EQ(heard(second), "guest1: short\n");
    const std::string told = "-- not sent: the line is longer than 65536 bytes\n";
    EXPECT_EQ(heard(wire), told + told);
}

TEST_F(Chatting, KeepsNoMoreOfALineAlsoWhereItAnswersInTheMiddleOfOne) {
    responder = nullptr;
    begin({&wire});
    wire.send(std::string(200 << 10, 'x'));
    settle();
    shard().find(SessionId{1})->answer_by(&chat);
    settle();
    wire.received();
    wire.send(std::string(10, 'x'));
    EXPECT_EQ(heard(wire), "-- not sent: the line is longer than 65536 bytes\n");
    EXPECT_GE(bytes().size(), (200 << 10) - ChatHall::kLongestLine);
    command(model::SetFraming{"line"}, SessionId{1});
    sink.events.clear();
    wire.send(std::string(100 << 10, 'x'));
    settle();
    EXPECT_GE(bytes().size(), std::size_t{64 << 10}) << "another framing keeps to it as well";
    shard().find(SessionId{1})->answer_by(nullptr);
    sink.events.clear();
    wire.send("\n" + std::string(100 << 10, 'z') + "\n");
    settle();
    EXPECT_EQ(all<model::Message>().back().bytes.view().size(), std::size_t{(100 << 10) + 1})
        << "nobody refuses it now";
}

TEST_F(Chatting, CountsWhatASlowCallerMissesInWholeLines) {
    options.high_water = 200;
    test::MemoryWire narrow(100);
    wires = {&wire, &second, &narrow};
    begin({&wire, &second, &narrow});
    std::string quick, late;
    for (int i = 0; i < 100; ++i) {
        wire.send("0123456789\n");
        quick += heard(second);
    }
    const std::string line = "guest1: 0123456789\n";
    EXPECT_EQ(quick.size(), 100 * line.size());
    for (int i = 0; i < 20; ++i) late += heard(narrow);
    late.erase(0, late.find(line));
    const auto dropped = all<model::Dropped>();
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_EQ(late.size() + dropped[0].bytes, 100 * line.size());
}

TEST_F(Chatting, UnderWaitHoldsUpWhoWritesToOneWhoDoesNotReadAndLosesNothing) {
    options.slow = talk::Slow::wait;
    options.high_water = 1000;
    test::MemoryWire narrow(100);
    wires = {&wire, &narrow};
    call(wire);
    call(narrow);
    while (!heard(narrow).empty()) continue;
    for (int i = 0; i < 500; ++i) {
        wire.send("/msg guest2 " + std::to_string(1000 + i) + "\n");
        settle();
        EXPECT_LT(shard().find(SessionId{2})->queued(), 1100u);
    }
    EXPECT_GT(wire.unread(), 0u);
    std::string all_heard;
    for (std::string more; !(more = heard(narrow)).empty();) all_heard += more;
    std::string expected;
    for (int i = 0; i < 500; ++i) expected += "[guest1] " + std::to_string(1000 + i) + "\n";
    EXPECT_EQ(all_heard, expected);
    EXPECT_TRUE(all<model::Dropped>().empty());
}

TEST_F(Chatting, GivesAllThatOneAskedForInOneGoWhoReadsIt) {
    options.high_water = 1000;
    test::MemoryWire wide(1 << 20);
    wires = {&wide};
    begin({&wide});
    std::string asked;
    for (int i = 0; i < 100; ++i) asked += "/help\n";
    wide.send("/help\n");
    const std::string once = heard(wide);
    wide.send(asked);
    EXPECT_EQ(heard(wide).size(), 100 * once.size());
    EXPECT_TRUE(all<model::Dropped>().empty());
}

TEST_F(Chatting, GivesTextToTheScreenAndTellsItTheNames) {
    begin({&wire, &second});
    wire.send("/nick 小明\n你好\n/join tea\n");
    settle();
    EXPECT_EQ(texts(), "[/nick 小明][你好][/join tea]");
    std::string names;
    for (const auto& named : all<model::Named>()) names += "[" + named.name + "|" + named.room + "]";
    EXPECT_EQ(names, "[guest1|][guest2|][小明|][小明|tea]");
}

TEST_F(Chatting, LetsTheOperatorSpeakToAllAndToOne) {
    begin({&wire, &second});
    shard().carry_out({{}, true, "r", model::SendText{"hello\nyou", true}});
    EXPECT_EQ(heard(wire), "server: hello\nserver: you\n");
    EXPECT_EQ(heard(second), "server: hello\nserver: you\n");
    command(model::SendText{"psst", true}, SessionId{2});
    EXPECT_EQ(heard(wire), "");
    EXPECT_EQ(heard(second), "[server] psst\n");
    const auto sent = all<model::Sent>();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].conversations, 2U);
    EXPECT_EQ(sent[0].bytes, 2 * std::string("server: hello\nserver: you\n").size());
}

TEST_F(Chatting, WorksWhereNobodyWatches) {
    sink.messages = false;
    begin({&wire, &second});
    wire.send(in("gbk", "大家好，我是北京来的小明\n"));
    EXPECT_EQ(heard(second), "guest1: 大家好，我是北京来的小明\n");
    EXPECT_TRUE(all<model::Message>().empty());
}

TEST_F(Chatting, IsTheRowOfItsName) {
    ASSERT_NE(find_reply("chat"), nullptr);
    EXPECT_TRUE(find_reply("chat")->is_text);
    EXPECT_FALSE(find_reply("echo")->is_text);
}

}  // namespace
}  // namespace earshot::respond
