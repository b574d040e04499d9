#include "talk/tally.h"

#include <thread>

#include "talk/fan_out.h"
#include "tests/talk/talk_fixture.h"

namespace earshot::talk {
namespace {

std::uint64_t ended(const Tally& tally, Reason reason) { return tally.ended[static_cast<std::size_t>(reason)].value(); }

// One room, to which everybody belongs.
struct Room final : Responder {
    void opened(Session& session) override { fan_out.join(session); }
    void message(Session& session, const Received& message) override { fan_out.say(&session, message.bytes); }
    void half_closed(Session&) override {}
    void closed(Session&) override {}
    FanOut fan_out;
};

class Tallied : public Talking {
  protected:
    const Tally& tally() { return shard().tally(); }
};

TEST_F(Tallied, CountsWhoCameWhoLeftAndWhy) {
    test::MemoryWire one, two;
    wires = {&one, &two};
    call(one);
    const SessionId second = call(two);
    EXPECT_EQ(tally().accepted.value(), 2U);
    one.end();
    command(model::Close{}, SessionId{1});
    command(model::Reset{}, second);
    EXPECT_EQ(ended(tally(), Reason::closed), 1U);
    EXPECT_EQ(ended(tally(), Reason::reset), 1U);
    EXPECT_EQ(tally().called.value(), 0U);
}

TEST_F(Tallied, CountsBytesBothWays) {
    call(wire);
    wire.send("12345");
    settle();
    command(model::SendText{"abc", false});
    EXPECT_EQ(tally().received.value(), 5U);
    EXPECT_EQ(tally().sent.value(), 3U);
    EXPECT_EQ(tally().queued.value(), 0U);
}

TEST_F(Tallied, KnowsWhatWaitsAndForgetsItWithItsConversation) {
    test::MemoryWire narrow(2);
    wires = {&narrow};
    const SessionId id = call(narrow);
    command(model::SendText{"abcdef", false});
    EXPECT_EQ(tally().sent.value(), 2U);
    EXPECT_EQ(tally().queued.value(), 4U);
    command(model::Reset{}, id);
    EXPECT_EQ(tally().queued.value(), 0U);
}

TEST_F(Tallied, KnowsWhoIsNotReadHoweverManyHoldHim) {
    Session* session = shard().find(call(wire));
    session->pause_reading(Session::Pause::responder);
    session->pause_reading(Session::Pause::partner);
    EXPECT_EQ(tally().read_paused.value(), 1U);
    session->resume_reading(Session::Pause::responder);
    EXPECT_EQ(tally().read_paused.value(), 1U);
    session->resume_reading(Session::Pause::partner);
    EXPECT_EQ(tally().read_paused.value(), 0U);
    session->pause_reading();
    session->reset(Reason::reset, "");
    EXPECT_EQ(tally().read_paused.value(), 0U);
}

TEST_F(Tallied, CountsWhatASlowListenerMissed) {
    Room room;
    responder = &room;
    options.frame = "line";
    options.high_water = 64;
    test::MemoryWire speaker, listener(16);
    wires = {&speaker, &listener};
    call(speaker);
    call(listener);
    for (int i = 0; i < 20; ++i) {
        speaker.send("0123456789abcde\n");
        settle();
    }
    EXPECT_EQ(tally().missed.value(), 15U);
    EXPECT_EQ(tally().queued.value(), 64U);
    drop_shard();
}

// The reader may be another thread: the sanitizer for threads holds the type to it.
TEST(Count, IsReadWhileItGrows) {
    Count count;
    std::thread reader([&] {
        std::uint64_t last = 0;
        while (last < 10'000) {
            const std::uint64_t now = count.value();
            EXPECT_GE(now, last);
            last = now;
        }
    });
    for (int i = 0; i < 10'000; ++i) count.add();
    reader.join();
}

}  // namespace
}  // namespace earshot::talk
