// A running connect, listen or tap: the shard with its conversations, the call or the reception that feeds it, and the
// way it ends. Front ends (console, JSON lines, a plain server) stand around it: Events to their sink, Commands through
// give().
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "app/branches.h"
#include "app/ladder_files.h"
#include "app/options.h"
#include "app/output.h"
#include "app/places.h"
#include "app/service_log.h"
#include "app/status_page.h"
#include "app/successor.h"
#include "app/supervisor.h"
#include "app/wiring.h"
#include "model/command.h"
#include "net/loop.h"
#include "net/reception.h"
#include "net/wait.h"
#include "respond/repertoire.h"
#include "talk/caller.h"
#include "talk/responder.h"
#include "talk/shard.h"
#include "talk/tracer.h"

namespace earshot::app {

class Host final : public model::CommandSink, private net::ReceptionHandler {
  public:
    struct Manner {
        bool stays_after_end = false;            // connect: the console offers /reconnect
        bool one_caller = false;                 // listen --once
        bool tells_stderr = false;               // `listening on` and what goes wrong outside a conversation
        bool drains_output = false;              // settle() ends the loop, once everything is written
        Supervisor* supervisor = nullptr;        // null: nobody wants to hear how it goes
        const Invocation* invocation = nullptr;  // null: it is not to be started anew
    };

    // `sink` null: nobody watches. The loop and the sink must outlive the host.
    Host(net::Loop& loop, const Options& options, talk::SessionOptions session, Manner manner, model::EventSink* sink);
    ~Host() override;

    // Opens the door or makes the call. Errors: what keeps it from listening; a call that fails is an event.
    Status start(const Effective& holds);
    void give(model::Command command) override;
    // Hangs up on everybody in order (at most five seconds), then ends the loop. Called again: at once.
    void stop();
    // stop() with status 1 and `error` told on stderr. Only the first one counts.
    void fail(const Error& error);
    // What kept it from starting, in the log or on stderr.
    void tell_failure(const Error& error);
    // Nobody sees any more what comes: what is queued still goes, but nobody's FIN is waited for. `error` null: the
    // reader went away, which is no failure.
    void reader_gone(const Error* error);
    // SIGHUP: access lists, certificates, and what the reply was made from. Of what cannot be read the former stays in
    // force.
    void reload();
    // SIGUSR2: starts the program anew; when that takes the callers, this one ends with its last conversation.
    void restart();
    // After each batch of events.
    void finish_batch();
    // The same with an output that must not miss anything: everybody waits while it is full, and the loop ends when the
    // last of it is written.
    void settle(Output& output);
    bool is_held() const { return held_; }
    // False: commands wait for their turn; who reads them should wait too.
    bool takes_commands() { return later_.empty() && (!branches_ || branches_->has_room()); }
    bool has_failed() const { return failed_; }
    bool has_left() const { return left_; }

    talk::Shard& shard() { return shard_; }
    // What `view` holds for convenience counts as what waits for callers, and goes before anything of that. Outlives
    // the host.
    template <typename View>
    void count_held(View& view) {
        view.share_memory(memory_);
        shard_.set_gives_way_first([&view] { view.give_way(); });
    }
    int exit_status() const { return status_; }
    void set_exit_status(int status) { status_ = status; }
    bool is_stopping() const { return stopping_; }

  private:
    Status on_caller(std::unique_ptr<net::Connection>& connection) override;
    void on_turned_away(const net::Endpoint& peer, const Error& error, std::uint64_t callers) override;
    std::uint64_t present() const override { return places_.taken(); }
    void session_ended(SessionId id, Reason reason);
    void call_over(Reason reason);
    void reconnect(const model::Command& command);
    Status set_reply(SessionId caller, std::string_view reply);
    Status reread_replies(bool asked);
    void reply_changed(SessionId caller, const model::ReplyChanged& change);
    Status reload_access();
    Status reload_tls();
    Status open_ladder_files(const Effective& holds);
    void trace_conversations(bool all);
    void no_packets(const Error& error);
    std::vector<SessionId> addressees(const model::Command& command);
    void show_ladder(const model::Command& command, bool follow);
    void refuse_ladder(const model::Command& command);
    void read_accounts(const model::Command& command);
    bool waits_for_ladders();
    bool ends_call(const model::Command& command);
    void hold(bool hold);
    Status open_reception(const Effective& holds);
    void make_branches();
    std::vector<net::ListenOptions> doors_beside(const net::ListenOptions& own,
                                                 const std::vector<std::vector<net::PassedSocket>>& shares) const;
    std::vector<net::PassedSocket> all_sockets() const;
    void carry_out(model::Command command);
    void give_later();
    void leave_when_empty();
    Status open_status_page();
    std::string not_ready() const;
    void announce(view::LogLevel level, view::ProgramEvent event, const std::string& message);
    void tell_supervisor_ready();
    void ping();
    void await_ping();
    void not_restarted(const char* why);
    void hand_over(int pid);

    net::Loop& loop_;
    const Options& options_;
    Manner manner_;
    respond::ProgramLimit programs_;
    respond::Means means_;
    Result<std::unique_ptr<talk::Responder>> responder_;  // only why there is none
    respond::Repertoire replies_;
    std::unique_ptr<LadderFiles> ladder_files_;  // null: none asked for
    ServiceTally service_;
    std::unique_ptr<ServiceLog> log_;          // between the shard and the sink; null: no --log
    std::unique_ptr<model::EventSink> watch_;  // between the shard and the sink, for them
    std::shared_ptr<MemoryBound> memory_;      // of all shards
    talk::Shard shard_;
    std::unique_ptr<talk::Tracer> tracer_;  // null: nobody asked for a ladder
    std::optional<SteadyTime> ladders_until_;
    net::Wait<Host> ladders_due_{*this, &Host::leave_when_empty};
    std::unique_ptr<net::Reception> reception_;
    std::unique_ptr<talk::Caller> caller_;
    Places places_;
    ShardPlaces own_places_{places_, shard_};
    std::deque<model::Command> later_;         // given while one before them is being answered
    std::unique_ptr<Branches> branches_;       // null: this is the only shard.
    std::unique_ptr<StatusPage> status_page_;  // null: no --metrics
    std::unique_ptr<Successor> successor_;     // being started
    bool retiring_ = false;                    // it has taken over
    net::Wait<Host> grace_over_{*this, &Host::stop};
    net::Wait<Host> ping_due_{*this, &Host::ping};
    int status_ = 0;
    bool stopping_ = false;
    bool left_ = false;  // nothing is left to wait for, and `stopped` has been told
    bool had_caller_ = false;
    bool failed_ = false;
    bool hasty_ = false;  // nobody is left to see the end of the conversations
    bool held_ = false;   // the output is full: nobody is read, let in or called
};

// Told to people and scripts on stderr: "earshot: ..." in one line, what came from a peer escaped.
void tell(std::string_view message);

}  // namespace earshot::app
