// What a listener's queues hold together: the bound, and who loses when it is reached.
#include <deque>
#include <map>
#include <random>

#include "respond/broadcast.h"
#include "talk/fan_out.h"
#include "talk/responder.h"
#include "tests/talk/several_shards.h"
#include "tests/talk/talk_fixture.h"

namespace earshot::talk {
namespace {

constexpr std::size_t kBlock = LogBlock::kUsual;

// Callers come in pairs: what the first of two says goes to the second, by a fan-out of theirs, or with "!" by itself.
struct Pairs final : Responder {
    void opened(Session& session) override {
        const std::size_t pair = static_cast<std::size_t>(session.id().value - 1) / 2;
        if (pair >= fan_outs.size()) fan_outs.emplace_back();
        if (session.id().value % 2 == 0) fan_outs[pair].join(session);
        listeners[session.id()] = &session;
    }
    void message(Session& session, const Received& message) override {
        if (message.bytes[0] == '!') {
            listeners.at(SessionId{session.id().value + 1})->send(message.bytes);
        } else {
            fan_outs[static_cast<std::size_t>(session.id().value - 1) / 2].say(&session, message.bytes);
        }
    }
    void half_closed(Session&) override {}
    void closed(Session& session) override { listeners.erase(session.id()); }

    std::deque<FanOut> fan_outs;
    std::map<SessionId, Session*> listeners;
};

class Bounded : public Talking {
  protected:
    Bounded() {
        responder = &pairs;
        options.frame = "line";
        wires.clear();
    }
    ~Bounded() override { drop_shard(); }
    void pair() {
        for (int i = 0; i < 2; ++i) {
            if (lines.empty()) shard().share(memory, nullptr);
            wires.push_back(&lines.emplace_back(100));
            call(lines.back());
        }
    }
    test::MemoryWire& speaker(std::size_t pair) { return lines[2 * pair]; }
    test::MemoryWire& listener(std::size_t pair) { return lines[2 * pair + 1]; }
    Session* listening(std::size_t pair) { return shard().find(SessionId{2 * pair + 2}); }
    // So many lines of 1 KiB.
    void say(std::size_t pair, std::size_t count, char first = 'x') {
        std::string line(1024, first);
        line.back() = '\n';
        for (std::size_t i = 0; i < count; ++i) speaker(pair).send(line);
        settle();
    }
    std::string hear_all(std::size_t pair) {
        std::string all;
        for (std::string got = listener(pair).received(); !got.empty(); got = listener(pair).received()) {
            all += got;
            settle();
        }
        return all;
    }

