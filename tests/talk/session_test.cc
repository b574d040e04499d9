#include "talk/session.h"

#include "tests/talk/talk_fixture.h"

namespace earshot::talk {
namespace {

const std::string kNiHaoGbk = "\xC4\xE3\xBA\xC3";

class Conversation : public Talking {};

TextChoice choice(std::string_view name) { return *TextChoice::parse(name); }

TEST_F(Conversation, ShowsWhatThePeerSaysAsMessages) {
    options.frame = "line";
    call(wire);
    wire.send("one\ntwo\nthr");
    settle();
    wire.send("ee\n");
    settle();
    EXPECT_EQ(texts(), "[one][two][three]");
    EXPECT_EQ(bytes(), "one\ntwo\nthree\n");
}

TEST_F(Conversation, TellsASinkThatWantsNoMessagesOnlyWhatGoesWrong) {
    sink.messages = false;
    call(wire);
    wire.send(std::string("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", 11) + std::string(192, 'x'));
    settle();
    EXPECT_TRUE(all<model::Message>().empty());
    EXPECT_TRUE(all<model::Opened>().empty());
    EXPECT_EQ(all<model::Fault>().size(), 1U);
}

TEST_F(Conversation, JoinsACharacterCutAtEveryPlace) {
    options.receive = choice("gbk");
    const std::string sent = kNiHaoGbk + "\x81\x30\x81\x31!";
    for (std::size_t cut = 0; cut <= sent.size(); ++cut) {
        sink.events.clear();
        test::MemoryWire each;
        wires = {&each};
        call(each);
        each.send(sent.substr(0, cut));
        settle();
        each.send(sent.substr(cut));
        settle();
        std::string text;
        for (const auto& message : all<model::Message>()) text += message.text;
        EXPECT_EQ(text, "你好\u0081!") << cut;
        EXPECT_EQ(bytes(), sent);
    }
}

TEST_F(Conversation, KeepsAMessagesEndFromEatingTheNext) {
    options.receive = choice("gbk");
    options.frame = "line";
    call(wire);
    wire.send("\xC4\n\xC4\xE3\n");
    settle();
    EXPECT_EQ(texts(), "[\uFFFD][你]");
    EXPECT_EQ(all<model::Message>()[0].malformed.size(), 1U);
}

TEST_F(Conversation, GivesTheBytesOfACharacterThatTheEndCutOff) {
    options.receive = choice("gbk");
    call(wire);
    wire.send("ok\xC4");
    wire.end();
    settle();
    EXPECT_EQ(texts(), "[ok][\uFFFD]");
    const auto last = all<model::Message>().back();
    ASSERT_EQ(last.malformed.size(), 1U);
    EXPECT_EQ(last.malformed[0].bytes[0], 0xC4);
    EXPECT_EQ(bytes(), "ok\xC4");
}

TEST_F(Conversation, TakesThePeersFinNeitherAsAnEndNorAsAnError) {
    call(wire);
    wire.send("bye");
    wire.end();
    settle();
    EXPECT_EQ(all<model::HalfClosed>().size(), 1U);
    EXPECT_TRUE(all<model::Closed>().empty());
    command(model::SendText{"still here"});
    EXPECT_EQ(wire.received(), "still here");
    command(model::HalfClose{});
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(all<model::Closed>()[0].reason, Reason::closed);
    EXPECT_EQ(all<model::Closed>()[0].received, 3U);
    EXPECT_EQ(all<model::Closed>()[0].sent, 10U);
}

TEST_F(Conversation, CallsItLeavingWhereAPeerThatFinishedIsFoundGone) {
    call(wire);
    wire.send("bye");
    wire.end();
    settle();
    wire.reset();
    settle();
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(all<model::Closed>()[0].reason, Reason::closed);
}

TEST_F(Conversation, CallsItAResetWhereSomethingWasSaidToOneWhoHadLeft) {
    call(wire);
    wire.end();
    settle();
    command(model::SendText{"are you there?"});
    wire.reset();
    settle();
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(all<model::Closed>()[0].reason, Reason::reset);
}

TEST_F(Conversation, HintsAtTlsWhereACallerSpeaksItToAPlainEnd) {
    call(wire);
    wire.send(std::string("\x16\x03\x01\x00\xF4\x01\x00\x00\xF0\x03\x03", 11));
    settle();
    ASSERT_EQ(all<model::Fault>().size(), 1U);
    EXPECT_EQ(all<model::Fault>()[0].reason, Reason::tls);
}

TEST_F(Conversation, ShowsWhatComesAfterOurFin) {
    call(wire);
    command(model::HalfClose{});
    EXPECT_TRUE(wire.saw_end());
    wire.send("answer");
    settle();
    EXPECT_EQ(texts(), "[answer]");
    wire.end();
    settle();
    EXPECT_EQ(all<model::Closed>().size(), 1U);
}

TEST_F(Conversation, SendsEverythingBeforeTheFin) {
    wire.write_at_most(3);
    call(wire);
    wire.block_writes(2);
    shard().carry_out({.ref = "", .body = model::SendText{"a long farewell"}});
    command(model::HalfClose{});
    settle();
    EXPECT_EQ(wire.received(), "a long farewell");
    EXPECT_TRUE(wire.saw_end());
}

TEST_F(Conversation, NamesAResetAndWhatItCost) {
    call(wire);
    wire.send("half a mess");
    wire.reset();
    settle();
    EXPECT_EQ(texts(), "[half a mess]");
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(all<model::Closed>()[0].reason, Reason::reset);
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Conversation, LosesNothingThatCameBeforeAResetNoticedByWriting) {
    call(wire);
    wire.hold();
    wire.send("last words");
    wire.reset();
    command(model::SendText{"x"});
    wire.hold(false);
    settle();
    EXPECT_EQ(texts(), "[last words]");
    EXPECT_EQ(all<model::Closed>().size(), 1U);
}

TEST_F(Conversation, ClosesAfterThePeersAnswerAndNotBefore) {
    call(wire);
    command(model::Close{});
    EXPECT_TRUE(wire.saw_end());
    EXPECT_TRUE(all<model::Closed>().empty());
    wire.send("one more thing");
    wire.end();
    settle();
    EXPECT_EQ(texts(), "[one more thing]");
    EXPECT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_TRUE(wire.saw_close());
}

TEST_F(Conversation, GivesUpOnAPeerThatNeverClosesAfterTheGrace) {
    call(wire);
    command(model::Close{});
    wait(Millis(4900));
    EXPECT_TRUE(all<model::Closed>().empty());
    wait(Millis(200));
    EXPECT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_TRUE(wire.saw_close());
}

TEST_F(Conversation, WaitsForAPeerThatTakesWhatIsQueuedSlowly) {
    test::MemoryWire narrow(100);
    wires = {&narrow};
    call(narrow);
    command(model::SendBytes{std::vector<std::uint8_t>(1000)});
    command(model::Close{});
    std::size_t taken = 0;
    for (int i = 0; i < 10; ++i) {
        taken += narrow.received().size();
        settle();
        wait(Millis(3000));
    }
    EXPECT_EQ(taken + narrow.received().size(), 1000U);
    narrow.end();
    settle();
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(all<model::Closed>()[0].reason, Reason::closed);
}

TEST_F(Conversation, WaitsFiveSecondsInAllWhereTheProgramLeaves) {
    test::MemoryWire narrow(100);
    wires = {&narrow};
    call(narrow);
    command(model::SendBytes{std::vector<std::uint8_t>(10'000)});
    shard().close_all(Reason::closed, "");
    for (int i = 0; i < 6; ++i) {
        narrow.received();
        settle();
        wait(Millis(1000));
    }
    EXPECT_TRUE(shard().is_empty());
}

TEST_F(Conversation, GivesOutAnUnfinishedMessageBeforeAnyEnd) {
    options.frame = "line";
    options.idle_timeout = Millis(1000);
    test::MemoryWire second, third;
    wires = {&wire, &second, &third};
    for (test::MemoryWire* each : wires) {
        call(*each);
        each->send("abc");
    }
    settle();
    command(model::Reset{}, SessionId{1});
    EXPECT_EQ(texts(), "[abc]");
    wait(Millis(1100));
    EXPECT_EQ(texts(), "[abc][abc][abc]");
    for (const auto& closed : all<model::Closed>()) EXPECT_EQ(closed.received, 3U);
}

TEST_F(Conversation, DoesNotTimeOutWhileItsOwnSinkHoldsItUp) {
    options.idle_timeout = Millis(1000);
    call(wire);
    shard().hold_reading(true);
    wire.send("x");
    wait(Millis(5000));
    EXPECT_TRUE(all<model::Closed>().empty());
    shard().hold_reading(false);
    settle();
    EXPECT_EQ(texts(), "[x]");
    wait(Millis(1100));
    EXPECT_EQ(all<model::Closed>().size(), 1U);
}

// The clock stands still while we hold him up; whoever else holds him up as well does not stop it for ever.
TEST_F(Conversation, TimesOutWhoIsHeldUpForHisOwnSakeOnceItsSinkGoesOn) {
    options.idle_timeout = Millis(1000);
    call(wire);
    shard().find(SessionId{1})->pause_reading(Session::Pause::responder);
    shard().hold_reading(true);
    wait(Millis(3000));
    EXPECT_TRUE(all<model::Closed>().empty());
    shard().hold_reading(false);
    wait(Millis(1100));
    EXPECT_EQ(all<model::Closed>().size(), 1U);
}

TEST_F(Conversation, HearsOfAResetThoughItIsStillHeldUpByAnother) {
    call(wire);
    shard().find(SessionId{1})->pause_reading(Session::Pause::responder);
    shard().hold_reading(true);
    wire.reset();
    settle();
    shard().hold_reading(false);
    settle();
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(all<model::Closed>()[0].reason, Reason::reset);
}

TEST_F(Conversation, EndsAQuietMessageThoughWeGoOnTalking) {
    options.frame = "idle:300";
    call(wire);
    wire.send("abc");
    settle();
    for (int i = 0; i < 5; ++i) {
        wait(Millis(100));
        command(model::SendText{"tick"});
    }
    EXPECT_EQ(texts(), "[abc]");
}

TEST_F(Conversation, ResetsAPeerThatDoesNotTakeWhatIsQueuedAtTheEnd) {
    test::MemoryWire narrow(16);
    wires = {&narrow};
    call(narrow);
    command(model::SendBytes{std::vector<std::uint8_t>(1000)});
    command(model::Close{});
    wait(Millis(5100));
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(all<model::Closed>()[0].sent, 16U);
    EXPECT_TRUE(narrow.saw_reset());
}

TEST_F(Conversation, EndsAfterSilenceInBothDirections) {
    options.idle_timeout = Millis(1000);
    call(wire);
    wait(Millis(800));
    wire.send("x");
    settle();
    wait(Millis(800));
    command(model::SendText{"y"});
    wait(Millis(900));
    EXPECT_TRUE(all<model::Closed>().empty());
    wait(Millis(200));
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_EQ(all<model::Closed>()[0].reason, Reason::timeout);
}

TEST_F(Conversation, RefusesACharacterThatTheEncodingLacksAndSendsNothing) {
    options.send = choice("gbk");
    call(wire);
    command(model::SendText{"你好 \U0001F600"}, {}, "line");
    // gbk cannot carry an emoji; the standard's gbk encoder has no four-byte forms
    ASSERT_EQ(all<model::Fault>().size(), 1U);
    EXPECT_EQ(all<model::Fault>()[0].reason, Reason::unencodable);
    EXPECT_NE(all<model::Fault>()[0].message.find("U+1F600"), std::string::npos);
    EXPECT_EQ(sink.events.back().ref, "line");
    EXPECT_EQ(wire.received(), "");
}

TEST_F(Conversation, AnswersInWhatThePeerWasHeardToSpeak) {
    options.receive = choice("auto");
    options.send = choice("auto");
    call(wire);
    command(model::SendText{"你"});
    EXPECT_EQ(wire.received(), "你");
    wire.send("\xC4\xE3\xBA\xC3\xA3\xAC\xCA\xC0\xBD\xE7");
    settle();
    EXPECT_EQ(texts(), "[你好，世界]");
    command(model::SendText{"你"});
    EXPECT_EQ(wire.received(), "\xC4\xE3");
}

TEST_F(Conversation, SaysFromWhereAWrongGuessIsToBeReadAgain) {
    options.receive = choice("auto");
    options.frame = "line";
    call(wire);
    wire.send("plain\n");
    wire.send("\xC2\xA1\n");                                  // UTF-8 so far: ¡ — or the start of 隆 in GBK
    wire.send("\xC4\xE3\xBA\xC3\xA3\xAC\xCA\xC0\xBD\xE7\n");  // no UTF-8 at all
    settle();
    ASSERT_EQ(all<model::EncodingChanged>().size(), 1U);
    EXPECT_EQ(all<model::EncodingChanged>()[0].encoding, "gbk");
    EXPECT_TRUE(all<model::EncodingChanged>()[0].detected);
    EXPECT_EQ(all<model::EncodingChanged>()[0].from_seq, 2U);
}

// UTF-8 and GBK cut these bytes differently; wherever reads end, what follows the change goes on in GBK's own step.
TEST_F(Conversation, GoesOnInTheNewEncodingsStepWhereverTheGuessTurns) {
    options.receive = choice("auto");
    const std::string sent = "\xC4\xA3 \xE6\xB5\xA0\xC4\xE3\xBA\xC3\xCA\xC0\xBD\xE7";
    std::string gbk;
    text::Decoder(*text::find_encoding("gbk")).decode(as_bytes(sent), gbk);
    for (std::size_t cut = 0; cut <= sent.size(); ++cut) {
        sink.events.clear();
        test::MemoryWire each;
        wires = {&each};
        call(each);
        each.send(sent.substr(0, cut));
        settle();
        each.send(sent.substr(cut));
        settle();
        const auto changes = all<model::EncodingChanged>();
        ASSERT_EQ(changes.size(), 1U) << cut;
        const std::string last = all<model::Message>().back().text;
        EXPECT_TRUE(gbk.ends_with(last)) << cut << " " << last;
        EXPECT_EQ(bytes(), sent);
        EXPECT_EQ(changes[0].from_seq > 0, all<model::Message>()[0].encoding == std::string("utf-8") && cut > 0) << cut;
    }
}

// Bytes one by one: what came before the change was given out as ASCII, what comes after is Japanese from its first
// byte.
TEST_F(Conversation, TakesOverInTheMiddleOfAnEscapedStretch) {
    options.receive = choice("auto");
    options.detect = {text::find_encoding("shift_jis"), text::find_encoding("iso-2022-jp")};
    call(wire);
    for (const char byte : std::string("ok \x1b$B$3$s\x1b(B ok")) {
        wire.send(std::string(1, byte));
        settle();
    }
    ASSERT_EQ(all<model::EncodingChanged>().size(), 1U);
    EXPECT_EQ(all<model::EncodingChanged>()[0].encoding, std::string("iso-2022-jp"));
    EXPECT_EQ(all<model::EncodingChanged>()[0].from_seq, 4U);
    EXPECT_TRUE(texts().ends_with("[こ][][ん][][][][ ][o][k]")) << texts();
}

TEST_F(Conversation, FindsAByteOrderMarkThatTwoReadsCut) {
    options.receive = choice("auto");
    call(wire);
    wire.send("\xFF");
    settle();
    wire.send(std::string("\xFE`O}Y", 5));
    settle();
    EXPECT_EQ(all<model::EncodingChanged>().back().encoding, std::string("utf-16le"));
    EXPECT_TRUE(texts().ends_with("[\uFEFF你好]")) << texts();
}

TEST_F(Conversation, TellsAByteCutOffByALinesEndFromACharacter) {
    options.receive = choice("auto");
    options.detect = {text::find_encoding("gbk"), text::find_encoding("windows-1252")};
    options.frame = "line";
    call(wire);
    wire.send("caf\xE9\n");
    settle();
    EXPECT_EQ(texts(), "[café]");
}

TEST_F(Conversation, ReadsAnUnfinishedLineAsItWillBeRead) {
    sink.unfinished = true;
    options.receive = choice("auto");
    options.frame = "line";
    call(wire);
    wire.send(kNiHaoGbk);
    settle();
    wait(Millis(210));
    ASSERT_EQ(all<model::Unfinished>().size(), 1U);
    EXPECT_EQ(all<model::Unfinished>()[0].text, "你好");
    EXPECT_EQ(all<model::Unfinished>()[0].encoding, std::string("gbk"));
    EXPECT_TRUE(all<model::EncodingChanged>().empty());
}

TEST_F(Conversation, ChoosingTwiceLosesNoByteOfACharacter) {
    options.receive = choice("utf-8");
    call(wire);
    wire.send("\xC4");
    settle();
    command(model::SetEncoding{"auto", {}});
    command(model::SetEncoding{"gbk", {}});
    wire.send("\xE3");
    settle();
    EXPECT_EQ(texts(), "[][你]");
}

TEST_F(Conversation, SaysHowMuchOfACharacterAnUnfinishedLineHolds) {
    sink.unfinished = true;
    options.frame = "line";
    call(wire);
    wire.send("ok \xE5\xA5");
    settle();
    wait(Millis(210));
    ASSERT_EQ(all<model::Unfinished>().size(), 1U);
    EXPECT_EQ(all<model::Unfinished>()[0].text, "ok ");
    EXPECT_EQ(all<model::Unfinished>()[0].held, 2);
}

TEST_F(Conversation, ShowsAnUnfinishedLineAfter200Milliseconds) {
    sink.unfinished = true;
    options.frame = "line";
    call(wire);
    wire.send("login: ");
    settle();
    wait(Millis(190));
    EXPECT_TRUE(all<model::Unfinished>().empty());
    wait(Millis(20));
    ASSERT_EQ(all<model::Unfinished>().size(), 1U);
    EXPECT_EQ(all<model::Unfinished>()[0].text, "login: ");
    wire.send("guest\n");
    settle();
    wait(Millis(500));
    EXPECT_EQ(texts(), "[login: guest]");
    EXPECT_EQ(all<model::Unfinished>().size(), 1U);
}

TEST_F(Conversation, MentionsBytesOfACharacterThatAreHeld) {
    sink.unfinished = true;
    call(wire);
    wire.send("\xE4\xBD");
    settle();
    wait(Millis(210));
    ASSERT_EQ(all<model::Unfinished>().size(), 1U);
    EXPECT_EQ(all<model::Unfinished>()[0].held, 2);
}

TEST_F(Conversation, EndsAMessageWhereThePeerIsQuiet) {
    options.frame = "idle:50";
    call(wire);
    wire.send("\x01\x03");
    settle();
    wait(Millis(30));
    wire.send("\x02");
    settle();
    wait(Millis(100));
    wire.send("\x09");
    settle();
    wait(Millis(100));
    ASSERT_EQ(all<model::Message>().size(), 2U);
    EXPECT_EQ(all<model::Message>()[0].bytes.size(), 3U);
}

TEST_F(Conversation, FallsBackToChunksWhereTheFramingIsLostAndLosesNoByte) {
    options.frame = "length:u8,adjust=-4";
    call(wire);
    wire.send(std::string("\x06") + "ab" + "\x01" + "rest of it");
    settle();
    EXPECT_EQ(bytes(), std::string("\x06") + "ab" + "\x01" + "rest of it");
    ASSERT_EQ(all<model::FramingChanged>().size(), 1U);
    EXPECT_TRUE(all<model::FramingChanged>()[0].lost);
    wire.send("more");
    settle();
    EXPECT_TRUE(bytes().ends_with("more"));
}

TEST_F(Conversation, ReadsWhatTheConnectionHoldsInside) {
    wire.keep_input_inside();
    options.frame = "line";
    call(wire);
    wire.send("a\nb\nc\n");
    settle();
    EXPECT_EQ(texts(), "[a][b][c]");
}

TEST_F(Conversation, ReadsABufferedHalfCharacterAnewAfterAChangeOfEncoding) {
    options.receive = choice("utf-8");
    call(wire);
    wire.send("\xC4");
    settle();
    command(model::SetEncoding{"gbk", std::nullopt});
    wire.send("\xE3");
    settle();
    std::string text;
    for (const auto& message : all<model::Message>()) text += message.text;
    EXPECT_EQ(text, "你");
}

// "A" + U+0A41 + LF, then "b": a byte 0A that ends no line, and a line feed of two bytes.
constexpr std::string_view kLittleLines("A\0\x41\x0A\n\0b\0\r\0\n\0", 12);

TEST_F(Conversation, CutsLinesOfUtf16AtCodeUnits) {
    options.frame = "line";
    options.receive = *TextChoice::parse("utf-16le");
    call(wire);
    for (const char byte : kLittleLines) {
        wire.send(std::string(1, byte));
        settle();
    }
    EXPECT_EQ(texts(), "[A\u0A41][b]");
}

TEST_F(Conversation, CutsLinesByAByteOrderMarkWhereTheEncodingIsAuto) {
    options.frame = "line";
    options.receive = *TextChoice::parse("auto");
    call(wire);
    wire.send("\xFF\xFE" + std::string(kLittleLines));
    settle();
    EXPECT_EQ(texts(), "[\uFEFFA\u0A41][b]");
    EXPECT_STREQ(all<model::Message>()[0].encoding, "utf-16le");
}

TEST_F(Conversation, CutsLinesAnewAfterAChangeOfEncoding) {
    options.frame = "line";
    call(wire);
    wire.send("x\ny\n" + std::string("\0z\0\r", 4));
    settle();
    EXPECT_EQ(texts(), "[x][y]");
    command(model::SetEncoding{"utf-16be", std::nullopt});
    wire.send(std::string("\0\n\x0A\x41\0\n", 6));
    settle();
    EXPECT_EQ(texts(), "[x][y][z][\u0A41]");
    command(model::SetFraming{"chunk"});
    command(model::SetFraming{"line"});
    wire.send(std::string("\0q\0\n", 4));
    settle();
    EXPECT_EQ(texts(), "[x][y][z][\u0A41][q]");
}

TEST_F(Conversation, EndsWhatItSendsInTheSendingEncoding) {
    options.send = *TextChoice::parse("utf-16be");
    options.eol = "\r\n";
    call(wire);
    command(model::SendText{"好", true});
    EXPECT_EQ(wire.received(), std::string("\x59\x7D\0\r\0\n", 6));
}

TEST_F(Conversation, RefusesToQueueWithoutEndForAPeerThatNeverReads) {
    options.max_queue = 1000;
    test::MemoryWire narrow(16);
    wires = {&narrow};
    call(narrow);
    for (int i = 0; i < 100; ++i) command(model::SendBytes{std::vector<std::uint8_t>(100)});
    ASSERT_FALSE(all<model::Fault>().empty());
    EXPECT_EQ(all<model::Fault>()[0].reason, Reason::limit);
    EXPECT_LE(shard().find(SessionId{1})->queued(), 1000U);
}

TEST_F(Conversation, SendsToAllOrToNobody) {
    test::MemoryWire second;
    wires.push_back(&second);
    const SessionId first = call(wire);
    call(second);
    command(model::SetEncoding{std::nullopt, "gbk"}, first);
    shard().carry_out({.all = true, .ref = "a", .body = model::SendText{"\U0001F600"}});
    settle();
    EXPECT_EQ(second.received(), "");
    shard().carry_out({.all = true, .ref = "b", .body = model::SendText{"你"}});
    settle();
    EXPECT_EQ(wire.received(), "\xC4\xE3");
    EXPECT_EQ(second.received(), "你");
    command(model::SendText{"to whom?"});
    EXPECT_EQ(all<model::Fault>().back().reason, Reason::usage);
}

TEST_F(Conversation, TakesMessagesNoFasterThanTheirRateAndLosesNone) {
    options.frame = "line";
    options.message_rate = {2, std::chrono::seconds(1)};
    call(wire);
    wire.send("1\n2\n3\n4\n5\n6\n");
    settle();
    EXPECT_EQ(texts(), "[1][2]");
    for (int i = 0; i < 30; ++i) wait(Millis(100)), settle();
    EXPECT_EQ(texts(), "[1][2][3][4][5][6]");
}

TEST_F(Conversation, ReadsBytesNoFasterThanTheirRateAndLosesNone) {
    options.byte_rate = {1000, std::chrono::seconds(1)};
    call(wire);
    wire.send(std::string(5000, 'b'));
    settle();
    EXPECT_EQ(bytes().size(), 1000U);
    for (int i = 0; i < 45; ++i) wait(Millis(100)), settle();
    EXPECT_EQ(bytes(), std::string(5000, 'b'));
}

TEST_F(Conversation, ClosesWithoutWaitingForItsPace) {
    options.frame = "line";
    options.message_rate = {1, std::chrono::hours(1)};
    const SessionId id = call(wire);
    wire.send("1\n2\n3\n");
    settle();
    EXPECT_EQ(texts(), "[1]");
    command(model::Close{}, id);
    wire.end();
    settle();
    EXPECT_EQ(all<model::Closed>().size(), 1U);
}

// He was held up with several messages unread when he was lost, and the answer to one of them is to close.
TEST_F(Conversation, ReadsWhatOneWhoIsLostHadSaidOnceAlsoWhereItIsAnsweredByAClose) {
    struct Closing final : Responder {
        void opened(Session&) override {}
        void message(Session& session, const Received& received) override {
            heard += as_chars(received.bytes);
            as_chars(received.bytes) == "quit\n" ? session.close(Reason::closed, "") : session.pause_reading();
        }
        void half_closed(Session&) override {}
        void closed(Session&) override {}
        std::string heard;
    } closing;
    responder = &closing;
    options.frame = "line";
    call(wire);
    wire.send("1\nquit\n" + std::string(5000, 'x') + "\n");
    settle();
    EXPECT_EQ(closing.heard, "1\n");
    wire.reset();
    settle();
    EXPECT_EQ(closing.heard, "1\nquit\n" + std::string(5000, 'x') + "\n");
    EXPECT_EQ(all<model::Closed>().size(), 1U);
    drop_shard();
}

// Whatever the cuts, short reads and writes and refusals to go on: every byte arrives once and in order.
TEST_F(Conversation, KeepsEveryByteUnderAnyFaults) {
    options.frame = "delim:0d0a";
    for (unsigned seed = 1; seed < 60; ++seed) {
        std::srand(seed);
        sink.events.clear();
        test::MemoryWire each(64);
        wires = {&each};
        call(each);
        std::string said, heard;
        for (int step = 0; step < 200; ++step) {
            each.read_at_most(1 + static_cast<std::size_t>(std::rand()) % 9);
            each.write_at_most(1 + static_cast<std::size_t>(std::rand()) % 9);
            if (std::rand() % 5 == 0) each.block_reads(std::rand() % 3);
            if (std::rand() % 5 == 0) each.block_writes(std::rand() % 3);
            const std::string piece(static_cast<std::size_t>(std::rand()) % 20, std::rand() % 3 ? 'a' : '\r');
            each.send(piece + (std::rand() % 2 ? "\r\n" : ""));
            said += "s" + std::to_string(step);
            shard().carry_out({.all = true, .body = model::SendText{"s" + std::to_string(step)}});
            settle();
            heard += each.received();
        }
        each.end();
        for (int i = 0; i < 100 && heard.size() < said.size(); ++i) {
            settle();
            heard += each.received();
        }
        command(model::HalfClose{});
        EXPECT_EQ(heard, said);
        ASSERT_EQ(all<model::Closed>().size(), 1U) << seed;
        EXPECT_EQ(all<model::Closed>()[0].received, bytes().size());
    }
}

}  // namespace
}  // namespace earshot::talk
