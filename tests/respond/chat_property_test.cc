// A chat in any order of events, held to the model of it: what each caller hears, line for line, and what he misses.
#include <fmt/format.h>

#include "respond/chat.h"
#include "tests/respond/any_room.h"
#include "tests/respond/chat_model.h"

namespace earshot::respond {
namespace {

class AnyChat : public AnyRoom {
  protected:
    AnyChat() {
        options.frame = "line";
        options.eol = "\n";
    }

    void open_room(std::size_t shards) override {
        model = {};
        open<Chat>(shards);
    }

    // The hall is in the first shard and hears of what happens in another by letter.
    void happened(std::size_t place, const model::Event& event) override {
        const ChatModel::Id id = event.id.value;
        std::function<void()> happens;
        if (std::holds_alternative<model::Opened>(event.body)) {
            happens = [this, id] { model.come(id); };
        } else if (const auto* message = std::get_if<model::Message>(&event.body)) {
            happens = [this, id, line = shown(*message)] { model.hear(id, line); };
        } else if (const auto* half = std::get_if<model::HalfClosed>(&event.body)) {
            if (half->direction == model::Direction::in) happens = [this, id] { model.half_closed(id); };
        } else if (std::holds_alternative<model::Closed>(event.body)) {
            happens = [this, id] { model.leave(id); };
        }
        if (!happens) return;
        place == 0 ? happens() : later(place, 0, happens);
    }

    bool says_goodbye(const Person& who) override { return model.has_quit(who.caller->id.value); }

    static constexpr const char* kUnsafe = "\x1b[2J";
    // A character, or an end of line, of which only the beginning came is shown as its bytes.
    static std::string shown(const model::Message& message) {
        std::string text = message.text;
        if (const auto at = text.find('\x1b'); at != std::string::npos) text.replace(at, 1, "\\x1b");
        if (text.ends_with('\r')) text.replace(text.size() - 1, 1, "\\x0d");
        for (const MalformedUnit& unit : message.malformed) {
            std::string bytes;
            for (std::size_t i = 0; i < unit.size; ++i) bytes += "\\x" + fmt::format("{:02x}", unit.bytes[i]);
            text.replace(text.find("\ufffd"), 3, bytes);
        }
        return text;
    }

    std::string any_line(const Person& who) override {
        static const std::vector<std::string> kNames{"ann", "Bob", "bob", "zoe", "guest3", "guest12_", "李华"};
        static const std::vector<std::string> kRooms{"tea", "coffee", "lobby"};
        const bool has_chinese = who.writes == &text::utf8() || who.writes == text::find_encoding("gbk");
        std::string name = kNames[below(has_chinese ? kNames.size() : kNames.size() - 1)];
        std::string text = "#" + std::to_string(++spoken) + " ";
        if (who.writes == text::find_encoding("gbk")) text += "大家好，";
        if (who.writes == text::find_encoding("big5")) text += "早安";
        if (who.writes == text::find_encoding("shift_jis")) text += "こんにちは";
        if (who.writes == text::find_encoding("windows-1251")) text += "привет";
        if (who.writes == &text::utf8()) text += "喂é😀";
        if (below(8) == 0) text += kUnsafe;
        text += std::string(below(4) == 0 ? below(300) : below(10), '.');
        switch (below(30)) {
            case 0:
                return "/nick " + name;
            case 1:
                return "/join " + one_of(kRooms);
            case 2:
                return "/me " + text;
            case 3:
                return "/msg " + name + " " + text;
            case 4: {
                const std::string other = model.name_of(one_of(people)->caller->id.value);
                return other.starts_with("guest") ? "/msg " + other + " " + text : text;
            }
            case 5:
                return "/who";
            case 6:
                return "/rooms";
            case 7:
                return who.keen || below(5) > 0 ? " " : "/quit";
            case 8:
                return "//" + text;
            case 9:
                return "/dance";
            default:
                return text;
        }
    }

    void check(const Person& who, bool exact) override {
        const std::vector<std::string>& due = model.due(who.caller->id.value);
        std::size_t at = 0, missing = 0;
        std::string_view heard = who.heard;
        for (std::size_t end; (end = heard.find('\n')) != std::string_view::npos; ++at) {
            const std::string_view line = heard.substr(0, end + 1);
            const std::size_t before = at;
            while (at < due.size() && !carries(who, line, due[at])) ++at;
            ASSERT_LT(at, due.size()) << "he was not due, or not then: " << line
                                      << "but: " << (before < due.size() ? due[before] : "nothing");
            missing += at - before;
            heard.remove_prefix(end + 1);
        }
        const std::size_t left = due.size() - at;
        if (exact) {
            EXPECT_EQ(heard, "") << "half a line";
            EXPECT_EQ(missing + left, who.dropped);
            if (who.reads.size() == 1 && who.eol == "\n") {
                std::size_t bytes = 0;
                for (const std::string& line : due) bytes += in(text::utf8(), line).size() + who.eol.size();
                EXPECT_EQ(bytes, who.heard.size() + who.dropped_bytes);
            }
        } else {
            EXPECT_LE(missing, who.dropped);
            EXPECT_LE(who.dropped, missing + left);
        }
    }
    // In one of the encodings that he has been sent.
    static bool carries(const Person& who, std::string_view bytes, const std::string& line) {
        return std::any_of(who.reads.begin(), who.reads.end(), [&](const text::Encoding* encoding) {
            const std::string made = in(*encoding, line);
            return made + who.eol == bytes || made + "\n" == bytes;  // the first lines leave before a command comes
        });
    }

    ChatModel model;
    int spoken = 0;
};

TEST_F(AnyChat, GivesEachLineOnceAndCountsWhatTheSlowMiss) { play_all(talk::Slow::drop); }
TEST_F(AnyChat, SendsTheSlowAwayAndLosesNothingOfTheOthers) { play_all(talk::Slow::disconnect); }
TEST_F(AnyChat, LosesNothingWhereTheSlowAreWaitedFor) { play_all(talk::Slow::wait); }

}  // namespace
}  // namespace earshot::respond
