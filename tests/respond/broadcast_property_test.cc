// What one says to all, in any order of events and over any number of shards, held to a model of who is there when.
#include "respond/broadcast.h"
#include "tests/respond/any_room.h"

namespace earshot::respond {
namespace {

class AnyBroadcast : public AnyRoom {
  protected:
    using Id = std::uint64_t;

    AnyBroadcast() {
        options.frame = "line";
        changes_encodings = false;
    }

    void open_room(std::size_t shards) override {
        present.assign(shards, {});
        due.clear();
        open<Broadcast>(shards);
    }

    // Those in the speaker's shard are due it at once, those in another when the letter is opened there.
    void happened(std::size_t place, const model::Event& event) override {
        const Id id = event.id.value;
        if (std::holds_alternative<model::Opened>(event.body)) {
            present[place].insert(id);
        } else if (std::holds_alternative<model::Closed>(event.body)) {
            present[place].erase(id);
        } else if (const auto* message = std::get_if<model::Message>(&event.body)) {
            const std::string bytes(as_chars(message->bytes.view()));
            say(place, id, bytes);
            for (std::size_t to = 0; to < present.size(); ++to) {
                if (to != place) later(place, to, [this, to, id, bytes] { say(to, id, bytes); });
            }
        }
    }
    void say(std::size_t place, Id from, const std::string& bytes) {
        for (const Id id : present[place]) {
            if (id != from) due[id].push_back({from, bytes});
        }
    }

    std::string any_line(const Person& who) override {
        return "<" + std::to_string(who.caller->id.value) + " #" + std::to_string(++spoken) + " 你好" +
               std::string(below(4) == 0 ? below(300) : below(10), '.');
    }

    // Each speaker's lines in their order; those of several may come in any order where there are several shards.
    void check(const Person& who, bool exact) override {
        const auto& lines = due[who.caller->id.value];
        std::map<std::string_view, std::pair<Id, std::size_t>> place;  // of each whole line among its speaker's
        std::map<Id, std::size_t> said, heard;                         // so many of each speaker's
        std::vector<std::string_view> cut;                             // of those who were lost in the middle of a line
        std::size_t bytes = 0;
        for (const auto& [from, line] : lines) {
            bytes += line.size();
            if (line.ends_with('\n')) {
                place[line] = {from, said[from]++};
            } else {
                cut.emplace_back(line);
            }
        }
        std::size_t got = 0, missing = 0;
        for (std::string_view rest = who.heard; !rest.empty(); ++got) {
            const std::string_view line = rest.substr(0, rest.find('\n') + 1);
            const auto known = place.find(line);
            if (known != place.end()) {
                const auto [from, at] = known->second;
                ASSERT_GE(at, heard[from]) << "twice, or too late: " << line;
                missing += at - heard[from];
                heard[from] = at + 1;
                rest.remove_prefix(line.size());
                continue;
            }
            const std::string_view begun = rest.substr(0, rest.find('<', 1));
            const auto found = std::find(cut.begin(), cut.end(), begun);
            if (found == cut.end()) {
                ASSERT_TRUE(begun == rest && !exact) << "he was not due, or not then: " << line;
                break;  // he was lost in the middle of it
            }
            cut.erase(found);
            rest.remove_prefix(begun.size());
        }
        if (exact) {
            EXPECT_EQ(lines.size() - got, who.dropped);
            EXPECT_EQ(bytes, who.heard.size() + who.dropped_bytes);
        } else {
            EXPECT_LE(missing, who.dropped);
            EXPECT_LE(who.dropped, lines.size() - got);
        }
    }

    std::vector<std::set<Id>> present;  // by shard
    std::map<Id, std::deque<std::pair<Id, std::string>>> due;
    int spoken = 0;
};

TEST_F(AnyBroadcast, GivesEachLineOnceAndCountsWhatTheSlowMiss) { play_all(talk::Slow::drop); }
TEST_F(AnyBroadcast, SendsTheSlowAwayAndLosesNothingOfTheOthers) { play_all(talk::Slow::disconnect); }
TEST_F(AnyBroadcast, LosesNothingWhereTheSlowAreWaitedFor) { play_all(talk::Slow::wait); }

}  // namespace
}  // namespace earshot::respond
