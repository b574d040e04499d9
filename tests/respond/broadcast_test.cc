#include "respond/broadcast.h"

#include <map>

#include "tests/talk/several_shards.h"

namespace earshot::respond {
namespace {

class BroadcastOverShards : public talk::SeveralShards {
  protected:
    BroadcastOverShards() { options.frame = "line"; }
};

TEST_F(BroadcastOverShards, ReachesTheCallersOfAllAndNotItsSender) {
    open<Broadcast>(3);
    auto &a = call(0), &b = call(0), &c = call(1), &d = call(2);
    a.wire.send("one\ntwo\n");
    c.wire.send("three\n");
    settle();
    EXPECT_EQ(heard(a), "three\n");
    EXPECT_EQ(heard(c), "one\ntwo\n");
    for (auto* each : {&b, &d}) {
        const std::string all = heard(*each);
        EXPECT_TRUE(all == "one\ntwo\nthree\n" || all == "three\none\ntwo\n" || all == "one\nthree\ntwo\n") << all;
    }
}

TEST_F(BroadcastOverShards, WritesOneLetterABatchHoweverManyLines) {
    open<Broadcast>(2);
    auto& speaker = call(0);
    call(1);
    settle();
    for (int i = 0; i < 1000; ++i) speaker.wire.send("line\n");
    turn(0);
    EXPECT_EQ(places[1]->mailbox.size(), 1u);
}

TEST_F(BroadcastOverShards, HearsASpeakerWhoIsAloneInHisShardAndHasEndedHisDirection) {
    open<Broadcast>(2);
    auto &speaker = call(0), &listener = call(1);
    settle();
    places[0]->shard->carry_out({speaker.id, false, "", model::HalfClose{}});
    settle();
    speaker.wire.send("still here\n");
    EXPECT_EQ(heard(listener), "still here\n");
}

TEST_F(BroadcastOverShards, UnderWaitLetsSpeakersOfAnotherShardWaitForTheSlow) {
    options.slow = talk::Slow::wait;
    open<Broadcast>(2);
    auto &speaker = call(0), &slow = call(1, 1000), &quick = call(1);
    const std::string line = std::string(999, 'x') + "\n";
    std::size_t said = 0;
    for (; said < 8000 && speaker.wire.unread() < 100 * line.size(); ++said) {
        speaker.wire.send(line);
        turn(0);
        turn(1);
    }
    EXPECT_LT(said, 8000u) << "he is read without end";
    EXPECT_LT(places[1]->shard->find(slow.id)->queued(), 3u << 20);
    std::size_t slow_heard = 0, quick_heard = 0;
    for (int i = 0; i < 200'000 && slow_heard < said * line.size(); ++i) {
        slow_heard += slow.wire.received().size();
        quick_heard += quick.wire.received().size();
        turn(0);
        turn(1);
    }
    settle();
    quick_heard += quick.wire.received().size();
    EXPECT_EQ(slow_heard, said * line.size());
    EXPECT_EQ(quick_heard, said * line.size());
    EXPECT_EQ(speaker.wire.unread(), 0u);
}

TEST_F(BroadcastOverShards, UnderDropTheSlowMissesWholeLinesAndNobodyWaits) {
    open<Broadcast>(2);
    auto &speaker = call(0), &slow = call(1, 1000), &quick = call(1);
    const std::string line = std::string(999, 'x') + "\n";
    std::string quick_heard;
    for (int i = 0; i < 4000; ++i) {
        speaker.wire.send(line);
        turn(0);
        turn(1);
        quick_heard += quick.wire.received();
    }
    settle();
    EXPECT_EQ(speaker.wire.unread(), 0u);
    EXPECT_EQ(quick_heard.size() + quick.wire.received().size(), 4000 * line.size());
    EXPECT_GT(places[1]->shard->tally().missed.value(), 1000u);
    EXPECT_LT(places[1]->shard->find(slow.id)->queued(), 2u << 20);
}

// Whatever the threads' interleaving: who was there before and after a line was said has it once, each sender's in
// order.
TEST_F(BroadcastOverShards, GivesEachLineOnceAndEachSendersInOrder) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        begin_anew(seed);
        const std::size_t shards = 2 + below(3);
        options.slow = below(2) ? talk::Slow::wait : talk::Slow::drop;
        open<Broadcast>(shards);
        struct Who {
            Caller* caller = nullptr;
            std::string heard;
            int said = 0;
        };
        std::vector<Who> all;
        for (std::size_t i = 0; i < 8; ++i) all.push_back({&call(below(shards), 200 + below(4000)), "", 0});
        std::vector<Caller*> passing;
        for (int step = 0; step < 3000; ++step) {
            switch (below(6)) {
                case 0:
                case 1: {
                    Who& who = all[below(all.size())];
                    for (std::size_t lines = 1 + below(5); lines > 0; --lines) {
                        const std::string text = std::to_string(who.caller->id.value) + " " +
                                                 std::to_string(who.said++) + std::string(below(60), '.') + "\n";
                        who.caller->wire.send(text);
                    }
                    break;
                }
                case 2: {
                    Who& who = all[below(all.size())];
                    who.heard += who.caller->wire.received(below(500));
                    break;
                }
                case 3:
                    if (below(20) == 0) passing.push_back(&call(below(shards)));
                    if (!passing.empty() && below(20) == 0) {
                        passing.back()->wire.reset();
                        passing.pop_back();
                    }
                    break;
                default:
                    turn(below(shards), static_cast<int>(1 + below(8)));
            }
        }
        for (bool some = true; some;) {
            settle();
            some = false;
            for (Who& who : all) {
                const std::string more = who.caller->wire.received();
                some |= !more.empty();
                who.heard += more;
            }
        }
        for (const Who& who : all) {
            std::map<std::uint64_t, int> next;
            std::size_t at = 0;
            while (at < who.heard.size()) {
                const std::size_t end = who.heard.find('\n', at);
                ASSERT_NE(end, std::string::npos) << "half a line";
                const std::string line = who.heard.substr(at, end - at);
                at = end + 1;
                const std::uint64_t from = std::stoull(line);
                ASSERT_EQ(std::stoi(line.substr(line.find(' '))), next[from]++) << line;
            }
            for (const Who& speaker : all) {
                EXPECT_EQ(next[speaker.caller->id.value], &speaker == &who ? 0 : speaker.said);
            }
        }
    }
}

}  // namespace
}  // namespace earshot::respond
