// The shards of a listener beside the first one, and what concerns all of them together: commands that are for
// conversations of several, being held, leaving. Everything here is the first thread's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/branch.h"
#include "base/credit.h"
#include "model/command.h"
#include "net/crew.h"
#include "net/reception.h"
#include "talk/neighbours.h"
#include "talk/shard.h"

namespace earshot::app {

class Branches {
  public:
    struct Making {
        std::size_t threads = 2;  // of the program, the first one included
        std::shared_ptr<MemoryBound> memory;
        Branch::MakeResponder responder;
        model::EventSink* sink = nullptr;  // of all shards; null: nobody watches
        std::function<void(const net::Endpoint& peer, const Error& error, std::uint64_t callers)> on_turned_away;
        std::function<void()> on_left;      // all of them have
        std::function<void()> on_answered;  // a command for several conversations: the next may be given
    };
    // `first` is the shard of this thread, before its first caller. All outlive this.
    Branches(net::Loop& loop, talk::Shard& first, Places& places, Making making);
    ~Branches();
    // Begins to serve beside the first shard's door, each at what `doors` says. Errors: usage, or what keeps one from
    // listening there.
    Status open(net::ReceptionOptions door, const std::vector<net::ListenOptions>& doors);
    // What all of them listen on.
    std::vector<net::PassedSocket> sockets() const;
    // Another program takes the callers: each leaves with its last conversation.
    void hand_over();
    // No thread but this runs any more. For the end; otherwise the destructor does it.
    void end();
    Branches(const Branches&) = delete;
    Branches& operator=(const Branches&) = delete;

    // As Shard::carry_out, wherever the conversations are. Not while one is being answered.
    void carry_out(model::Command command);
    bool is_answering() const { return asked_.has_value(); }
    // False: the branches have more commands to carry out than they should; the loop turns once they have not.
    bool has_room() { return !commands_->must_wait(); }
    // To look at, also while they work: shard().tally(), loop().post().
    const std::vector<std::unique_ptr<Branch>>& all() { return branches_; }
    void for_each(const std::function<void(Branch&)>& work);
    // Once `first` has read anew what it is made from: so are their responders.
    void make_anew(const talk::Responder& first);
    // Threads that make the turns of all shards at the moment. Thread-safe.
    std::size_t running_threads() const { return crew_.running(); }
    void hold(bool hold);
    void leave(bool at_once);
    void hurry();
    bool have_left() const { return left_ == branches_.size(); }

  private:
    // A command that is for several: first all are asked what it would come to, then it is carried out.
    struct Asked {
        model::Command command;
        bool carries_out = false;
        std::size_t missing = 0;  // answers
        talk::Shard::Outcome sum;
    };

    void send(std::size_t home, model::Command command);
    void ask(bool carries_out);
    void answered(const talk::Shard::Outcome& outcome);
    void conclude();
    void refuse(const model::Command& command, Reason reason, std::string why);
    std::uint64_t bytes_moved() const;

    net::Loop& loop_;
    talk::Shard& first_;
    const Making making_;
    std::shared_ptr<talk::Neighbours> neighbours_;
    std::shared_ptr<Credit> commands_;
    std::vector<std::unique_ptr<Branch>> branches_;
    net::Crew crew_;
    std::optional<Asked> asked_;
    std::size_t left_ = 0;
};

}  // namespace earshot::app
