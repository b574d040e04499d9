// --reply exec:CMD: a program for each caller. What he sends is its standard input, what it writes to its standard
// output he gets, and when it ends the conversation does. What it writes to its standard error is told here, line by
// line.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/loop.h"
#include "net/process.h"
#include "net/spawner.h"
#include "net/wait.h"
#include "talk/responder.h"

namespace earshot::respond {

// How many programs may run for callers, whichever reply started them; several threads may share it.
struct ProgramLimit {
    std::uint64_t most = 100;  // 0: as many as can be
    std::atomic<std::uint64_t> running = 0;
    std::uint64_t descriptors = 0;  // what a program gets as its soft limit; 0: ours
    // At the end of all: until when those are waited for that are told to end. Set by the first who waits.
    std::optional<SteadyTime> waits_until;

    // Whether one more may run. Thread-safe, as free() is.
    bool take() {
        if (running.fetch_add(1) < most || most == 0) return true;
        free();
        return false;
    }
    void free() { running.fetch_sub(1); }
};

// His FIN ends the program's standard input, its end of output is our FIN, and whoever is slow slows the other. A
// caller who leaves hangs up on his program: SIGHUP and SIGTERM to its group, SIGKILL after a grace.
class Exec final : public talk::Responder {
  public:
    struct Command {
        std::vector<std::string> words;
        std::string name;       // of the program, in messages
        bool terminal = false;  // it gets a pty
    };
    // All outlive it, and it the shard's last conversation.
    Exec(net::Loop& loop, ProgramLimit& limit, Command command);
    // Waits for programs that are being ended, two seconds at most, however many of these there are.
    ~Exec() override;

    // "exec:CMD": the words of CMD, no shell. Errors: usage, for what is no command or a program that is not there.
    static Result<Command> parse(std::string_view command);
    // "exec-shell:CMD": what /bin/sh makes of it.
    static Result<Command> parse_for_shell(std::string_view command);
    static Result<Command> parse_for_terminal(std::string_view command);

    void opened(talk::Session& session) override;
    Status room_for(std::size_t callers) const override;
    void received(talk::Session& session, ByteView bytes) override;
    bool takes_messages() const override { return false; }
    void message(talk::Session&, const talk::Received&) override {}
    void half_closed(talk::Session& session) override;
    void drained(talk::Session& session) override;
    void closed(talk::Session& session) override;
    void left(talk::Session& session) override;
    bool is_idle() const override { return jobs_.empty() && leaving_.empty(); }

  private:
    class Job;
    Job* job_of(const talk::Session& session);
    void turn_away(talk::Session& session);
    std::vector<std::string> environment_for(const talk::Session& session) const;
    void sweep();

    net::Loop& loop_;
    ProgramLimit& limit_;
    const Command command_;
    std::vector<std::string> environment_;  // what all get
    std::vector<std::uint8_t> buffer_;      // one read's
    net::Spawner spawner_;
    std::unordered_map<SessionId, std::unique_ptr<Job>> jobs_;
    std::vector<std::unique_ptr<Job>> leaving_;  // their callers are gone
    net::Wait<Exec> sweeping_{*this, &Exec::sweep};
};

}  // namespace earshot::respond
