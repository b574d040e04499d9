#include "view/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>
#include <set>

#include "tests/view/json_samples.h"
#include "view/base64.h"

namespace earshot::view {
namespace {

using namespace model;

struct Lines {
    std::vector<std::string> lines;
    JsonView view{[this](std::string_view line) { lines.emplace_back(line); }};

    std::string of(Body body, SessionId id = SessionId{1}, std::string ref = {}) {
        view.take({kNoon, id, std::move(ref), std::move(body)});
        return lines.back();
    }
};

// The line as a strict parser reads it; a line that is not exactly one JSON value and LF fails the test.
boost::json::object parsed(std::string_view line) {
    EXPECT_TRUE(line.ends_with('\n'));
    line.remove_suffix(1);
    EXPECT_EQ(line.find('\n'), line.npos);
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse(boost::json::string_view(line.data(), line.size()), error);
    EXPECT_FALSE(error) << error.message() << ": " << line;
    return value.is_object() ? value.get_object() : boost::json::object();
}

std::string text_of(const boost::json::value& value) { return boost::json::value_to<std::string>(value); }

TEST(JsonView, WritesTheLinesThatScriptsRelyOn) {
    Lines out;
    const std::string time = R"("time":"2026-05-01T12:00:00.123456789Z",)";
    EXPECT_EQ(out.of(Listening{"127.0.0.1", 8888, ""}, SessionId{}), R"({"event":"listening",)" + time +
                                                                         R"("address":"127.0.0.1","port":8888})"
                                                                         "\n");
    EXPECT_EQ(out.of(Opened{"127.0.0.1:40112", "127.0.0.1:8888", {}}),
              R"({"event":"opened",)" + time +
                  R"("id":1,"peer":"127.0.0.1:40112","local":"127.0.0.1:8888"})"
                  "\n");
    EXPECT_EQ(out.of(HalfClosed{Direction::in}), R"({"event":"half-closed",)" + time +
                                                     R"("id":1,"direction":"in"})"
                                                     "\n");
    EXPECT_EQ(out.of(Closed{Reason::closed, "", 12, 4}), R"({"event":"closed",)" + time +
                                                             R"("id":1,"reason":"closed","received":12,"sent":4})"
                                                             "\n");
    EXPECT_EQ(out.of(Stopped{}, SessionId{}), R"({"event":"stopped",)" + time.substr(0, time.size() - 1) + "}\n");
}

TEST(JsonView, GivesTheBytesOfAMessageAndItsTextBesideThem) {
    Lines out;
    Message message;
    message.seq = 1;
    message.bytes = SharedBytes::copy_of(as_bytes("\xc4\xe3\xba\xc3\n"));
    message.payload_size = 4;
    message.text = "你好";
    message.encoding = "gbk";
    const auto fields = parsed(out.of(message));
    EXPECT_EQ(text_of(fields.at("bytes")), "xOO6wwo=");
    EXPECT_EQ(text_of(fields.at("text")), "你好");
    EXPECT_EQ(text_of(fields.at("encoding")), "gbk");
    EXPECT_EQ(fields.at("errors"), 0);
    EXPECT_EQ(fields.at("payload_size"), 4);
    message.encoding = "bytes";
    EXPECT_FALSE(parsed(out.of(message)).contains("text")) << "bytes: no text at all";
}

TEST(JsonView, KeepsSecondsAndNanosecondsApart) {
    std::vector<std::string> times;
    JsonView view([&](std::string_view line) { times.push_back(text_of(parsed(line).at("time"))); });
    using namespace std::chrono;
    for (const nanoseconds since_1970 :
         {nanoseconds(0), nanoseconds(1), nanoseconds(seconds(1)) - nanoseconds(1), nanoseconds(seconds(1)),
          nanoseconds(seconds(951782399)), nanoseconds(seconds(4102444800)), nanoseconds(-1)}) {
        view.take({WallTime(since_1970), {}, {}, Stopped{}});
    }
    EXPECT_THAT(times, testing::ElementsAre("1970-01-01T00:00:00.000000000Z", "1970-01-01T00:00:00.000000001Z",
                                            "1970-01-01T00:00:00.999999999Z", "1970-01-01T00:00:01.000000000Z",
                                            "2000-02-28T23:59:59.000000000Z", "2100-01-01T00:00:00.000000000Z",
                                            "1969-12-31T23:59:59.999999999Z"));
}

TEST(JsonView, SaysNothingOfUnfinishedMessages) {
    Lines out;
    out.view.take({kNoon, SessionId{1}, {}, Unfinished{}});
    EXPECT_TRUE(out.lines.empty());
    EXPECT_FALSE(out.view.wants_unfinished());
    EXPECT_TRUE(out.view.wants_text());
}

// Every text that comes back out of every string field.
void collect_texts(const boost::json::object& object, const std::string& text, int& found) {
    for (const auto& [name, value] : object) {
        if (value.is_object()) collect_texts(value.get_object(), text, found);
        if (value.is_string() && text_of(value) == text) ++found;
    }
}

TEST(JsonView, CarriesHostileTextThroughEveryKindUnchanged) {
    using namespace std::string_literals;
    for (const std::string& text :
         {"plain"s, "\"}\n{\"event\":\"quit\"}"s, "\\"s, "\\\""s, "nul\0in it"s, "\x1b[2J\x07\b\f\r\n\t\v\x7f"s,
          "\u0080\u009b31m\u009f\u00a0"s, "\u202e\u2066\u200e\u061c\u2028"s, "\ufffd"s, "你好 😀 \U0010ffff"s,
          "\u07ff\u0800\ud7ff\ue000\uffff\U00010000"s}) {
        Lines out;
        for (const Event& event : all_kinds_with(text)) out.view.take(event);
        ASSERT_EQ(out.lines.size(), 20U);
        for (const std::string& line : out.lines) {
            int found = 0;
            const auto fields = parsed(line);
            collect_texts(fields, text, found);
            EXPECT_GE(found, 1) << line;
            // A ladder's heading is a row of a file too: it answers nobody.
            const bool is_row = text_of(fields.at("event")) == "ladder";
            EXPECT_TRUE(is_row || text_of(fields.at("ref")) == text) << line;
            if (const auto* bytes = fields.if_contains("bytes"); bytes && bytes->is_string()) {
                EXPECT_EQ(as_chars(*decode_base64(text_of(*bytes))), "<" + text + ">");
            }
        }
    }
}

TEST(JsonView, LetsNothingThroughThatSteersATerminal) {
    Lines out;
    for (int c = 0; c < 0xa0; ++c) {
        std::string text;
        if (c < 0x80)
            text = static_cast<char>(c);
        else
            text = {'\xc2', static_cast<char>(c)};
        const std::string line = out.of(Fault{Reason::failed, text});
        EXPECT_TRUE(std::all_of(line.begin(), line.end() - 1, [](char b) { return b >= ' ' && b <= '~'; })) << c;
    }
    for (const char* text : {"\u202e", "\u2066", "\u200f", "\u061c", "\u2028"}) {
        const std::string line = out.of(Fault{Reason::failed, text});
        EXPECT_EQ(line.find(text), line.npos);
    }
}

TEST(JsonView, WritesValidUtf8WhateverItIsGiven) {
    Lines out;
    std::mt19937 random(3);
    static constexpr std::string_view kBytes =
        "a\"\\\n\x7f\x80\x8f\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xed\xef\xf0\xf4\xf5\xff";
    for (int round = 0; round < 30000; ++round) {
        std::string text;
        for (std::size_t size = random() % 9; size > 0; --size) text += kBytes[random() % kBytes.size()];
        parsed(out.of(Fault{Reason::failed, text}));
        out.lines.clear();
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_EQ(text_of(parsed(out.of(Fault{Reason::failed,
                                          "a\xff"
                                          "b\xe4\xbd"}))
                          .at("message")),
              "a\ufffdb\ufffd\ufffd");
    for (const char* bad : {"\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80"}) {
        EXPECT_THAT(text_of(parsed(out.of(Fault{Reason::failed, bad})).at("message")), testing::StartsWith("\ufffd"));
    }
}

TEST(JsonView, WritesEveryEventIntoTheSameBuffer) {
    std::set<const char*> buffers;
    JsonView view([&](std::string_view line) { buffers.insert(line.data()); });
    const auto events = all_kinds_with(std::string(1000, 'x'));
    for (const Event& event : events) view.take(event);
    buffers.clear();
    for (int round = 0; round < 100; ++round) {
        for (const Event& event : events) view.take(event);
    }
    EXPECT_EQ(buffers.size(), 1U);
}

TEST(JsonView, CarriesAMessageOfManyMegabytes) {
    Lines out;
    Message message;
    const std::string large(8'000'000, '\n');
    message.bytes = SharedBytes::copy_of(as_bytes(large));
    message.payload_size = static_cast<std::uint32_t>(large.size());
    message.text = large;
    message.encoding = "utf-8";
    EXPECT_EQ(text_of(parsed(out.of(message)).at("text")), large);
}

}  // namespace
}  // namespace earshot::view
