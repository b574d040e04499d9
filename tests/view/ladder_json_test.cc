// docs/json.md is held to what is written of a ladder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/view/ladder_rows.h"
#include "view/ladder/json_rows.h"

namespace earshot::view {
namespace {

using testing::HasSubstr;

std::string section() {
    std::ifstream file(EARSHOT_SOURCE_DIR "/docs/json.md");
    std::stringstream text;
    text << file.rdbuf();
    const std::string all = text.str();
    const std::size_t from = all.find("### `ladder`\n");
    EXPECT_NE(from, std::string::npos);
    return all.substr(from, all.find("\n### ", from) - from);
}

// Rows that have every field there is.
std::vector<Row> all_fields() {
    RowBuilder full = client("PSH,ACK").seq(1).ack(1).payload("a").mark(Remark::retransmission, 1).after(1);
    full.client_state(seen(State::established)).server_state(inferred(State::established));
    full.segment().arrived_at = full.segment().sent_at = kStart;
    full.segment().number = 4;
    full.segment().options = {1460, 7, true, {{1, 2}}, Timestamps{1, 2}};
    NoteRow account{NoteRow::Kind::account, 1, Account{}};
    return {full, fold({1, 2, 3}, {4, 5, 6}), RowBuilder(account)};
}

void expect_named(const boost::json::value& value, const std::string& text) {
    if (value.is_array()) {
        for (const auto& item : value.get_array()) expect_named(item, text);
    }
    if (!value.is_object()) return;
    for (const auto& [name, inner] : value.get_object()) {
        const bool common = name == "event" || name == "id";
        EXPECT_THAT(text, HasSubstr(common ? "" : "`" + std::string(name) + "`"));
        expect_named(inner, text);
    }
}

boost::json::value parsed(const std::string& line) {
    return boost::json::parse(boost::json::string_view(line.data(), line.size()));
}

TEST(JsonDocument, NamesEveryFieldOfALadder) {
    const std::string text = section();
    JsonRows rows(LadderLook{.id = 1});
    expect_named(parsed(rows.begin(sample_heading())), text);
    for (const Row& row : all_fields()) expect_named(parsed(rows.row(row)), text);
}

TEST(JsonDocument, NamesEveryMarkNoteAndFlagOfALadder) {
    const std::string text = section();
    JsonRows rows({});
    for (unsigned remark = 0; remark <= static_cast<unsigned>(Remark::unexpected); ++remark) {
        const auto row = parsed(rows.row(client("ACK").mark(static_cast<Remark>(remark))));
        const auto& mark = row.at("marks").at(0).at("mark").get_string();
        EXPECT_THAT(text, HasSubstr("`" + std::string(mark) + "`"));
    }
    for (unsigned kind = 0; kind <= static_cast<unsigned>(NoteRow::Kind::account); ++kind) {
        const auto row = parsed(rows.row(note(static_cast<NoteRow::Kind>(kind))));
        EXPECT_THAT(text, HasSubstr("`" + std::string(row.at("note").get_string()) + "`"));
    }
    RowBuilder every = client("ACK");
    every.segment().flags = 0xff;
    const auto row = parsed(rows.row(every));
    EXPECT_EQ(row.at("flags").get_array().size(), 8U);
    for (const auto& flag : row.at("flags").get_array()) {
        EXPECT_THAT(text, HasSubstr("`" + std::string(flag.get_string()) + "`"));
    }
}

TEST(JsonDocument, ShowsALadderAsItIsWritten) {
    LadderLook look{.id = 1};
    look.encodings = {text::find_encoding("gbk"), text::find_encoding("gbk")};
    JsonRows rows(look);
    std::set<std::string> written{rows.begin(sample_heading())};
    WallTime time = kStart;
    for (Row row : sample_rows()) {
        row.time = time += row.delta.value_or(std::chrono::nanoseconds(0));
        if (auto* it = std::get_if<SegmentRow>(&row.body)) {
            it->segment.sent_at = time;
            it->segment.window = 502;
        }
        written.insert(rows.row(row));
    }
    std::istringstream lines(section());
    std::size_t shown = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with('{')) continue;
        EXPECT_TRUE(written.contains(line + "\n")) << line << "\nis none of\n" << testing::PrintToString(written);
        ++shown;
    }
    EXPECT_GE(shown, 4U);
}

}  // namespace
}  // namespace earshot::view
