// One more shard of a listener: its loop, which a crew runs, its door at the port that all share, its callers and
// what answers them. The Host, which is the first shard, owns it; what happens here that concerns the whole program
// goes to the first loop.
#pragma once

#include <functional>
#include <memory>

#include "app/courier.h"
#include "app/places.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/reception.h"
#include "talk/neighbours.h"
#include "talk/shard.h"

namespace earshot::app {

class Branch final : private net::ReceptionHandler {
  public:
    struct Surroundings {
        net::Loop& first;                              // the Host's
        model::EventSink* sink = nullptr;              // on its thread; null: nobody watches
        std::shared_ptr<talk::Neighbours> neighbours;  // where it is `place`
        std::size_t place = 0;
        Places& places;
        std::shared_ptr<MemoryBound> memory;  // of all shards
        // On the first loop's thread.
        std::function<void(const net::Endpoint& peer, const Error& error, std::uint64_t callers)> on_turned_away;
        std::function<void()> on_left;
    };

    using MakeResponder = std::function<Result<std::unique_ptr<talk::Responder>>(net::Loop&)>;

    Branch(const Clock& clock, talk::SessionOptions session, const MakeResponder& make_responder,
           Surroundings surroundings);
    Branch(const Branch&) = delete;
    Branch& operator=(const Branch&) = delete;

    // Before the loop is run. `options.listen.beside` says which ports. Errors: the responder's too.
    Status open_door(net::ReceptionOptions options);
    // Thread-safe, carried out in order.
    void post(std::function<void(Branch&)> work);
    net::Loop& loop() { return loop_; }

    // --- on whose thread the loop is
    talk::Shard& shard() { return shard_; }
    talk::Responder* responder() { return responder_->get(); }
    net::Reception& reception() { return *reception_; }
    // What keeps its door from taking callers that is not the program's wish; empty: nothing that is known.
    std::string not_ready() const;
    // Hangs up on everybody in order, or at once; on_left() follows.
    void leave(bool at_once);
    // Another program takes the callers; on_left() follows the last conversation, and the last handshake, here.
    void hand_over();
    // Nobody sees what comes: it has left as soon as what is queued has gone.
    void hurry() { hasty_ = true; }
    void hold(bool hold) { set_held(kByHost, hold); }
    // The events so far are on their way to the first loop.
    void flush_events();

  private:
    static constexpr unsigned kByHost = 1, kByCourier = 2;

    Status on_caller(std::unique_ptr<net::Connection>& connection) override { return own_places_.adopt(connection); }
    void on_turned_away(const net::Endpoint& peer, const Error& error, std::uint64_t callers) override;
    std::uint64_t present() const override { return around_.places.taken(); }
    void set_held(unsigned by, bool hold);
    void finish_batch();
    bool has_nothing_left();

    net::Loop loop_;
    const Surroundings around_;
    Result<std::unique_ptr<talk::Responder>> responder_;
    std::unique_ptr<Courier> courier_;  // null: nobody watches
    talk::Shard shard_;
    std::unique_ptr<net::Reception> reception_;
    ShardPlaces own_places_{around_.places, shard_};
    unsigned held_ = 0;
    bool leaving_ = false, hasty_ = false, left_ = false;
};

}  // namespace earshot::app
