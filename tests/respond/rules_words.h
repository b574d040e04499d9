// Words for tests of rules: a file in a string, one caller, and what he gets.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "respond/rules/engine.h"
#include "respond/rules/parse.h"

namespace earshot::respond::rules {

class Ruled : public testing::Test {
  protected:
    void rules(std::string_view text) {
        auto set = parse_rules(text, "r.toml");
        ASSERT_TRUE(set) << set.error().message;
        engine.emplace(std::move(*set), clock);
    }
    static std::string error_of(std::string_view text) {
        const auto set = parse_rules(text, "r.toml");
        return set ? "" : set.error().message;
    }
    // What goes out at once.
    std::string greeting() {
        out.clear();
        engine->opened(caller, who, out);
        return sent();
    }
    std::string say(std::string_view message) { return say(caller, message); }
    std::string say(Caller& by, std::string_view message) {
        out.clear();
        engine->message(by, who, as_bytes(message), out);
        return sent();
    }
    std::string wait(Millis time, bool is_slow = false) {
        clock.advance(time);
        out.clear();
        engine->tick(caller, who, is_slow, out);
        return sent();
    }
    std::string sent() const { return std::string(as_chars(out.send.view())); }

    ManualClock clock;
    std::optional<Engine> engine;
    Caller caller;
    Who who{7, nullptr, nullptr};
    Outcome out;
};

}  // namespace earshot::respond::rules
