#include "view/log_view.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>

#include "tests/view/json_samples.h"

namespace earshot::view {
namespace {

using std::chrono::milliseconds;

struct Log {
    explicit Log(LogOptions options = {}) : view(options, [this](std::string_view line) { text += line; }) {}
    void tell(model::Body body, std::uint64_t id = 0, milliseconds at = {}) {
        view.take({WallTime(std::chrono::seconds(1'700'000'000)) + at, SessionId{id}, "", std::move(body)});
    }
    // Without the time, which stands first.
    std::string take() {
        std::string out;
        for (std::string_view rest = text; !rest.empty();) {
            const std::string_view line = rest.substr(0, rest.find('\n') + 1);
            EXPECT_TRUE(line.starts_with("time=2023-11-14T22:13:2")) << line;
            out += line.substr(line.find(' ') + 1);
            rest.remove_prefix(line.size());
        }
        text.clear();
        return out;
    }
    std::string text;
    LogView view;
};

model::Message message(std::string_view payload, const char* encoding) {
    model::Message made;
    made.bytes = SharedBytes::copy_of(as_bytes(payload));
    made.payload_size = static_cast<std::uint32_t>(payload.size());
    made.encoding = encoding;
    if (std::string_view(encoding) != "bytes") made.text = payload;
    return made;
}

TEST(LogView, TellsOfACallerFromHisComingToHisEnd) {
    Log log;
    log.tell(model::Opened{"127.0.0.1:5", "127.0.0.1:9", std::nullopt, {}}, 7);
    log.tell(model::HalfClosed{}, 7);
    log.tell(model::Closed{Reason::reset, "reset by 127.0.0.1:5", 12, 4}, 7, milliseconds(1234));
    EXPECT_EQ(log.take(),
              "level=info event=opened id=7 peer=127.0.0.1:5 local=127.0.0.1:9\n"
              "level=info event=closed id=7 peer=127.0.0.1:5 reason=reset received=12 sent=4 seconds=1.234 "
              "message=\"reset by 127.0.0.1:5\"\n");
    log.tell(model::Closed{Reason::closed, "", 0, 0}, 7);
    EXPECT_EQ(log.take(), "level=info event=closed id=7 reason=closed received=0 sent=0\n") << "he is forgotten";
}

TEST(LogView, WritesJsonWithTheSameFields) {
    Log log({.form = LogForm::json});
    log.tell(model::Opened{"unix:", "unix:/a\nb", model::Tls{"TLSv1.3", "", "", "CN=\"x\"", "", true}, {}}, 1);
    EXPECT_EQ(log.text,
              "{\"time\":\"2023-11-14T22:13:20.000000000Z\",\"level\":\"info\",\"event\":\"opened\",\"id\":1,"
              "\"peer\":\"unix:\",\"local\":\"unix:/a\\nb\",\"tls\":\"TLSv1.3\",\"tls_peer\":\"CN=\\\"x\\\"\"}\n");
}

TEST(LogView, LeavesOutWhatIsBelowItsLevel) {
    Log log({.least = LogLevel::warn});
    log.tell(model::Opened{"a", "b", std::nullopt, {}}, 1);
    log.tell(model::Fault{Reason::denied, "not let in"});
    log.tell(model::Fault{Reason::failed, "no memory"});
    log.tell(model::Closed{Reason::limit, "", 1, 2}, 1, milliseconds(10));
    EXPECT_EQ(log.take(),
              "level=warn event=error reason=denied message=\"not let in\"\n"
              "level=error event=error reason=failed message=\"no memory\"\n"
              "level=warn event=closed id=1 peer=a reason=limit received=1 sent=2 seconds=0.010\n");
    Log all({.least = LogLevel::debug});
    all.tell(model::HalfClosed{}, 1);
    EXPECT_EQ(all.take(), "level=debug event=half-closed id=1 direction=in\n");
}

TEST(LogView, BeginsEachLineWithItsPriorityForTheJournal) {
    for (const LogForm form : {LogForm::logfmt, LogForm::json}) {
        Log log({.form = form, .least = LogLevel::debug, .priorities = true});
        const std::string begins = form == LogForm::json ? "{\"time\":" : "time=";
        const auto priority_of = [&](model::Body body) {
            log.text.clear();
            log.tell(std::move(body));
            EXPECT_EQ(log.text.substr(3, begins.size()), begins);
            return log.text.substr(0, 3);
        };
        EXPECT_EQ(priority_of(model::Fault{Reason::failed, "no memory"}), "<3>");
        EXPECT_EQ(priority_of(model::Fault{Reason::denied, "not let in"}), "<4>");
        EXPECT_EQ(priority_of(model::Opened{"a", "b", std::nullopt, {}}), "<6>");
        EXPECT_EQ(priority_of(model::HalfClosed{}), "<7>");
    }
}

TEST(LogView, ShowsWhatIsSaidOnlyToWhoAsks) {
    Log quiet;
    EXPECT_FALSE(quiet.view.wants_messages());
    quiet.tell(message("secret", "utf-8"), 1);
    EXPECT_EQ(quiet.take(), "");
    Log log({.payload = true});
    EXPECT_TRUE(log.view.wants_messages() && log.view.wants_text());
    log.tell(message("你 好=\n", "utf-8"), 1);
    log.tell(message("\x01\x02", "bytes"), 1);
    EXPECT_EQ(log.take(),
              "level=info event=message id=1 direction=in bytes=9 text=\"你 好=\\n\"\n"
              "level=info event=message id=1 direction=in bytes=2 hex=\"01 02\"\n");
    log.tell(message(std::string(5000, 'a'), "utf-8"), 1);
    EXPECT_NE(log.take().find(std::string(1024, 'a') + " cut=true\n"), std::string::npos);
}

// Whatever a peer's name or text holds, it is one line whose fields are ours alone.
TEST(LogView, IsOneLineAnEventWhateverAPeerSends) {
    std::mt19937 random(3);
    const std::string pieces[] = {"\n", "\r",           "\"",           "\\",   " ",
                                  "=",  "level=error",  "\x1b[2J",      "\xff", "\xc2\x85",
                                  "a",  "\xe2\x80\xae", "\xe2\x80\xa8", "{}",   std::string(1, '\0'),
                                  "你"};
    for (int round = 0; round < 3000; ++round) {
        std::string nasty;
        for (int i = 0; i < 8; ++i) nasty += pieces[random() % std::size(pieces)];
        Log log({.form = round % 2 == 0 ? LogForm::logfmt : LogForm::json, .payload = true});
        log.tell(model::Opened{nasty, nasty, std::nullopt, {}}, 1);
        log.tell(message(nasty, "utf-8"), 1);
        log.tell(model::Fault{Reason::usage, nasty}, 1);
        log.tell(model::Named{nasty, nasty}, 1);
        EXPECT_EQ(std::count(log.text.begin(), log.text.end(), '\n'), 3) << log.text;
        for (const char c : log.text) EXPECT_TRUE(c == '\n' || (c >= 0 ? c >= 0x20 && c < 0x7f : true));
        for (const char* steering : {"\xe2\x80\xae", "\xe2\x80\xa8", "\xc2\x85", "\xff"}) {
            EXPECT_EQ(log.text.find(steering), std::string::npos);
        }
        if (round % 2 != 0) continue;
        // Outside quotation marks no field has a name that is not ours.
        std::string outside;
        bool quoted = false;
        for (std::size_t i = 0; i < log.text.size(); ++i) {
            if (quoted && log.text[i] == '\\') {
                ++i;
            } else if (log.text[i] == '"') {
                quoted = !quoted;
            } else if (!quoted) {
                outside += log.text[i];
            }
        }
        EXPECT_FALSE(quoted);
        EXPECT_EQ(outside.find("level=error"), std::string::npos) << log.text;
    }
}

// --- docs/operation.md

using Names = std::set<std::string>;
struct Told {
    Names levels, fields;  // beside those that every line may have
};

Names all_in(const std::string& text, const char* pattern) {
    Names names;
    const std::regex form(pattern);
    for (std::sregex_iterator it(text.begin(), text.end(), form), end; it != end; ++it) names.insert((*it)[1]);
    return names;
}

// The rows of the table of events, by event.
std::map<std::string, Told> documented() {
    std::ifstream file(EARSHOT_SOURCE_DIR "/docs/operation.md");
    std::map<std::string, Told> rows;
    bool in_table = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("| event | level |")) in_table = true;
        if (line.empty()) in_table = false;
        if (!in_table || !line.starts_with("| `")) continue;
        std::istringstream cells(line);
        std::string before, event, level, fields;
        std::getline(cells, before, '|'), std::getline(cells, event, '|'), std::getline(cells, level, '|');
        std::getline(cells, fields);
        rows[*all_in(event, "`([^`]+)`").begin()] = {all_in(level, "\\b(debug|info|warn|error)\\b"),
                                                     all_in(fields, "`([^`]+)`")};
    }
    return rows;
}

std::map<std::string, Told> written() {
    std::map<std::string, Told> rows;
    LogView view({.form = LogForm::json, .least = LogLevel::debug, .payload = true}, [&](std::string_view line) {
        const auto fields = boost::json::parse(boost::json::string_view(line.data(), line.size())).get_object();
        Told& told = rows[boost::json::value_to<std::string>(fields.at("event"))];
        told.levels.insert(boost::json::value_to<std::string>(fields.at("level")));
        for (const auto& [name, value] : fields) {
            const Names common{"time", "level", "event", "id", "peer"};
            if (!common.contains(name)) told.fields.insert(name);
        }
    });
    for (const model::Event& event : all_kinds_with("x")) view.take(event);
    const std::vector<model::Body> more{message("\xff", "bytes"), message(std::string(2000, 'x'), "utf-8"),
                                        model::Closed{Reason::limit, "x", 0, 0}, model::Fault{Reason::failed, "x"},
                                        model::FramingChanged{"x", false}};
    for (const model::Body& body : more) view.take({kNoon, SessionId{9}, "", body});
    return rows;
}

TEST(LogDocument, HasARowForEachEventWithItsLevelsAndFields) {
    auto rows = documented();
    for (std::size_t i = 0; i < kProgramEventCount; ++i) {
        const char* const event = program_event_name(static_cast<ProgramEvent>(i));
        EXPECT_TRUE(rows.contains(event)) << event;
        EXPECT_TRUE(rows[event].fields.contains("message")) << event;
        rows.erase(event);
    }
    for (const auto& [event, told] : written()) {
        ASSERT_TRUE(rows.contains(event)) << event;
        EXPECT_EQ(rows[event].levels, told.levels) << event;
        EXPECT_EQ(rows[event].fields, told.fields) << event;
        rows.erase(event);
    }
    for (const auto& [event, told] : rows) ADD_FAILURE() << event << " is never written";
}

}  // namespace
}  // namespace earshot::view
