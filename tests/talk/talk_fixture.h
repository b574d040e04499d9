// Words for tests of conversations: a shard on a manual clock, wires in memory, and the events that came.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/timer_wheel.h"
#include "talk/shard.h"
#include "tests/support/memory_connection.h"

namespace earshot::talk {

struct RecordingSink final : model::EventSink {
    void take(const model::Event& event) override {
        if (on_event) on_event(event);
        events.push_back(event);
    }
    bool wants_unfinished() const override { return unfinished; }
    bool wants_messages() const override { return messages; }
    std::vector<model::Event> events;
    std::function<void(const model::Event&)> on_event;
    bool unfinished = false, messages = true;
};

class Talking : public testing::Test {
  protected:
    Shard& shard() {
        if (!shard_) shard_ = std::make_unique<Shard>(wheel, clock, options, &sink, responder);
        return *shard_;
    }
    SessionId call(test::MemoryWire& to) { return shard().adopt(to.near()); }
    void drop_shard() { shard_.reset(); }
    // Lets everything happen that can without time going on.
    void settle() {
        for (int i = 0; i < 3; ++i) {
            for (test::MemoryWire* each : wires) EXPECT_TRUE(each->pump()) << "somebody spins";
            shard().finish_batch();
        }
    }
    void wait(Millis time) {
        for (Millis passed(0); passed < time; passed += Millis(10)) {
            clock.advance(Millis(10));
            wheel.advance(clock.now());
            shard().finish_batch();
        }
    }
    void command(model::CommandBody body, SessionId to = {}, std::string ref = "r") {
        shard().carry_out({to, false, std::move(ref), std::move(body)});
        settle();
    }

    template <typename Body>
    std::vector<Body> all() const {
        std::vector<Body> found;
        for (const model::Event& event : sink.events) {
            if (const auto* body = std::get_if<Body>(&event.body)) found.push_back(*body);
        }
        return found;
    }
    // The texts of all messages, each in brackets.
    std::string texts() const {
        std::string out;
        for (const auto& message : all<model::Message>()) out += "[" + message.text + "]";
        return out;
    }
    std::string bytes() const {
        std::string out;
        for (const auto& message : all<model::Message>()) out += as_chars(message.bytes.view());
        return out;
    }

    ManualClock clock;
    TimerWheel wheel{clock.now()};
    SessionOptions options;
    RecordingSink sink;
    Responder* responder = nullptr;
    test::MemoryWire wire;
    std::vector<test::MemoryWire*> wires{&wire};

  private:
    std::unique_ptr<Shard> shard_;
};

}  // namespace earshot::talk
