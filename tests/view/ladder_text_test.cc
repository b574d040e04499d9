#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "tests/view/ladder_rows.h"
#include "text/code_point.h"
#include "text/safe.h"
#include "text/width.h"
#include "view/ladder/text_ladder.h"

namespace earshot::view {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

LadderLook gbk_look() {
    LadderLook look;
    look.encodings = {text::find_encoding("gbk"), text::find_encoding("gbk")};
    return look;
}

// What is between the bars of a row that is not the first.
std::string drawn(const Row& row, LadderLook look = {}) {
    TextLadder ladder(look);
    ladder.lines(note(NoteRow::Kind::listening));
    std::string all;
    for (const std::string& line : ladder.lines(row)) all += line + "\n";
    return all;
}
std::string arrow_of(const Row& row, LadderLook look = {}) {
    const std::string line = drawn(row, look);
    const std::size_t from = line.find('|'), to = line.rfind('|');
    return line.substr(from + 1, to - from - 1);
}
std::string delta_of(const Row& row) { return drawn(row).substr(0, 8); }

TEST(TextLadder, DrawsTheSampleOfTheInterface) {
    LadderLook look = gbk_look();
    look.label = "c3";
    TextLadder ladder(look);
    std::string drawn = ladder.begin(sample_heading());
    for (const Row& row : sample_rows()) drawn += ladder.row(row);
    drawn += ladder.end();
    EXPECT_EQ("\n" + drawn, R"(
c3  client* 192.168.1.20:51822   server 10.0.0.7:9000     seen: packets (eth0)
      ms       CLOSED |                                     | (LISTEN)
   0.000     SYN-SENT |- SYN s=0 mss=1460 ----------------->| (SYN-RECEIVED)
 +31.204  ESTABLISHED |<--------- SYN,ACK s=0 a=1 mss=1400 -|
  +0.041              |- ACK s=1 a=1 ---------------------->| (ESTABLISHED)
  +812.0              |- PSH s=1 a=1 6B 你好\r\n ---------->| GBK
  +204.3              |- PSH s=1 a=1 6B  rexmit 1 ------->>>|
   +31.9              |<---------------------- ACK s=1 a=7 -|
   +40.0              |   ... 39 segments, 56,940 B <- ...  |
    +1.2   CLOSE-WAIT |<-------------- FIN,ACK s=56941 a=7 -| (FIN-WAIT-1)
    +0.1              |- ACK s=7 a=56942 ------------------>| (FIN-WAIT-2)
   +2400     LAST-ACK |- FIN,ACK s=7 a=56942 -------------->| (TIME-WAIT)
   +31.0       CLOSED |<------------------ ACK s=56942 a=8 -|
)");
}

TEST(TextLadder, StandsAddressesThatNeedRoomOnLinesOfTheirOwn) {
    LadderLook look;
    look.label = "c12";
    const TextLadder ladder(look);
    const Heading heading{"[2001:db8:1:2:3:4:5:6]:51822", "[2001:db8:ffff::1]:9000", End::server, Source::kernel, ""};
    EXPECT_THAT(ladder.head(heading),
                testing::ElementsAre("c12  client [2001:db8:1:2:3:4:5:6]:51822", "     server* [2001:db8:ffff::1]:9000",
                                     "     seen: kernel"));
    EXPECT_THAT(TextLadder({}).head({}), testing::ElementsAre("client ?   server ?     seen: kernel"));
    const Heading hostile{"a", "b", {}, Source::file, "\x1b[2J" + std::string(100, 'x')};
    for (const std::string& line : ladder.head(hostile)) {
        EXPECT_LE(text::text_width(line), 80);
        EXPECT_THAT(line, Not(HasSubstr("\x1b")));
    }
}

TEST(TextLadder, NamesTheUnitOfTimeWhereNoListenerWasSeen) {
    TextLadder ladder({});
    EXPECT_THAT(ladder.lines(client("ACK").seq(1).ack(1)),
                testing::ElementsAre("      ms              |                                     |",
                                     "   0.000              |- ACK s=1 a=1 ---------------------->|"));
    EXPECT_EQ(ladder.lines(client("ACK").seq(1).ack(1)).size(), 1U);
}

TEST(TextLadder, WritesTimesInAtMostEightColumns) {
    EXPECT_EQ(delta_of(client("ACK").after(0.0004)), "  +0.000");
    EXPECT_EQ(delta_of(client("ACK").after(0.0006)), "  +0.001");
    EXPECT_EQ(delta_of(client("ACK").after(812.0435)), "+812.044");
    EXPECT_EQ(delta_of(client("ACK").after(1.25)), "  +1.250");
    EXPECT_EQ(delta_of(client("ACK").after(20)), "   +20.0");
    EXPECT_EQ(delta_of(client("ACK").after(100.1)), "  +100.1");
    EXPECT_EQ(delta_of(client("ACK").after(999.9996)), "   +1000");
    EXPECT_EQ(delta_of(client("ACK").after(9'999'999)), "+9999999");
    EXPECT_EQ(delta_of(client("ACK").after(10'800'000)), " +10800s");
    EXPECT_EQ(delta_of(client("ACK").after(-0.5)), "    -0.5") << "a capture that is out of order";
    EXPECT_EQ(delta_of(client("ACK").at_unknown_time()), "       ?");
    Row ages = client("ACK");
    ages.delta = std::chrono::nanoseconds::min();
    EXPECT_EQ(delta_of(ages), "-106752d");
}

TEST(TextLadder, DotsWhatIsInferred) {
    EXPECT_EQ(arrow_of(client("SYN").dotted()), ". SYN s=0 ..........................>");
    EXPECT_EQ(arrow_of(server("SYN,ACK").dotted().unnumbered()), "<.......................... SYN,ACK .");
    EXPECT_THAT(arrow_of(client("SYN").dotted().mark(Remark::retransmission, 2)),
                EndsWith("  rexmit 2 ..............>>>"));
    for (const Remark remark : {Remark::zero_window, Remark::keepalive, Remark::window_update}) {
        EXPECT_THAT(arrow_of(client("ACK").dotted().mark(remark)), Not(HasSubstr("-")));
    }
}

TEST(TextLadder, PointsARetransmissionToItsSide) {
    EXPECT_EQ(arrow_of(server("ACK").seq(1).ack(7).payload("hello").mark(Remark::fast_retransmission, 1)),
              "<<<-- ACK s=1 a=7 5B  fast rexmit 1 -");
}

TEST(TextLadder, GivesOptionsAsRoomAllows) {
    RowBuilder syn = client("SYN").mss(65495);
    syn.segment().options.window_scale = 7;
    syn.segment().options.sack_permitted = true;
    syn.segment().options.timestamps = Timestamps{1, 0};
    EXPECT_EQ(arrow_of(syn), "- SYN s=0 mss=65495 ws=7 sack ts --->");
    LadderLook wide;
    wide.width = 100;
    EXPECT_THAT(arrow_of(syn, wide), StartsWith("- SYN s=0 mss=65495 ws=7 sack ts -------"));
    syn.segment().flags |= kAck | kEce | kCwr;
    EXPECT_EQ(arrow_of(syn), "- SYN,ACK,ECE,CWR s=0 a=0 ---------->");
}

TEST(TextLadder, CountsSackBlocksAsTheAckDoes) {
    RowBuilder ack = server("ACK").seq(1).ack(101).mark(Remark::duplicate_ack, 2);
    ack.segment().options.sack = {{kClientIsn + 201, kClientIsn + 301}};
    LadderLook wide;
    wide.width = 100;
    EXPECT_THAT(arrow_of(ack, wide), EndsWith(" ACK s=1 a=101 sack=201-301  dup ack 2 -"));
    EXPECT_THAT(arrow_of(ack), EndsWith(" ACK s=1 a=101  dup ack 2 -"));
}

TEST(TextLadder, KeepsTheMarkAndTheTellingNumberWhereNumbersAreLong) {
    const std::string data =
        arrow_of(client("ACK").seq(1'234'567'890).ack(4'000'000'001).length(1460).mark(Remark::retransmission, 1));
    EXPECT_EQ(data, "- ACK s=1234567890  rexmit 1 ----->>>");
    EXPECT_EQ(arrow_of(server("ACK").seq(1'234'567'890).ack(4'000'000'001).mark(Remark::duplicate_ack, 11)),
              "<----- ACK a=4000000001  dup ack 11 -");
}

TEST(TextLadder, ShowsTheWindowWhereItIsZeroOrAskedFor) {
    EXPECT_THAT(arrow_of(server("ACK").window(0)), HasSubstr(" win=0 "));
    EXPECT_THAT(arrow_of(server("ACK").window(0).mark(Remark::zero_window)), EndsWith("a=0  zero window -"));
    EXPECT_THAT(arrow_of(server("RST,ACK").window(0)), Not(HasSubstr("win")));
    LadderLook look;
    look.windows = true;
    EXPECT_THAT(arrow_of(server("ACK").window(501 * 128), look), HasSubstr(" win=64128 "));
    EXPECT_THAT(arrow_of(server("ACK").window(9).mark(Remark::window_update)), EndsWith(" win=9  window update -"));
}

TEST(TextLadder, DrawsBothHalvesOfAFoldAndTheSourceOfIt) {
    EXPECT_THAT(drawn(fold({1, 5, 0}, {2, 1'234'567'890, 9}).after(1)),
                "    +1.0              |      ... 1 segment, 5 B -> ...      |\n"
                "                      |    ... 2 segments, 1.1 GiB <- ...   |\n");
    EXPECT_EQ(arrow_of(fold({0, 0, 0}, {0, 0, 3})), "          ... 3 ACKs <- ...          ");
    Row inferred = fold({0, 700, 0}, {});
    std::get<FoldRow>(inferred.body).sight = Sight::inferred;
    EXPECT_EQ(arrow_of(inferred), "          ... (700 B) -> ...         ");
}

TEST(TextLadder, DrawsItsEnds) {
    EXPECT_EQ(drawn(note(NoteRow::Kind::time_wait_over, 60).client_state(inferred(State::closed)).after(60'000)),
              "  +60000     (CLOSED) |       TIME-WAIT is over (60 s)      |\n");
    EXPECT_EQ(drawn(note(NoteRow::Kind::still_in_time_wait).after(0)),
              "  +0.000              |     still in TIME-WAIT, leaving     |\n");
    EXPECT_EQ(arrow_of(note(NoteRow::Kind::capture_dropped, 1234)), "   1,234 packets were not captured   ");
    EXPECT_EQ(arrow_of(note(NoteRow::Kind::gave_up, 7)), "  no answer: given up after 7 tries  ");
}

TEST(TextLadder, SaysInItsFirstLineThatItBeganInTheMiddle) {
    const Row found = note(NoteRow::Kind::begins_in_the_middle)
                          .client_state(seen(State::established))
                          .server_state(inferred(State::established));
    const auto all = [](const std::vector<std::string>& lines) { return testing::PrintToString(lines); };
    TextLadder ladder{LadderLook{}};
    EXPECT_EQ(all(ladder.lines(found)),
              all({"      ms  ESTABLISHED |  begins here: the past was not seen | (ESTABLISHED)"}));
    EXPECT_EQ(ladder.lines(client("ACK").seq(1).ack(1)).size(), 1U) << "the unit stands above already";
    LadderLook explained;
    explained.explain = true;
    const auto lines = TextLadder(explained).lines(found);
    ASSERT_EQ(lines.size(), 2U) << all(lines);
    EXPECT_THAT(lines[1], HasSubstr("|  we are talking already  "));
    EXPECT_EQ(TextLadder(explained).lines(note(NoteRow::Kind::begins_in_the_middle)).size(), 1U)
        << "of a capture nobody knows whether they were";
    EXPECT_EQ(drawn(note(NoteRow::Kind::begins_in_the_middle).at_unknown_time()),
              "                      |  begins here: the past was not seen |\n")
        << "after packets that were dropped";
}

TEST(TextLadder, LeavesRoomForTheLongestStateInBrackets) {
    EXPECT_THAT(drawn(server("SYN").client_state(inferred(State::syn_received)).after(31.204)),
                StartsWith(" +31.204(SYN-RECEIVED)|<--"));
    EXPECT_THAT(drawn(server("SYN").client_state(inferred(State::established)).after(31.204)),
                StartsWith(" +31.204 (ESTABLISHED)|<--"));
}

TEST(TextLadder, DecodesACharacterThatASegmentCut) {
    TextLadder ladder(gbk_look());
    ladder.lines(note(NoteRow::Kind::listening));
    const auto line = [&](const Row& row) { return ladder.lines(row).at(0); };
    EXPECT_THAT(line(client("PSH,ACK").seq(1).ack(1).payload("a\xc4")), HasSubstr(" 2B a --"));
    EXPECT_THAT(line(client("PSH,ACK").seq(3).ack(1).payload("\xe3"
                                                             "b")),
                HasSubstr(" 2B 你b --"));
    EXPECT_THAT(line(client("PSH,ACK").seq(5).ack(1).payload("\xc4")), HasSubstr(" 1B --"));
    EXPECT_THAT(line(client("PSH,ACK").seq(99).ack(1).payload("\xe3!")), HasSubstr(" 2B \\xe3! --"))
        << "something is missing before it";
}

TEST(TextLadder, BeginsAnewAfterAFoldAndAfterWhatWasNotCapturedWhole) {
    TextLadder ladder(gbk_look());
    const auto line = [&](const Row& row) { return ladder.lines(row).back(); };
    line(client("PSH,ACK").seq(1).payload("\xc4"));
    ladder.lines(fold({1, 1, 0}, {}));
    EXPECT_THAT(line(client("PSH,ACK").seq(2).payload("\xc4\xe3")), HasSubstr(" 2B 你 --"));
    line(server("PSH,ACK").seq(1).payload("\xc4").length(3));
    EXPECT_THAT(line(server("PSH,ACK").seq(4).payload("\xc4\xe3")), HasSubstr(" 2B 你 -|"));
    line(client("PSH,ACK").seq(4).payload("\xc4"));
    line(client("PSH,ACK").seq(2).payload("\xc4\xe3").mark(Remark::retransmission, 1));
    EXPECT_THAT(line(client("PSH,ACK").seq(5).payload("\xe3")), HasSubstr(" 1B 你 --"))
        << "said before changes nothing";
}

TEST(TextLadder, NamesTheEncodingOnlyWhereItMattered) {
    EXPECT_THAT(drawn(client("PSH,ACK").payload("hello"), gbk_look()), Not(HasSubstr("GBK")));
    EXPECT_THAT(drawn(client("PSH,ACK").payload("\xff"), {}), HasSubstr(" 1B \\xff --"));
    EXPECT_THAT(drawn(client("PSH,ACK").payload("\xff"), {}), Not(HasSubstr("UTF")));
    EXPECT_THAT(drawn(client("PSH,ACK").payload("\xc4\xe3").server_state(inferred(State::established)), gbk_look()),
                EndsWith("| (ESTABLISHED) GBK\n"));
}

TEST(TextLadder, ShowsBytesAsHex) {
    LadderLook look;
    look.encodings = {nullptr, nullptr};
    EXPECT_THAT(drawn(client("PSH,ACK").seq(1).payload(std::string("\0\xff", 2)), look), HasSubstr(" 2B 00 ff --"));
}

TEST(TextLadder, TellsItsEscapesFromTheSendersOwn) {
    EXPECT_THAT(arrow_of(client("PSH,ACK").payload("a\n")), HasSubstr(" 2B a\\n --"));
    EXPECT_THAT(arrow_of(client("PSH,ACK").payload("a\\n")), HasSubstr(" 3B a\\\\n --"));
    EXPECT_THAT(arrow_of(client("PSH,ACK").payload("\\\r\t\x1b")), HasSubstr(" 4B \\\\\\r\\t\\x1b --"));
}

TEST(TextLadder, CutsNoCodeInTwo) {
    EXPECT_THAT(arrow_of(client("PSH,ACK").payload("1234567890\xff\xff")), HasSubstr(" 12B 1234567890\\xff.. ->"));
    EXPECT_THAT(arrow_of(client("PSH,ACK").payload("12345678901\xff\xff")), HasSubstr(" 13B 12345678901.. ---->"));
    LadderLook look;
    look.encodings = {nullptr, nullptr};
    EXPECT_THAT(arrow_of(client("PSH,ACK").payload("abcdefgh"), look), HasSubstr(" 8B 61 62 63 64 65.. -->"));
}

TEST(TextLadder, UsesBoxDrawingWhereTheCallerMeasuredIt) {
    LadderLook look;
    look.box = true;
    EXPECT_THAT(drawn(client("ACK"), look), HasSubstr("│─ ACK s=0 a=0 ────"));
    EXPECT_THAT(drawn(server("ACK").dotted(), look), HasSubstr("┄ ACK s=0 a=0 ┄│"));
}

TEST(TextLadder, SpeaksUnderTheArrowOnTheSpeakersSide) {
    LadderLook look;
    look.explain = true;
    EXPECT_THAT(drawn(client("SYN")), Not(HasSubstr("hear")));
    EXPECT_THAT(drawn(client("SYN"), look),
                EndsWith("|\n                      |  can you hear me?                   |\n"));
    EXPECT_THAT(drawn(server("SYN,ACK").ack(1), look),
                EndsWith("|\n                      |       I hear you; can you hear me?  |\n"));
    EXPECT_THAT(
        drawn(server("ACK").ack(8).server_state(inferred(State::time_wait)).client_state(seen(State::closed)), look),
        EndsWith("                      |           I heard you too: goodbye  |\n"
                 "                      |      I'll wait a while, in case my  |\n"
                 "                      |                 last word got lost  |\n"));
}

// Payloads that are wide, combine, look like emoji or want to steer the terminal.
std::string hostile_payload(std::mt19937& random) {
    const std::vector<std::string> pieces{"你好",
                                          "한",
                                          "e\u0301",
                                          "\u0301\u0302\u0303",
                                          "👨‍👩‍👧",
                                          "🇩🇪",
                                          "☂️",
                                          "\x1b[2J",
                                          "\u202e",
                                          std::string(1, '\0'),
                                          "\xff\xc4",
                                          "\\n",
                                          "\\x1b",
                                          "|",
                                          "->",
                                          "\r\n",
                                          "\u200d",
                                          "ﷺ",
                                          "a",
                                          " ",
                                          "\u00ad",
                                          "\U000e0041",
                                          "ก็็็็็",
                                          "\u1100\u1161"};
    std::string payload;
    for (auto n = random() % 30; n > 0; --n) payload += pieces[random() % pieces.size()];
    return payload;
}

// Of any number of digits.
std::uint32_t any_number(std::mt19937& random) { return static_cast<std::uint32_t>(random() >> (random() % 32)); }

void expect_safe(std::string_view line) {
    for (std::size_t at = 0; at < line.size();) {
        const text::CodePoint point = text::code_point_at(line, at);
        ASSERT_TRUE(point.valid && !text::is_unsafe(point.value, false)) << line;
        at += point.size;
    }
}

TEST(TextLadder, FitsWhateverIsSaid) {
    std::mt19937 random(7);
    for (int round = 0; round < 4000; ++round) {
        LadderLook look;
        look.width = static_cast<int>(random() % 3 == 0 ? 80 : 1 + random() % 150);
        look.explain = random() % 2 == 0;
        const auto encodings = text::encodings();
        look.encodings.from_client = random() % 5 == 0 ? nullptr : &encodings[random() % encodings.size()];
        RowBuilder row = (random() % 2 == 0 ? client : server)("ACK");
        row.segment().flags = static_cast<std::uint8_t>(random());
        row.seq(any_number(random)).ack(any_number(random)).payload(hostile_payload(random));
        for (auto n = random() % 3; n > 0; --n) row.mark(static_cast<Remark>(random() % 14), any_number(random));
        if (random() % 3 == 0) row.client_state({static_cast<State>(random() % 11), static_cast<Sight>(random() % 2)});
        if (random() % 3 == 0) row.server_state({static_cast<State>(random() % 11), static_cast<Sight>(random() % 2)});
        if (random() % 3 == 0) row.segment().options.sack = {{1, 2}, {3, 4}};
        TextLadder ladder(look);
        for (int i = 0; i < 2; ++i) {
            for (const std::string& line : ladder.lines(row)) {
                ASSERT_LE(text::text_width(line), look.width) << line;
                expect_safe(line);
                if (look.width < 67) continue;
                // The bars stand where they stand in every row: the arrow is as wide as its field.
                const int field = look.width - 43 < 24 ? 24 : look.width - 43;
                const std::string left(text::cut_to_width(line, 23));
                ASSERT_TRUE(left.ends_with('|')) << line;
                const std::string upto(text::cut_to_width(line, 24 + field));
                ASSERT_TRUE(upto.ends_with('|') && text::text_width(upto) == 24 + field) << line;
            }
        }
    }
}

}  // namespace
}  // namespace earshot::view
