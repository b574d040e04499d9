// Which rule fires for what a caller sent, and what time brings about: from events and a clock to bytes to send, names
// and ends. Knows no session and no timer; its owner asks next_due() and calls tick().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_buffer.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "respond/rules/rule_set.h"

namespace earshot::respond::rules {

// What is remembered of one caller, where the rules need that at all (RuleSet::keeps_state).
struct Caller {
    struct Waiting {
        std::vector<std::uint8_t> bytes;
        bool closes = false;
    };
    std::string peer, device;
    std::vector<std::uint64_t> counts;           // by Effect::counter; empty until something is counted
    std::multimap<SteadyTime, Waiting> waiting;  // answers that are delayed, by when they are due
    std::size_t waiting_size = 0;                // bytes of memory that they take
    std::vector<SteadyTime> every_due;
    SteadyTime opened{}, heard{};  // heard: the last heartbeat, or the beginning
};

// Whose message it is, and in which encodings he talks; null: UTF-8 or bytes, nothing is decoded or encoded.
struct Who {
    std::uint64_t id = 0;
    const text::Encoding* receive = nullptr;
    const text::Encoding* send = nullptr;
};

// What is to be done, in this order.
struct Outcome {
    std::optional<std::string> device;  // the name he has now
    ByteBuffer send;
    std::vector<std::string> faults;   // answers that could not be made, and why
    std::vector<std::size_t> dropped;  // bytes of each answer that was too much to wait
    bool closes = false;
    std::optional<std::string> timed_out;  // he is given up, and why

    void name(std::string as) { set(device, std::move(as)); }
    void fault(std::string why) { set(faults.emplace_back(), std::move(why)); }
    void drop(std::size_t bytes) { set(dropped.emplace_back(), bytes); }
    void close(bool now) {
        if (now) set(closes, true);
    }
    void give_up(std::string why) { set(timed_out, std::move(why)); }
    // Nothing is to be done but to send.
    bool only_sends() const { return !has_more_; }
    void clear() {
        send.clear();
        if (has_more_) clear_rest();
    }

  private:
    template <typename What, typename Value>
    void set(What& what, Value&& value) {
        what = std::forward<Value>(value);
        has_more_ = true;
    }
    void clear_rest();

    bool has_more_ = false;
};

class Engine {
  public:
    // The clock outlives the engine.
    Engine(std::shared_ptr<const RuleSet> rules, const Clock& clock);

    // Other rules from now on; counting begins anew.
    void set_rules(std::shared_ptr<const RuleSet> rules);
    const RuleSet& rules() const { return *rules_; }

    // Each adds to `out`.
    void opened(Caller& caller, const Who& who, Outcome& out);
    // For a caller who was there before the rules: as opened(), but nobody is greeted and what waits to be sent stays.
    void adopt(Caller& caller);
    void message(Caller& caller, const Who& who, ByteView payload, Outcome& out);
    // `is_slow`: he does not read what he gets, so what comes every so often is counted as dropped.
    void tick(Caller& caller, const Who& who, bool is_slow, Outcome& out);
    // The answers that wait for him are let go; ends that wait stay.
    struct GivenUp {
        std::uint64_t answers = 0;
        ByteCount bytes = 0;
    };
    static GivenUp give_up(Caller& caller);
    // When tick() is next needed.
    std::optional<SteadyTime> next_due(const Caller& caller) const;

  private:
    struct Heard {
        std::string_view text;  // without its end of line
        ByteView payload;
    };
    std::string_view decoded(ByteView payload, const text::Encoding& encoding);
    bool ask(const Rule& rule, std::size_t literal_at, Caller& caller, const Who& who, const Heard& heard,
             Outcome& out);
    bool matches(const Rule& rule, const Heard& heard, std::size_t literal_at);
    bool matches_simply(const Rule& rule, const Heard& heard, std::size_t literal_at);
    std::span<std::string_view> captures_of(const Effect& effect) { return {captures_.data(), effect.captures}; }
    bool may_fire(const Effect& effect, Caller& caller) const;
    void fire(const Rule& rule, Caller& caller, const Who& who, ByteView payload, Outcome& out);
    void fire(const Effect& effect, Caller& caller, const Who& who, Filling& filling, Outcome& out);
    void answer(const Effect& effect, Caller& caller, Filling& filling, Outcome& out);
    void give(Caller& caller, Millis delay, std::vector<std::uint8_t> bytes, bool closes, Outcome& out);

    std::shared_ptr<const RuleSet> rules_;
    const Clock& clock_;
    // Kept between calls so that a message costs no allocation.
    std::string decoded_;
    std::vector<RuleSet::Found> found_;
    std::vector<int> scratch_;
    std::vector<std::string_view> captures_;
    std::vector<std::uint8_t> rendered_;
};

}  // namespace earshot::respond::rules
