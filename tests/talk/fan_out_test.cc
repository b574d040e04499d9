#include "talk/fan_out.h"

#include <deque>
#include <map>
#include <random>

#include "talk/responder.h"
#include "tests/talk/talk_fixture.h"

namespace earshot::talk {
namespace {

// Everybody is in one fan-out. A line with "!" goes back to its sender alone. What each should get is noted as it is
// said.
struct Hall final : Responder {
    void opened(Session& session) override {
        fan_out.join(session);
        present[session.id()] = &session;
    }
    void message(Session& session, const Received& message) override {
        const std::string line(as_chars(message.bytes));
        if (line.starts_with("!")) {
            session.send(message.bytes);
            due[session.id()].push_back(line);
            return;
        }
        fan_out.say(&session, message.bytes);
        note(line, &session);
    }
    void half_closed(Session&) override {}
    void closed(Session& session) override {
        present.erase(session.id());
        if (!farewell.empty()) fan_out.say(&session, as_bytes(farewell));
    }
    void note(const std::string& line, const Session* sender) {
        for (const auto& [id, each] : present) {
            if (each != sender && each->may_send()) due[id].push_back(line);
        }
    }
    std::string all_due(SessionId id) {
        std::string all;
        for (const std::string& line : due[id]) all += line;
        return all;
    }

    FanOut fan_out;
    std::string farewell;
    std::map<SessionId, Session*> present;
    std::map<SessionId, std::vector<std::string>> due;
};

class FanningOut : public Talking {
  protected:
    FanningOut() {
        responder = &hall;
        options.frame = "line";
        wires.clear();
    }
    test::MemoryWire& caller(std::size_t capacity = 64 << 10) {
        lines.emplace_back(capacity);
        wires.push_back(&lines.back());
        call(lines.back());
        return lines.back();
    }
    // Reads of everybody until nothing moves any more.
    void drain(std::vector<std::string>& heard) {
        for (bool moved = true; moved;) {
            settle();
            moved = false;
            for (std::size_t i = 0; i < lines.size(); ++i) {
                const std::string got = lines[i].received();
                heard[i] += got;
                moved |= !got.empty();
            }
        }
    }
    static SessionId id(std::size_t caller) { return SessionId{caller + 1}; }
    std::size_t queued(std::size_t caller) { return shard().find(id(caller))->queued(); }

    Hall hall;
    std::deque<test::MemoryWire> lines;
};

std::string numbered(std::size_t number, std::size_t size = 11) {
    std::string line = std::to_string(number);
    return line + std::string(size - 1 - std::min(size - 1, line.size()), '.') + "\n";
}

TEST_F(FanningOut, GivesEverybodyEveryLineOfTheOthersInOrderWhateverIsMixedIn) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        hall.due.clear();
        const std::size_t before = lines.size(), count = 2 + random() % 6;
        std::vector<std::string> heard(before + count);
        for (std::size_t i = 0; i < count; ++i) {
            caller(1 + random() % 200).write_at_most(1 + random() % 90);
            lines.back().read_at_most(1 + random() % 100);
        }
        for (std::size_t step = 0; step < 200; ++step) {
            const std::size_t who = before + random() % count;
            const std::string line = numbered(step, 3 + random() % 40);
            if (random() % 4 == 0) {
                lines[who].send("!" + line);
            } else {
                lines[who].send(line);
            }
            if (random() % 3 == 0) lines[before + random() % count].pump_once();
            if (random() % 3 == 0) shard().finish_batch();
            if (random() % 2 == 0) heard[who] += lines[who].received(random() % 100);
        }
        drain(heard);
        for (std::size_t i = before; i < before + count; ++i) {
            EXPECT_EQ(heard[i], hall.all_due(id(i)));
            shard().find(id(i))->reset(Reason::reset, "");
        }
        EXPECT_TRUE(hall.fan_out.is_empty());
        settle();
    }
}

