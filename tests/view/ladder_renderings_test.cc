#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>

#include "tests/view/ladder_rows.h"
#include "tests/view/xml_check.h"
#include "view/ladder/renderings.h"

namespace earshot::view {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string written(const char* name, const std::vector<Row>& rows, const LadderLook& look = {},
                    const Heading& heading = sample_heading()) {
    const auto rendering = find_rendering(name)->make(look);
    std::string out = rendering->begin(heading);
    for (const Row& row : rows) out += rendering->row(row);
    return out + rendering->end();
}

LadderLook gbk_look() {
    LadderLook look;
    look.encodings = {text::find_encoding("gbk"), text::find_encoding("gbk")};
    return look;
}

const std::string kHostile =
    std::string("</title><script>\"&'\0\x1b[2J", 24) + "\xff\xef\xbf\xbf\xe2\x80\xae]]>;#35;%%\n";

std::vector<Row> hostile_rows() {
    return {client("PSH,ACK").seq(1).ack(1).payload(kHostile),
            server("PSH,ACK").seq(1).ack(1).payload(kHostile).mark(Remark::retransmission, 1)};
}

class EveryRendering : public testing::TestWithParam<RenderingKind> {};

TEST_P(EveryRendering, IsFoundByNameAndSuffix) {
    EXPECT_EQ(find_rendering(GetParam().name)->make, GetParam().make);
    EXPECT_EQ(rendering_of_file(std::string("a.b/ladder") + GetParam().suffix)->make, GetParam().make);
}

TEST_P(EveryRendering, IsTheSameEveryTime) {
    EXPECT_EQ(written(GetParam().name, sample_rows()), written(GetParam().name, sample_rows()));
}

TEST_P(EveryRendering, ShowsTheDecodedPayload) {
    EXPECT_THAT(written(GetParam().name, sample_rows(), gbk_look()), HasSubstr("你好"));
    LadderLook bytes;
    bytes.encodings = {nullptr, nullptr};
    EXPECT_THAT(written(GetParam().name, sample_rows(), bytes), Not(HasSubstr("你好")));
}

TEST_P(EveryRendering, DecodesAnewOnceTold) {
    const auto rendering = GetParam().make({});
    std::string before = rendering->begin(sample_heading());
    before += rendering->row(sample_rows()[4]);
    rendering->decode_as(End::client, text::find_encoding("gbk"));
    std::string after = rendering->row(sample_rows()[4]);
    after += rendering->end();
    EXPECT_THAT(before, Not(HasSubstr("你好")));
    EXPECT_THAT(after, HasSubstr("你好"));
}

TEST_P(EveryRendering, LetsNothingOfAPeersThrough) {
    const Heading heading{"\x1b]0;x\a", "<&>", End::server, Source::file, kHostile};
    const std::string out = written(GetParam().name, hostile_rows(), {}, heading);
    EXPECT_EQ(out.find_first_of(std::string_view("\0\x1b\a\r", 4)), std::string::npos);
    EXPECT_THAT(out, Not(HasSubstr("\u202e")));
    if (std::string_view(GetParam().name) == "svg") {
        EXPECT_THAT(out, Not(HasSubstr("<script")));
    }
}

TEST_P(EveryRendering, SaysWhereALadderBeginsInTheMiddleAndNowhereElse) {
    std::vector<Row> rows = sample_rows();
    const std::string_view name = GetParam().name;
    const std::string said = name == "json" ? "begins-in-the-middle" : "begins here: the past was not seen";
    EXPECT_THAT(written(GetParam().name, rows), Not(HasSubstr(said)));
    rows.front() = note(NoteRow::Kind::begins_in_the_middle).client_state(seen(State::established));
    EXPECT_THAT(written(GetParam().name, rows), HasSubstr(said));
}

INSTANTIATE_TEST_SUITE_P(Table, EveryRendering, testing::ValuesIn(renderings().begin(), renderings().end()),
                         [](const auto& about) { return std::string(about.param.name); });

TEST(Renderings, KnowNoOthers) {
    EXPECT_EQ(find_rendering("pdf"), nullptr);
    EXPECT_EQ(rendering_of_file("svg"), nullptr);
}

// SVG

TEST(SvgLadder, IsWellFormedWhateverIsSaid) {
    EXPECT_EQ(XmlCheck::problem_of(written("svg", sample_rows())), "");
    LadderLook look;
    look.explain = true;
    look.label = "<&\"";
    const Heading heading{"<a>", "\x1b", {}, Source::file, kHostile};
    EXPECT_EQ(XmlCheck::problem_of(written("svg", hostile_rows(), look, heading)), "");
    EXPECT_EQ(XmlCheck::problem_of(written("svg", {})), "");
    EXPECT_NE(XmlCheck::problem_of("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b></a>"), "") << "it can tell";
}

// The paths of arrows: "M250 126 L730 126".
std::vector<std::string> paths(const std::string& svg) {
    std::vector<std::string> found;
    std::istringstream lines(svg);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t at = line.find(" d=\"M");
        if (line.starts_with("<path class=\"arrow") && at != std::string::npos) {
            found.push_back(line.substr(at + 4, line.find('"', at + 4) - at - 4));
        }
    }
    return found;
}

