// docs/json.md is held to the code: every event, field, reason and command stands there, and its examples are real.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/view/json_samples.h"
#include "view/json.h"
#include "view/json_command.h"

namespace earshot::view {
namespace {

using testing::HasSubstr;

std::string document() {
    std::ifstream file(EARSHOT_SOURCE_DIR "/docs/json.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty()) << EARSHOT_SOURCE_DIR "/docs/json.md";
    return text.str();
}

std::set<std::string> examples() {
    std::set<std::string> lines;
    std::istringstream text(document());
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with('{')) lines.insert(line);
    }
    return lines;
}

void expect_fields_named(const boost::json::object& object, const std::string& text) {
    for (const auto& [name, value] : object) {
        EXPECT_THAT(text, HasSubstr("`" + std::string(name) + "`"));
        if (value.is_object()) expect_fields_named(value.get_object(), text);
    }
}

TEST(JsonDocument, NamesEveryEventAndField) {
    const std::string text = document();
    JsonView view([&](std::string_view line) {
        const auto fields = boost::json::parse(boost::json::string_view(line.data(), line.size())).get_object();
        EXPECT_THAT(text, HasSubstr("### `" + boost::json::value_to<std::string>(fields.at("event")) + "`\n"));
        expect_fields_named(fields, text);
    });
    for (const model::Event& event : all_kinds_with("x")) view.take(event);
}

TEST(JsonDocument, NamesEveryReason) {
    for (unsigned reason = 0; reason <= static_cast<unsigned>(Reason::failed); ++reason) {
        EXPECT_THAT(document(), HasSubstr(std::string("| `") + reason_name(static_cast<Reason>(reason)) + "` |"));
    }
}

TEST(JsonDocument, ShowsOnlyCommandsThatAreTaken) {
    std::set<std::string> shown;
    for (const std::string& line : examples()) {
        if (!line.starts_with("{\"command\"")) continue;
        const auto command = parse_command(line);
        EXPECT_TRUE(command) << line;
        shown.insert(line.substr(0, line.find_first_of(",}")));
    }
    const auto known = parse_command(R"({"command":"?"})").error().message;  // ends with the names
    const std::string names = known.substr(known.rfind(':') + 1);
    std::istringstream words(names);
    std::size_t count = 0;
    for (std::string name; words >> name; ++count) EXPECT_TRUE(shown.contains("{\"command\":\"" + name + "\"")) << name;
    EXPECT_EQ(count, shown.size());
}

TEST(JsonDocument, ShowsEventsAsTheyAreWritten) {
    using namespace model;
    const auto message = [](std::uint64_t seq, std::string_view bytes, std::string text, const char* encoding) {
        Message made;
        made.seq = seq;
        made.bytes = SharedBytes::copy_of(as_bytes(bytes));
        made.payload_size = static_cast<std::uint32_t>(bytes.size());
        made.text = std::move(text);
        made.encoding = encoding;
        return made;
    };
    Message line = message(1, "\xc4\xe3\xba\xc3\n", "你好", "gbk");
    line.payload_size = 4;
    Message part = message(3,
                           "\xff"
                           "a",
                           "\ufffda", "utf-8");
    part.malformed.resize(1);
    part.malformed_frame = "the stream ended within a message of fixed size";
    const SessionId none, one{1}, two{2};
    const std::vector<Event> events{
        {kNoon, none, "", Listening{"127.0.0.1", 8888, "", ""}},
        {kNoon, none, "", Listening{"::", 9000, "", "chat"}},
        {kNoon, none, "", Dialing{"example.net:9000", 1}},
        {kNoon, two, "", Dialing{"example.net:9000", 1, one}},
        {kNoon, two, "", Opened{"10.0.0.7:9000", "10.0.0.5:40114", {}, one}},
        {kNoon, one, "", Opened{"127.0.0.1:40112", "127.0.0.1:8888", {}}},
        {kNoon, two, "",
         Opened{"[::1]:443", "[::1]:40114",
                Tls{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "h2", "CN=localhost", "5f0e", true}}},
        {kNoon, one, "", line},
        {kNoon, one, "", message(2, std::string_view("\0\xff", 2), "", "bytes")},
        {kNoon, one, "", part},
        {kNoon, one, "", HalfClosed{Direction::in}},
        {kNoon, one, "", Closed{Reason::closed, "", 12, 4}},
        {kNoon, one, "a7", Fault{Reason::usage, "there is no conversation 1"}},
        {kNoon, one, "a7", Sent{6, 1}},
        {kNoon, one, "", EncodingChanged{Direction::in, "gbk", true, 3}},
        {kNoon, one, "", FramingChanged{"chunk", true}},
        {kNoon, one, "", EolChanged{"crlf"}},
        {kNoon, one, "", Named{"小明", "tea"}},
        {kNoon, one, "", Dropped{3, 4096, "the reader is slow"}},
        {kNoon, SessionId{2}, "", DeviceNamed{"pump-7", 2, one}},
        {kNoon, one, "", Diagnostic{"cat: notes: No such file or directory", 0}},
        {kNoon, one, "", Diagnostic{"still wrong", 4096}},
        {kNoon, {}, "", ReplyChanged{"rules:pumps.toml"}},
        {kNoon, {}, "", ReplyChanged{"rules:pumps.toml", true}},
        {kNoon, one, "", ReplyChanged{"exec:cat"}},
        {kNoon, one, "s1",
         Accounts{{trace::Account{.rtt_us = 41,
                                  .rtt_variance_us = 12,
                                  .min_rtt_us = 17,
                                  .congestion_window = 10,
                                  .slow_start_threshold = 7,
                                  .mss = 32768,
                                  .sent = 7,
                                  .acked = 7,
                                  .received = 14,
                                  .delivery_rate = 1'820'000'000,
                                  .send_window = 65536,
                                  .receive_window = 65536}},
                  Millis(500)}},
        {kNoon, none, "", Stopped{}},
    };
    std::set<std::string> written;
    JsonView view([&](std::string_view text) { written.emplace(text.substr(0, text.size() - 1)); });
    for (const Event& event : events) view.take(event);
    std::set<std::string> shown;
    for (const std::string& example : examples()) {
        const bool row = example.starts_with("{\"event\":\"ladder\"");  // ladder_json_test.cc
        if (example.starts_with("{\"event\"") && !row) shown.insert(example);
    }
    EXPECT_EQ(shown, written);
}

}  // namespace
}  // namespace earshot::view
