#include "talk/caller.h"

#include "tests/talk/talk_fixture.h"

namespace earshot::talk {
namespace {

class Calling : public testing::Test {
  protected:
    // Nobody listens at such a path, and that is found out only in the loop: a call is under way until it turns.
    void start(std::optional<Millis> retry) {
        net::CallOptions options;
        options.target.unix_path = "/nonexistent/earshot/nobody";
        caller = std::make_unique<Caller>(loop, shard, std::move(options), retry);
        caller->set_on_over([this](Reason reason) { over.push_back(reason); });
        caller->call();
    }
    void turn_until_closed(std::size_t times) {
        for (int i = 0; i < 200 && closed().size() < times; ++i) loop.run_once(Millis(50));
        ASSERT_EQ(closed().size(), times);
    }
    std::vector<Reason> closed() const {
        std::vector<Reason> reasons;
        for (const model::Event& event : sink.events) {
            if (const auto* body = std::get_if<model::Closed>(&event.body)) reasons.push_back(body->reason);
        }
        return reasons;
    }
    std::size_t calls() const {
        std::size_t count = 0;
        for (const model::Event& event : sink.events) count += std::holds_alternative<model::Dialing>(event.body);
        return count;
    }

    SystemClock clock;
    net::Loop loop{clock};
    RecordingSink sink;
    Shard shard{loop.timers(), clock, {}, &sink, nullptr};
    std::vector<Reason> over;
    std::unique_ptr<Caller> caller;
};

TEST_F(Calling, ThatIsStoppedIsClosedAsCancelled) {
    start(Millis(1));
    caller->stop();
    EXPECT_EQ(closed(), std::vector{Reason::cancelled});
    EXPECT_EQ(sink.events.back().id, caller->id());
    loop.run_once(Millis(20));
    loop.run_once(Millis(20));
    EXPECT_EQ(calls(), 1U);
    EXPECT_EQ(closed().size(), 1U);
}

TEST_F(Calling, ThatIsHungUpIsOverAndNotMadeAgain) {
    start(Millis(1));
    EXPECT_TRUE(caller->hang_up());
    EXPECT_EQ(closed(), std::vector{Reason::cancelled});
    EXPECT_EQ(over, std::vector{Reason::cancelled});
    EXPECT_FALSE(caller->is_busy());
    loop.run_once(Millis(20));
    loop.run_once(Millis(20));
    EXPECT_EQ(calls(), 1U);
    EXPECT_FALSE(caller->hang_up());
}

TEST_F(Calling, WaitForAnotherCallIsHungUpToo) {
    start(Millis(30));
    turn_until_closed(1);
    EXPECT_TRUE(over.empty());
    EXPECT_TRUE(caller->hang_up());
    EXPECT_EQ(over.size(), 1U);
    loop.run_once(Millis(60));
    EXPECT_EQ(calls(), 1U);
    caller->call();
    turn_until_closed(3);  // it calls again by itself after a call that was asked for
}

TEST_F(Calling, IsHeldUntilThatIsOver) {
    start(Millis(1));
    turn_until_closed(1);
    caller->hold(true);
    for (int i = 0; i < 5; ++i) loop.run_once(Millis(10));
    EXPECT_EQ(calls(), 1U);
    caller->hold(false);
    EXPECT_EQ(calls(), 2U);
}

TEST_F(Calling, WithoutRetryIsOverAfterOneFailure) {
    start(std::nullopt);
    turn_until_closed(1);
    EXPECT_EQ(over.size(), 1U);
    EXPECT_NE(over.front(), Reason::cancelled);
}

}  // namespace
}  // namespace earshot::talk
