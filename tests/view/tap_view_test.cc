#include "view/tap_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/view/ladder_rows.h"
#include "text/encoding.h"

namespace earshot::view {
namespace {

using testing::HasSubstr;

class Tapping : public testing::Test {
  protected:
    void say(std::uint64_t id, model::Body body) { view().take({WallTime{}, SessionId{id}, "", std::move(body)}); }
    void open_pair(std::uint64_t caller) {
        say(caller, model::Opened{"10.0.0.1:4000", "10.0.0.2:9000", {}});
        say(caller + 1, model::Dialing{"far:80", 1, SessionId{caller}});
        say(caller + 1, model::Opened{"10.0.0.3:80", "10.0.0.2:5000", {}, SessionId{caller}});
        lines.clear();
    }
    void message(std::uint64_t id, std::string text, const char* encoding = "utf-8", std::string_view bytes = "") {
        model::Message body;
        body.seq = ++seq;
        body.bytes = SharedBytes::copy_of(as_bytes(bytes.empty() ? std::string_view(text) : bytes));
        body.payload_size = static_cast<std::uint32_t>(body.bytes.view().size());
        body.text = std::move(text);
        body.encoding = encoding;
        say(id, std::move(body));
    }
    std::string shown() {
        std::string all;
        for (const std::string& line : lines) all += line;
        return std::exchange(lines, {}), all;
    }
    TapView& view() {
        if (!view_) view_ = std::make_unique<TapView>(options, [this](std::string_view l) { lines.emplace_back(l); });
        return *view_;
    }

    TapViewOptions options{.presentation = {.reverse = false, .colour = false}};
    std::vector<std::string> lines;
    std::uint64_t seq = 0;

  private:
    std::unique_ptr<TapView> view_;
};

TEST_F(Tapping, CountsPairsAndNotConversations) {
    open_pair(1);
    open_pair(3);
    message(3, "hello\n");
    message(4, "yes\n");
    message(1, "first\n");
    EXPECT_EQ(shown(), "client 2: hello\nserver 2: yes\nclient 1: first\n");
}

TEST_F(Tapping, SaysWhoComesAndGoes) {
    say(1, model::Opened{"10.0.0.1:4000", "10.0.0.2:9000", {}});
    say(2, model::Dialing{"far:80", 1, SessionId{1}});
    say(2, model::Opened{"10.0.0.3:80", "10.0.0.2:5000", {}, SessionId{1}});
    say(1, model::HalfClosed{model::Direction::in});
    say(2, model::HalfClosed{model::Direction::out});
    say(2, model::Closed{Reason::reset, "reset by far", 3, 4});
    EXPECT_EQ(shown(),
              "-- client 1 is here: 10.0.0.1:4000\n-- server 1 has answered: 10.0.0.3:80\n"
              "-- client 1 has finished sending (FIN)\n"
              "!! server 1 has left: reset (reset by far); received 3 bytes, sent 4\n");
}

TEST_F(Tapping, ShowsAMessageThatWasReadWronglyAgain) {
    open_pair(1);
    message(1, "\uFFFD", "utf-8", "\xC4\xE3");
    message(1, "x");
    shown();
    say(1, model::EncodingChanged{model::Direction::in, "gbk", true, 1});
    EXPECT_EQ(shown(),
              "-- client 1 writes gbk (detected)\n---- client 1 again, as gbk\nclient 1: 你\nclient 1: x\n----\n");
}

TEST_F(Tapping, ShowsABeginningOnce) {
    open_pair(1);
    model::Unfinished begun;
    begun.text = "login:";
    begun.encoding = "utf-8";
    say(2, begun);
    say(2, begun);
    message(2, "login: root\n");
    say(2, begun);
    EXPECT_EQ(shown(), "server 1: login: ...\nserver 1: login: root\nserver 1: login: ...\n");
}

TEST_F(Tapping, LetsNoMessageForgeALabel) {
    open_pair(1);
    message(1, "a\nserver 1: b\x1b[2J\n");
    for (const std::string& line : lines) {
        EXPECT_FALSE(line.starts_with("server")) << line;
        EXPECT_EQ(line.find('\x1b'), std::string::npos);
    }
}

TEST_F(Tapping, MarksEveryRowOfALadderWithItsLeg) {
    open_pair(1);
    for (const std::uint64_t id : {1, 2}) {
        model::Traced rows;
        rows.heading = {.client = "10.0.0.1:4000", .server = "10.0.0.2:9000"};
        rows.heading.self = id == 1 ? trace::End::server : trace::End::client;
        rows.ladder = static_cast<std::uint32_t>(id);
        trace::SegmentRow row;
        row.segment.flags = trace::kSyn;
        rows.rows.push_back({.body = row});
        say(id, rows);
        for (const std::string& line : lines) {
            EXPECT_TRUE(line.starts_with(id == 1 ? "c1 " : "s1 ")) << line;
            EXPECT_LE(line.size(), 81U);
        }
        EXPECT_THAT(shown(), HasSubstr("SYN"));
    }
}

// As long as the server is being called nobody reads what the client has sent, and its packets have been seen.
TEST_F(Tapping, DrawsTextThatNobodyHasReadYet) {
    options.candidates = {text::find_encoding("gbk")};
    const std::string gbk = "\xc4\xe3\xba\xc3\n\xc4\xe3\xba\xc3\n";
    say(1, model::Opened{"10.0.0.1:4000", "10.0.0.2:9000", {}});
    model::Traced rows;
    rows.heading = {.client = "10.0.0.1:4000", .server = "10.0.0.2:9000"};
    rows.heading.self = trace::End::server;
    trace::SegmentRow row;
    row.segment.flags = trace::kAck | trace::kPsh;
    row.segment.length = static_cast<std::uint32_t>(gbk.size());
    row.segment.payload = gbk;
    rows.rows.push_back({.body = row});
    say(1, rows);
    EXPECT_THAT(shown(), HasSubstr("你好"));
}

TEST_F(Tapping, LeavesLaddersOutWhereTheyAreForOthers) {
    options.ladders = false;
    open_pair(1);
    model::Traced rows;
    rows.rows.push_back({.body = trace::SegmentRow{}});
    say(1, rows);
    EXPECT_EQ(shown(), "");
}

TEST_F(Tapping, ForgetsThoseWhoAreGone) {
    for (std::uint64_t id = 1; id < 2000; id += 2) {
        open_pair(id);
        say(id, model::Closed{});
        say(id + 1, model::Closed{});
    }
    open_pair(5001);
    message(5001, "still counted");
    EXPECT_EQ(shown(), "client 1001: still counted\n");
}

}  // namespace
}  // namespace earshot::view
