// All conversations of one thread, in one table, with what they share: the timers, the read buffer, the sink of their
// Events and the Commands that steer them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/memory_bound.h"
#include "base/timer_wheel.h"
#include "model/command.h"
#include "model/event.h"
#include "net/connection.h"
#include "talk/log_block.h"
#include "talk/neighbours.h"
#include "talk/responder.h"
#include "talk/session.h"
#include "talk/tally.h"

namespace earshot::talk {

class FanOut;
class Tracer;

class Shard {
  public:
    // `sink` null: nobody watches, no Event is built. `responder` null: only Commands send. All outlive the shard.
    Shard(TimerWheel& timers, const Clock& clock, SessionOptions options, model::EventSink* sink, Responder* responder);
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    // Takes a connection that is established (TLS included), emits `opened` and begins to read.
    // `id`: one reserved before, for a call that had a number while it was being made.
    // `partner`: the conversation for whose sake that call was made.
    // Throws std::bad_alloc where there is no memory for it, and has not taken `connection` then.
    SessionId adopt(std::unique_ptr<net::Connection>&& connection, SessionId id = {}, SessionId partner = {});
    SessionId reserve_id() { return SessionId{(last_id_ += id_step_)}; }
    // Carries out a command; answers with `sent` or `error` where it has a ref or fails. Not quit and reconnect: those
    // are the program's.
    void carry_out(const model::Command& command);
    // The same for a command that is for conversations of several shards, whose answer somebody else gives: what it
    // would come to here, and, carried out for all that are here, what it came to.
    struct Outcome {
        std::size_t addressees = 0;
        SessionId id{};  // of one it concerned
        ByteCount bytes = 0;
        std::uint32_t conversations = 0;  // that it was carried out for
        std::optional<Error> error;
    };
    Outcome look_at(const model::Command& command);
    Outcome carry_out_for_all(const model::Command& command);

    Session* find(SessionId id);
    std::size_t size() const { return sessions_.size(); }
    // Those that have not ended; of them, those that we did not begin.
    std::size_t present() const { return sessions_.size() - to_bury_.size(); }
    std::size_t callers() const { return callers_; }
    template <typename Each>
    void for_each(Each each) {
        for (auto& [id, session] : sessions_) each(*session);
    }

    // What was said here so far goes to the other shards. finish_batch() does so too; before it, where they are on the
    // same thread, their callers get it together with what was said there.
    void hand_on();
    // After a batch of events: what was queued leaves, who has ended is buried. Views are flushed after it.
    void finish_batch();
    // Drains and closes every session; those still there after the grace are reset. is_empty() tells when it is over.
    void close_all(Reason reason, const std::string& detail);
    void reset_all(Reason reason, const std::string& detail);
    bool is_empty() const { return sessions_.empty(); }
    // A sink that must not miss anything is full: nobody is read until it is not.
    void hold_reading(bool hold);

    // It is one of several: to be said before its first conversation.
    void join(std::shared_ptr<Neighbours> neighbours, std::size_t place);
    Mail* mail() const { return mail_.get(); }  // null: it is the only one

    // What the queues of all shards may take together: to be said before its first conversation. `wake`: see there.
    void share(std::shared_ptr<MemoryBound> memory, std::function<void()> wake);
    // Where memory is short: gives back what is kept for convenience, before anybody loses a message for it.
    void set_gives_way_first(std::function<void()> gives_way) { gives_way_first_ = std::move(gives_way); }
    const MemoryBound& memory() const { return *memory_; }
    bool is_short_of_memory() const { return memory_->is_short(); }

    // Where the ladders of its conversations are made; null: nowhere. Outlives the shard.
    void set_tracer(Tracer* tracer) { tracer_ = tracer; }
    Tracer* tracer() const { return tracer_; }
    // Called when a session has ended, after its `closed` event.
    void set_on_ended(std::function<void(SessionId, Reason)> on_ended) { on_ended_ = std::move(on_ended); }
    void emit(SessionId id, std::string ref, model::Body body);
    // Who answers those that come from now on; null: nobody. Outlives the shard.
    void set_responder(Responder* responder) { responder_ = responder; }
    TimerWheel& timers() const { return timers_; }
    const Clock& clock() const { return clock_; }
    const Tally& tally() const { return tally_; }
    Responder* responder() const { return responder_; }
    bool is_watched() const { return sink_ != nullptr; }
    model::EventSink* sink() const { return sink_; }
    const SessionOptions& options() const { return options_; }
    SessionOptions& options() { return options_; }

  private:
    friend class FanOut;
    friend class Session;
    Session& place(std::unique_ptr<net::Connection>&& connection, SessionId id);
    void begin(Session& session, SessionId partner);
    void ended(Session& session, Reason reason);
    void needs_flush(Session& session);
    // For fan-outs: an empty block with room for so many bytes, and one that nobody has any more.
    std::shared_ptr<LogBlock> block_for(std::size_t bytes);
    void take_back(std::shared_ptr<LogBlock> block);
    // For sessions: it is not read until there is memory; it begins or ceases to hold some.
    void hold_for_memory(Session& session);
    void add_holder(Session& session);
    void remove_holder(Session& session);
    using Holding = std::pair<std::size_t, Session*>;
    std::vector<Holding> holdings(bool unfinished_only) const;
    void let_leave();
    void bury();
    bool make_room();
    bool read_again();
    void look_again();
    // Sees to it that there is another batch.
    struct MemoryDue final : Timer {
        void on_timer() override {}
    };
    std::vector<Session*> addressees(const model::Command& command);
    using Encoded = std::vector<std::pair<Session*, std::vector<std::uint8_t>>>;
    void fail(const model::Command& command, SessionId id, Error error);
    ByteCount speak(const model::SendText& text, bool all, std::vector<Session*>& to);
    // `alone`: nobody else is addressed, here or in another shard.
    Outcome carry_out_for(const model::Command& command, const std::vector<Session*>& to, bool alone);
    Outcome send(const model::Command& command, const std::vector<Session*>& all, bool alone);
    Status encode(const model::Command& command, const std::vector<Session*>& to, bool alone, Encoded& encoded);
    Status carry_out_on(const model::CommandBody& body, Session& session);

    TimerWheel& timers_;
    const Clock& clock_;
    SessionOptions options_;
    model::EventSink* sink_;
    Responder* responder_;  // of who comes
    Tracer* tracer_ = nullptr;
    std::function<void(SessionId, Reason)> on_ended_;
    std::vector<FanOut*> to_deliver_;  // those with something new; a session that ends may add one
    std::unordered_map<SessionId, std::unique_ptr<Session>> sessions_;
    std::vector<SessionId> to_flush_;
    std::vector<SessionId> to_bury_;
    std::uint64_t last_id_ = 0, id_step_ = 1;
    std::size_t callers_ = 0;
    std::unique_ptr<Mail> mail_;  // null: there is no other shard
    bool held_ = false;
    std::shared_ptr<MemoryBound> memory_;
    std::size_t memory_place_ = 0;                         // there
    std::function<void()> gives_way_first_;                // empty: nothing does
    std::vector<std::shared_ptr<LogBlock>> spare_blocks_;  // for the next batch
    std::vector<Session*> holders_;                        // those who hold memory
    std::vector<FanOut*> fan_outs_;                        // those that may keep a block
    std::vector<SessionId> held_for_memory_;
    MemoryDue memory_due_;
    Tally tally_;
    MessageText message_text_;               // shared likewise
    std::vector<std::uint8_t> read_buffer_;  // shared: what is not yet a message is copied out of it
};

}  // namespace earshot::talk