TEST_F(FanningOut, CountsEveryLineThatASlowCallerMissesAndNoneOfHisOwn) {
    options.high_water = 150;
    for (unsigned seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        hall.due.clear();
        sink.events.clear();
        const std::size_t before = lines.size(), count = 2 + random() % 5;
        std::vector<std::string> heard(before + count);
        for (std::size_t i = 0; i < count; ++i) caller(1 + random() % 60).write_at_most(1 + random() % 30);
        for (std::size_t step = 0; step < 400; ++step) {
            const std::size_t who = before + random() % count;
            lines[who].send(numbered(step));
            if (random() % 3 == 0) lines[before + random() % count].pump_once();
            if (random() % 3 == 0) shard().finish_batch();
            if (random() % 5 == 0) heard[who] += lines[who].received(random() % 100);
        }
        drain(heard);
        for (std::size_t i = before; i < before + count; ++i) {
            const auto& due = hall.due[id(i)];
            ASSERT_EQ(heard[i].size() % 11, 0U) << "whole lines only";
            std::size_t at = 0;  // what he heard, in what he should have heard
            for (std::size_t from = 0; from < heard[i].size(); from += 11, ++at) {
                while (at < due.size() && due[at] != heard[i].substr(from, 11)) ++at;
                ASSERT_LT(at, due.size()) << "a line twice, or out of order";
            }
            ByteCount messages = 0, bytes = 0;
            for (const model::Event& event : sink.events) {
                const auto* dropped = std::get_if<model::Dropped>(&event.body);
                if (!dropped || event.id != id(i)) continue;
                messages += dropped->messages;
                bytes += dropped->bytes;
            }
            EXPECT_EQ(messages, due.size() - heard[i].size() / 11);
            EXPECT_EQ(bytes, messages * 11);
            shard().find(id(i))->reset(Reason::reset, "");
        }
        settle();
    }
}

TEST_F(FanningOut, HoldsNoMoreForASlowCallerThanHisMarkAndALine) {
    options.high_water = 1000;
    test::MemoryWire& speaker = caller();
    caller(10);
    for (std::size_t i = 0; i < 5000; ++i) {
        speaker.send(numbered(i, 64));
        if (i % 7 == 0) settle();
        ASSERT_LE(queued(1), 1064U);
    }
}

TEST_F(FanningOut, GivesAFastCallerABatchOfAnySize) {
    options.high_water = 1000;
    test::MemoryWire& speaker = caller();
    test::MemoryWire& listener = caller(1 << 20);
    std::string all;
    for (std::size_t i = 0; i < 10000; ++i) all += numbered(i, 64);
    speaker.send(all);
    settle();
    EXPECT_EQ(listener.received(), all);
    EXPECT_TRUE(this->all<model::Dropped>().empty());
}

TEST_F(FanningOut, NeverDelaysTheOthersForOneWhoStandsStill) {
    options.high_water = 500;
    test::MemoryWire& speaker = caller();
    caller(10).hold();
    test::MemoryWire& listener = caller();
    for (std::size_t i = 0; i < 1000; ++i) {
        speaker.send(numbered(i));
        speaker.pump_once();
        shard().finish_batch();
        ASSERT_EQ(listener.received(), numbered(i)) << "in the same batch";
    }
}

TEST_F(FanningOut, SendsASlowCallerAwayWhereThatIsAskedFor) {
    options.high_water = 100;
    options.slow = Slow::disconnect;
    test::MemoryWire& speaker = caller();
    test::MemoryWire& narrow = caller(20);
    test::MemoryWire& listener = caller();
    std::string heard, said;
    for (std::size_t i = 0; i < 100; ++i) {
        said += numbered(i);
        speaker.send(numbered(i));
        settle();
        heard += listener.received();
    }
    EXPECT_EQ(heard, said);
    EXPECT_TRUE(narrow.saw_reset());
    const auto closed = all<model::Closed>();
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].reason, Reason::limit);
    ASSERT_EQ(all<model::Dropped>().size(), 1U);
    EXPECT_EQ(all<model::Dropped>()[0].messages, 1U);
    EXPECT_EQ(hall.fan_out.size(), 2U);
}

class Waiting : public FanningOut {
  protected:
    Waiting() {
        options.high_water = 200;
        options.slow = Slow::wait;
    }
};

TEST_F(Waiting, LetsTheSendersWaitForASlowCallerAndLosesNothing) {
    test::MemoryWire& first = caller();
    test::MemoryWire& second = caller();
    test::MemoryWire& narrow = caller(30);
    std::vector<std::string> heard(3);
    for (std::size_t i = 0; i < 300; ++i) {
        first.send(numbered(i));
        second.send(numbered(1000 + i));
        settle();
        heard[2] += narrow.received(20);
        ASSERT_LE(queued(2), 2 * 200U + 22) << "twice the mark, and a line of each sender";
    }
    EXPECT_GT(hall.due[id(0)].size(), 100U);
    EXPECT_LT(hall.due[id(0)].size(), 300U) << "nobody waited";
    drain(heard);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(heard[i], hall.all_due(id(i)));
    EXPECT_EQ(hall.due[id(2)].size(), 600U);
    EXPECT_TRUE(all<model::Dropped>().empty());
}

TEST_F(Waiting, GoesOnWhenTheOneWhoHeldTheOthersUpHasLeft) {
    test::MemoryWire& speaker = caller();
    test::MemoryWire& listener = caller();
    test::MemoryWire& narrow = caller(1);
    std::string said;
    for (std::size_t i = 0; i < 100; ++i) said += numbered(i);
    speaker.send(said);
    settle();
    const std::string before = listener.received();
    EXPECT_LT(before.size(), said.size());
    settle();
    EXPECT_EQ(listener.received(), "");
    narrow.reset();
    settle();
    EXPECT_EQ(before + listener.received(), said);
}