std::pair<int, int> heights(const std::string& path) {
    int x = 0, from = 0, to = 0;
    std::istringstream in(path.substr(1));
    in >> x >> from;
    in.ignore(2, 'L');
    in >> x >> to;
    return {from, to};
}

RowBuilder travelled(RowBuilder row, double sent_ms, double arrived_ms) {
    const auto at = [](double ms) { return kStart + std::chrono::microseconds(std::llround(ms * 1000)); };
    row.segment().sent_at = at(sent_ms);
    row.segment().arrived_at = at(arrived_ms);
    return row.at(at(sent_ms));
}

TEST(SvgLadder, SlantsOnlyWhatWasCapturedAtBothEnds) {
    RowBuilder one_end = client("ACK");
    one_end.segment().sent_at = kStart;
    const auto drawn = paths(written("svg", {travelled(client("SYN"), 0, 10), one_end, client("ACK").dotted()}));
    ASSERT_EQ(drawn.size(), 3U);
    EXPECT_LT(heights(drawn[0]).first, heights(drawn[0]).second);
    EXPECT_EQ(heights(drawn[1]).first, heights(drawn[1]).second);
    EXPECT_EQ(heights(drawn[2]).first, heights(drawn[2]).second);
}

TEST(SvgLadder, CrossesArrowsThatCrossedOnTheWay) {
    const auto drawn = paths(written("svg", {travelled(client("FIN,ACK"), 0, 20), travelled(server("FIN,ACK"), 5, 25),
                                             travelled(client("ACK"), 25, 45), travelled(server("ACK"), 26, 46)}));
    ASSERT_EQ(drawn.size(), 4U);
    const auto [first_sent, first_arrived] = heights(drawn[0]);
    const auto [second_sent, second_arrived] = heights(drawn[1]);
    EXPECT_LT(second_sent, first_arrived);
    EXPECT_LT(first_arrived, second_arrived);
    EXPECT_EQ(second_arrived, heights(drawn[2]).first) << "what answers begins where the question arrived";
}

TEST(SvgLadder, TellsEverythingOfASegmentInItsTitle) {
    RowBuilder row = client("PSH,ACK").seq(1).ack(1).payload("<b>").window(64128).mark(Remark::keepalive);
    row.segment().number = 7;
    row.segment().window = 501;
    row.segment().sent_at = kStart;
    row.segment().options.timestamps = Timestamps{11, 22};
    const std::string svg = written("svg", {row});
    for (const char* part : {"PSH,ACK", "packet 7", "sent 2026-05-01T12:00:00.123456789Z", "seq 1 (4000000001)",
                             "ack 1 (1001)", "window 64128 (501)", "ts 11 22", "keepalive", "3 B utf-8: &lt;b&gt;"}) {
        EXPECT_THAT(svg, HasSubstr(part));
    }
    const auto count = [&](std::string_view text) {
        std::size_t n = 0;
        for (std::size_t at = svg.find(text); at != std::string::npos; at = svg.find(text, at + 1)) ++n;
        return n;
    };
    EXPECT_EQ(count("<title>"), 1 + paths(svg).size());
}

