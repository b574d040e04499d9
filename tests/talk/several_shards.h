// Words for tests of a listener of several shards on one thread: what would happen on each of their threads happens
// when the test says so, in any interleaving.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "talk/neighbours.h"
#include "tests/talk/talk_fixture.h"

namespace earshot::talk {

// Answers nothing.
struct Deaf final : Responder {
    void message(Session&, const Received&) override {}
    void half_closed(Session&) override {}
};

class SeveralShards : public testing::Test {
  protected:
    struct Caller {
        SessionId id;
        test::MemoryWire wire;
        explicit Caller(std::size_t capacity) : wire(capacity) {}
    };
    struct Place {
        explicit Place(const Clock& clock) : wheel(clock.now()) {}
        std::deque<std::function<void()>> mailbox;
        TimerWheel wheel;
        RecordingSink sink;
        std::unique_ptr<Responder> responder;
        std::unique_ptr<Shard> shard;
        std::vector<std::unique_ptr<Caller>> callers;
    };

    ~SeveralShards() override {
        if (neighbours) neighbours->close();
        if (memory) memory->close();
        for (auto& place : places) place->shard.reset();
    }
    template <typename Reply>
    void open(std::size_t count) {
        neighbours = std::make_shared<Neighbours>(count);
        for (std::size_t i = 0; i < count; ++i) add_place(i, std::make_unique<Reply>());
    }
    void add_place(std::size_t number, std::unique_ptr<Responder> responder) {
        places.push_back(std::make_unique<Place>(clock));
        Place& place = *places.back();
        place.responder = std::move(responder);
        place.shard = std::make_unique<Shard>(place.wheel, clock, options, &place.sink, place.responder.get());
        if (neighbours->count() > 1) place.shard->join(neighbours, number);
        if (memory) place.shard->share(memory, [&place] { place.mailbox.push_back([] {}); });
        neighbours->settle(number, *place.shard, [&place](auto work) { place.mailbox.push_back(std::move(work)); });
    }
    // All callers and their shards go, for another open(); what is drawn from now on is as `seed` says.
    void begin_anew(unsigned seed) {
        shut();
        draws.seed(seed);
    }
    void shut() {
        for (auto& place : places) place->shard.reset();
        places.clear();
    }
    std::size_t below(std::size_t limit) { return draws() % limit; }
    Caller& call(std::size_t place, std::size_t capacity = 64 << 10) {
        Place& at = *places[place];
        at.callers.push_back(std::make_unique<Caller>(capacity));
        Caller& caller = *at.callers.back();
        caller.id = at.shard->adopt(caller.wire.near());
        return caller;
    }

    // A turn of one shard's loop: what is in its mailbox, some readiness, then the batch's end.
    virtual bool turn(std::size_t place, int events = 1000) {
        Place& at = *places[place];
        bool did = !at.mailbox.empty();
        for (auto& work : std::exchange(at.mailbox, {})) work();
        for (auto& caller : at.callers) {
            if (events-- > 0) did |= caller->wire.pump_once();
        }
        at.shard->finish_batch();
        return did;
    }
    // Until nothing happens any more.
    void settle() {
        for (int i = 0, quiet = 0; i < 100'000 && quiet < 3; ++i) {
            bool did = false;
            for (std::size_t place = 0; place < places.size(); ++place) did |= turn(place);
            quiet = did ? 0 : quiet + 1;
        }
    }
    void forget() {
        settle();
        for (auto& place : places) {
            for (auto& caller : place->callers) caller->wire.received();
            place->sink.events.clear();
        }
    }
    std::string heard(Caller& by) {
        settle();
        return by.wire.received();
    }

    ManualClock clock;
    SessionOptions options;
    std::shared_ptr<MemoryBound> memory;  // null: each shard has its own, without a bound
    std::shared_ptr<Neighbours> neighbours;
    std::vector<std::unique_ptr<Place>> places;
    std::mt19937 draws;
};

}  // namespace earshot::talk