TEST_F(Waiting, HoldsABatchOfOneSenderToHisMark) {
    test::MemoryWire& speaker = caller();
    test::MemoryWire& listener = caller(1 << 20);
    std::string said;
    for (std::size_t i = 0; i < 1000; ++i) said += numbered(i);
    speaker.send(said);
    speaker.pump_once();
    EXPECT_LT(hall.due[id(1)].size(), 30U);
    settle();
    EXPECT_EQ(listener.received(), said);
}

TEST_F(FanningOut, GivesTheOthersAllThatACallerSaidWhoLeavesInTheMiddle) {
    test::MemoryWire& speaker = caller();
    test::MemoryWire& listener = caller();
    hall.farewell = "he is gone\n";
    speaker.send("one\ntwo\n");
    speaker.pump_once();
    speaker.reset();
    settle();
    EXPECT_EQ(listener.received(), "one\ntwo\nhe is gone\n");
}

TEST_F(FanningOut, TellsEverybodyOfOneWhoIsLostWhileTheyAreBeingTold) {
    hall.farewell = "he is gone\n";
    for (int i = 0; i < 5; ++i) caller();
    lines[2].hold();
    lines[2].reset();
    lines[0].send("one\n");
    settle();
    EXPECT_EQ(shard().size(), 4U);
    EXPECT_EQ(lines[0].received(), "he is gone\n");
    for (const std::size_t i : {1, 3, 4}) EXPECT_EQ(lines[i].received(), "one\nhe is gone\n");
}

TEST_F(FanningOut, CountsWhatWasSaidInTheBatchInWhichSomebodyIsLostAmongWhatHeDidNotGet) {
    caller();
    caller();
    lines[0].send("1234\n");
    lines[0].pump_once();
    lines[1].reset();
    lines[1].pump_once();
    shard().finish_batch();
    ASSERT_EQ(all<model::Closed>().size(), 1U);
    EXPECT_NE(all<model::Closed>()[0].detail.find("5 bytes were not delivered"), std::string::npos)
        << all<model::Closed>()[0].detail;
    EXPECT_EQ(shard().tally().queued.value(), 0U);
}

TEST_F(FanningOut, MissesNothingForOneWhoTakesEverythingHoweverMuchIsSaidInABatch) {
    options.high_water = 100;
    caller();
    caller().write_at_most(30);
    std::string said;
    for (std::size_t i = 0; i < 100; ++i) {
        said += numbered(i);
        lines[0].send(numbered(i));
        if (i % 10 == 9) lines[0].pump_once(), lines[1].send("!mine\n"), lines[1].pump_once();
    }
    settle();
    EXPECT_EQ(lines[1].received().size(), said.size() + 60);
    EXPECT_TRUE(all<model::Dropped>().empty());
}

TEST_F(FanningOut, GivesWhoComesInTheMiddleOnlyWhatIsSaidFromThenOn) {
    test::MemoryWire& speaker = caller();
    caller();
    speaker.send("before\n");
    speaker.pump_once();
    test::MemoryWire& late = caller();
    speaker.send("after\n");
    settle();
    EXPECT_EQ(late.received(), "after\n");
}

TEST_F(FanningOut, GivesWhatWasSaidBeforeOurFinAndNothingAfter) {
    test::MemoryWire& speaker = caller();
    test::MemoryWire& listener = caller();
    speaker.send("before\n");
    speaker.pump_once();
    shard().find(id(1))->half_close();
    speaker.send("after\n");
    settle();
    EXPECT_EQ(listener.received(), "before\n");
    EXPECT_TRUE(listener.saw_end());
    listener.send("still heard\n");
    settle();
    EXPECT_EQ(speaker.received(), "still heard\n");
}

TEST_F(FanningOut, KeepsTheOrderOfOneWhoGoesFromOneToAnother) {
    FanOut other;
    test::MemoryWire& speaker = caller();
    test::MemoryWire& walker = caller();
    speaker.send("here\n");
    speaker.pump_once();
    other.join(*shard().find(id(1)));
    other.say(nullptr, as_bytes("there\n"));
    speaker.send("not for him\n");
    settle();
    EXPECT_EQ(walker.received(), "here\nthere\n");
    EXPECT_EQ(other.size(), 1U);
}

TEST_F(FanningOut, SurvivesAShardThatGoesInTheMiddle) {
    caller().send("one\n");
    caller();
    lines[0].pump_once();
    EXPECT_EQ(hall.fan_out.size(), 2U);
    drop_shard();
    EXPECT_TRUE(hall.fan_out.is_empty());
}

}  // namespace
}  // namespace earshot::talk