    Pairs pairs;
    std::shared_ptr<MemoryBound> memory = std::make_shared<MemoryBound>(10 * kBlock);
    std::deque<test::MemoryWire> lines;
};

TEST_F(Bounded, CountsWhatWaitsAndNothingOnceItHasGone) {
    pair();
    say(0, 10);
    EXPECT_GE(memory->held(), 10'000U);
    EXPECT_EQ(hear_all(0).size(), 10'240U);
    say(0, 1);
    hear_all(0);
    speaker(0).send("half a line");
    settle();
    EXPECT_GE(memory->held(), 11U);
    speaker(0).send("\n");
    settle();
    hear_all(0);
    EXPECT_LE(memory->held(), 2 * kBlock) << "a block for the next line";
    drop_shard();
    pairs.fan_outs.clear();
    EXPECT_EQ(memory->held(), 0U);
}

TEST_F(Bounded, TakesTheLinesOfWhoeverHasMostWaitingFirst) {
    for (int i = 0; i < 3; ++i) pair();
    say(0, 100);
    say(1, 300);
    say(2, 100);
    EXPECT_FALSE(memory->is_short());
    say(2, 100);
    const auto dropped = all<model::Dropped>();
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_EQ(dropped[0].messages, 299U) << "one had begun to leave";
    EXPECT_EQ(dropped[0].bytes, 299U * 1024);
    EXPECT_EQ(shard().tally().given_up.value(), 299U);
    EXPECT_FALSE(memory->is_short());
    EXPECT_EQ(hear_all(1).size(), 1024U);
    EXPECT_EQ(hear_all(0).size(), 100U * 1024);
    EXPECT_EQ(hear_all(2).size(), 200U * 1024);
    EXPECT_EQ(shard().tally().queued.value(), 0U);
}

TEST_F(Bounded, SendsAwayWhoeverHasMostWaitingWhereThatIsAskedFor) {
    options.slow = Slow::disconnect;
    for (int i = 0; i < 3; ++i) pair();
    say(0, 100);
    say(1, 300);
    say(2, 200);
    const auto closed = all<model::Closed>();
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].reason, Reason::limit);
    EXPECT_TRUE(listener(1).saw_reset());
    EXPECT_EQ(hear_all(0).size(), 100U * 1024);
    EXPECT_EQ(hear_all(2).size(), 200U * 1024);
}

TEST_F(Bounded, SendsAwayWhoHoldsWhatCannotBeLeftOut) {
    for (int i = 0; i < 2; ++i) pair();
    say(0, 100);
    say(1, 600, '!');
    EXPECT_TRUE(listener(1).saw_reset());
    EXPECT_EQ(hear_all(0).size(), 100U * 1024);
}

// His own lines lie between those that wait for him: a few bytes of each block.
TEST_F(Bounded, SeesWhoHoldsManyBlocksForFewBytes) {
    Pairs together;
    for (int i = 0; i < 4; ++i) pair();
    FanOut& room = pairs.fan_outs[0];
    room.join(*shard().find(SessionId{1}));
    say(3, 100);
    for (int i = 0; i < 12; ++i) {
        const std::string line(kBlock - 100, 'a');
        room.say(listening(0), as_bytes(line + "\n"));
        settle();
        for (int j = 0; j < 700; ++j) lines[0].received();
        settle();
        room.say(nullptr, as_bytes("short\n"));
        settle();
    }
    EXPECT_LE(memory->held(), memory->most());
    ASSERT_GE(all<model::Dropped>().size(), 1U);
    EXPECT_EQ(hear_all(3).size(), 100U * 1024);
}

TEST_F(Bounded, SendsAwayWhoHasTheLargestMessageUnfinished) {
    for (const Slow slow : {Slow::drop, Slow::disconnect, Slow::wait}) {
        SCOPED_TRACE(static_cast<int>(slow));
        drop_shard();
        pairs.fan_outs.clear();
        lines.clear();
        wires.clear();
        options.slow = slow;
        memory = std::make_shared<MemoryBound>(10 * kBlock);
        for (int i = 0; i < 3; ++i) pair();
        for (int i = 0; i < 20; ++i) {
            speaker(0).send(std::string(1000, 'x'));
            speaker(1).send(std::string(30'000, 'x'));
            speaker(2).send(std::string(2000, 'x'));
            settle();
        }
        EXPECT_TRUE(speaker(1).saw_reset());
        EXPECT_FALSE(speaker(0).saw_reset());
        EXPECT_FALSE(speaker(2).saw_reset());
        speaker(2).send("\n");
        settle();
        EXPECT_EQ(hear_all(2).size(), 40'001U);
    }
}

TEST_F(Bounded, LetsThoseWhoSpeakWaitWhereNothingMayBeLost) {
    options.slow = Slow::wait;
    for (int i = 0; i < 3; ++i) pair();
    for (int i = 0; i < 30; ++i) {
        say(0, 10);
        say(1, 20);
        say(2, 30);
        ASSERT_LE(memory->held(), memory->most() + 4 * kBlock);
    }
    EXPECT_TRUE(memory->is_short());
    EXPECT_GT(shard().tally().read_paused.value(), 0U);
    std::size_t heard[3] = {};
    for (int turn = 0; turn < 3; ++turn) {
        for (std::size_t i = 0; i < 3; ++i) heard[i] += hear_all(i).size();
    }
    EXPECT_EQ(heard[0], 300U * 1024);
    EXPECT_EQ(heard[1], 600U * 1024);
    EXPECT_EQ(heard[2], 900U * 1024);
    EXPECT_FALSE(memory->is_short());
    EXPECT_TRUE(all<model::Dropped>().empty());
    EXPECT_TRUE(all<model::Closed>().empty());
    EXPECT_EQ(shard().tally().read_paused.value(), 0U);
}

TEST_F(Bounded, RefusesWhatACommandWouldAddToAQueue) {
    options.slow = Slow::wait;
    pair();
    pair();
    say(0, 700);
    ASSERT_TRUE(memory->is_short());
    command(model::SendText{"more", false}, SessionId{2});
    EXPECT_EQ(all<model::Fault>().size(), 1U);
    command(model::SendText{"at once", false}, SessionId{4});
    EXPECT_EQ(all<model::Sent>().size(), 1U);
    EXPECT_EQ(listener(1).received(), "at once");
}

// --- several shards

class BoundedShards : public SeveralShards {
  protected:
    void start(std::size_t count, ByteCount most) {
        options.frame = "line";
        memory = std::make_shared<MemoryBound>(most);
        open<respond::Broadcast>(count);
    }
};

TEST_F(BoundedShards, FindTheOneWhoHoldsMostWhereverHeIs) {
    options.slow = Slow::disconnect;
    start(2, 8 * kBlock);
    Caller& small = call(0, 100);
    places[0]->shard->find(small.id)->send(as_bytes(std::string(100'000, 's')));
    Caller& large = call(1, 100);
    places[1]->shard->find(large.id)->send(as_bytes(std::string(300'000, 'l')));
    settle();
    EXPECT_FALSE(large.wire.saw_reset());
    places[0]->shard->find(small.id)->send(as_bytes(std::string(150'000, 's')));
    settle();
    EXPECT_TRUE(large.wire.saw_reset());
    EXPECT_FALSE(small.wire.saw_reset());
    EXPECT_FALSE(memory->is_short());
}

// Random speakers, readers and those who stand still, in any interleaving of the shards.
TEST_F(BoundedShards, HoldNoMoreThanTheBoundAndOweNobodyALine) {
    constexpr std::size_t kLine = 2000;
    for (unsigned seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        places.clear();
        options.slow = std::array{Slow::drop, Slow::wait, Slow::disconnect}[seed % 3];
        const std::size_t shards = 1 + seed % 4, callers = 3 + random() % 5;
        const ByteCount most = (8 + random() % 8) * kBlock;
        options.high_water = 100'000 + random() % 400'000;
        start(shards, most);
        struct Known {
            Caller* caller;
            std::size_t place;
            std::string heard;
            std::size_t said = 0;
        };
        std::vector<Known> all;
        for (std::size_t i = 0; i < callers; ++i) {
            const std::size_t place = random() % shards;
            all.push_back({&call(place, 1000 + random() % 50'000), place, "", 0});
        }
        settle();
        const std::size_t stands_still = random() % callers;
        std::size_t said = 0;
        for (std::size_t step = 0; step < 400; ++step) {
            const std::size_t who = random() % callers;
            for (std::size_t i = random() % 20; i > 0; --i) {
                std::string line = std::to_string(who) + ":" + std::to_string(all[who].said++);
                line.resize(kLine - 1, '.');
                all[who].caller->wire.send(line + "\n");
                ++said;
            }
            turn(random() % shards, 1 + static_cast<int>(random() % callers));
            // What one read gives, what of it is being passed on, and a block that is begun, of each shard.
            ASSERT_LE(memory->held(), most + shards * (256 * 1024 + 4 * kBlock));
            const std::size_t reader = random() % callers;
            if (reader != stands_still) all[reader].heard += all[reader].caller->wire.received(random() % 100'000);
        }
        for (bool moved = true; moved;) {
            settle();
            moved = false;
            for (Known& each : all) {
                const std::string got = each.caller->wire.received();
                each.heard += got;
                moved |= !got.empty();
            }
        }
        EXPECT_FALSE(memory->is_short());
        for (const Known& each : all) {
            ByteCount missed = 0, missed_bytes = 0;
            bool is_gone = false;
            for (const model::Event& event : places[each.place]->sink.events) {
                if (event.id != each.caller->id) continue;
                is_gone |= std::holds_alternative<model::Closed>(event.body);
                const auto* dropped = std::get_if<model::Dropped>(&event.body);
                if (!dropped) continue;
                missed += dropped->messages;
                missed_bytes += dropped->bytes;
            }
            EXPECT_TRUE(!is_gone || options.slow == Slow::disconnect);
            if (is_gone) continue;
            ASSERT_EQ(each.heard.size() % kLine, 0U) << "whole lines only";
            if (options.slow == Slow::disconnect) continue;  // who is gone may not have been heard to the end
            EXPECT_EQ(each.heard.size() / kLine + missed, said - each.said);
            EXPECT_EQ(missed_bytes, missed * kLine);
            EXPECT_TRUE(options.slow != Slow::wait || missed == 0);
            std::map<std::string, long> last;
            for (std::size_t at = 0; at < each.heard.size(); at += kLine) {
                const std::string line = each.heard.substr(at, kLine);
                const std::size_t colon = line.find(':');
                const long number = std::stol(line.substr(colon + 1));
                const auto [before, is_first] = last.emplace(line.substr(0, colon), -1);
                ASSERT_LT(before->second, number) << "out of order, or twice";
                before->second = number;
            }
        }
        for (auto& place : places) place->shard.reset();
        for (auto& place : places) place->mailbox.clear();
        for (auto& place : places) place->responder.reset();
        EXPECT_EQ(memory->held(), 0U);
    }
}

}  // namespace
}  // namespace earshot::talk