TEST(SvgLadder, TellsSeenFromInferred) {
    EXPECT_THAT(written("svg", {client("SYN").dotted()}), HasSubstr("class=\"arrow inferred\""));
    EXPECT_THAT(written("svg", {client("SYN")}), Not(HasSubstr("class=\"arrow inferred\"")));
}

// Mermaid

TEST(MermaidLadder, DrawsTheSample) {
    const std::string drawn = written("mermaid", sample_rows(), gbk_look());
    EXPECT_THAT(drawn, testing::StartsWith("sequenceDiagram\n    participant C as client#42; 192.168.1.20:51822\n"
                                           "    participant S as server 10.0.0.7:9000\n"
                                           "    Note over C,S: seen: packets (eth0)\n"
                                           "    Note left of C: CLOSED\n    Note right of S: (LISTEN)\n"
                                           "    C->>S: SYN s=0 mss=1460  (0.000 ms)\n"));
    EXPECT_THAT(drawn, HasSubstr("    C->>S: PSH s=1 a=1 6B  你好#92;r#92;n  (+812.0 ms)\n"));
    EXPECT_THAT(drawn, HasSubstr("    Note over C,S: ... 39 segments, 56,940 B #60;- ...\n"));
    EXPECT_THAT(written("mermaid", {server("RST").dotted()}), HasSubstr("    S-->>C: RST"));
}

TEST(MermaidLadder, EndsNoStatementWithinAPayload) {
    std::istringstream lines(written("mermaid", hostile_rows()));
    lines.ignore(100, '\n');
    for (std::string line; std::getline(lines, line);) {
        EXPECT_THAT(line, testing::StartsWith("    "));
        for (std::size_t at = line.find(';'); at != std::string::npos; at = line.find(';', at + 1)) {
            const std::size_t hash = line.rfind('#', at);
            ASSERT_NE(hash, std::string::npos) << line;
            EXPECT_EQ(line.find_first_not_of("0123456789", hash + 1), at) << line;
        }
        EXPECT_EQ(line.find_first_of("<&%\""), std::string::npos) << line;
    }
}

// JSON

boost::json::object parsed(const Row& row, const LadderLook& look = {}) {
    const std::string line = find_rendering("json")->make(look)->row(row);
    EXPECT_TRUE(line.ends_with('\n') && line.find('\n') == line.size() - 1);
    return boost::json::parse(boost::json::string_view(line.data(), line.size())).get_object();
}

TEST(JsonRows, SayWhatIsNotKnownByLeavingItOut) {
    const auto row = parsed(client("SYN").dotted().unnumbered().at_unknown_time());
    for (const char* name : {"time", "delta_ns", "seq", "ack", "window", "client_state", "bytes", "id", "marks"}) {
        EXPECT_FALSE(row.contains(name)) << name;
    }
    EXPECT_EQ(row.at("sight"), "inferred");
}

TEST(JsonRows, CountSackBlocksAsTheAckDoes) {
    RowBuilder ack = server("ACK").seq(1).ack(101);
    ack.segment().options.sack = {{kClientIsn + 201, kClientIsn + 301}};
    EXPECT_EQ(boost::json::serialize(parsed(ack).at("options").at("sack")), R"([{"left":201,"right":301}])");
}

TEST(JsonRows, GoBackInTime) { EXPECT_EQ(parsed(client("ACK").after(-0.5)).at("delta_ns"), -500'000); }

TEST(JsonRows, CarryBytesThatDoNotDecode) {
    const auto row =
        parsed(client("ACK").payload("\xff"
                                     "a"));
    EXPECT_EQ(row.at("bytes"), "/2E=");
    EXPECT_EQ(row.at("text"), "\ufffda");
    EXPECT_EQ(row.at("errors"), 1);
    LadderLook bytes;
    bytes.encodings = {nullptr, nullptr};
    EXPECT_FALSE(parsed(client("ACK").payload("a"), bytes).contains("text"));
}

}  // namespace
}  // namespace earshot::view
