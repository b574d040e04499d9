// A program that runs beside us: its standard streams joined to descriptors of the loop, in a session and process group
// of its own, which is told to end as a whole. Its end is learnt of through a pidfd, so that it never stays a zombie
// and never a number is signalled that has become somebody else's. One shard's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/connection.h"
#include "net/spawner.h"
#include "net/wait.h"
#include "net/watched_fd.h"

namespace earshot::net {

struct ProcessOptions {
    std::vector<std::string> words;        // the program, looked up in PATH where it names no folder, and its arguments
    std::vector<std::string> environment;  // NAME=VALUE: all of it
    bool terminal = false;                 // its streams, the one for errors too, are a terminal of its own (pty)
    std::uint64_t descriptors = 0;         // its soft limit of them; 0: ours
    Millis grace{5000};                    // from hang_up() until what is left of its group is killed
};

// May not destroy the process from inside a call.
class ProcessHandler {
  public:
    virtual void on_output() = 0;  // read_output() has something, or its end
    virtual void on_errors() = 0;  // read_errors() likewise
    virtual void on_room() = 0;    // what write_input() had kept has gone
    // The program has ended. What it wrote can still be read. After hang_up(): nothing of it is left.
    virtual void on_exited() = 0;
    // It could not be started after all, and nothing else of it will be heard.
    virtual void on_not_started(const Error& error) = 0;

  protected:
    ~ProcessHandler() = default;
};

class Process final {
  public:
    // It begins to run a little later; what is written to it waits for it. Errors: no descriptors for its streams; what
    // else keeps it from being started is told to the handler. SIGPIPE must be ignored. All three outlive it.
    static Result<std::unique_ptr<Process>> start(Loop& loop, Spawner& spawner, ProcessOptions options,
                                                  ProcessHandler& handler);
    // What still runs is killed, with its group.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t id() const { return pid_; }  // negative: it does not run yet, or could not be started

    // would_block; end: it has closed that stream (and, of a terminal, so has everybody who had it). Both are told of
    // from the start on.
    IoResult read_output(MutableByteView into);
    IoResult read_errors(MutableByteView into);
    // Whether on_output() is called: not, while its reader is slower than it.
    void want_output(bool wanted);
    void close_output();  // what it goes on writing fails
    void close_errors();
    // What it does not take at once is kept. False: some is, and on_room() tells when it has gone.
    bool write_input(ByteView bytes);
    // The memory that takes, in bytes.
    std::size_t kept() const { return kept_.capacity(); }
    // Its standard input ends behind what is kept; on a terminal by the character for that (VEOF).
    void end_input();
    // Bytes given to it that it has not read: it has closed its standard input, or has ended. A terminal's are not
    // known.
    ByteCount unread() const;

    // SIGHUP, SIGTERM and, after the grace, SIGKILL to its group. Its input and output are closed; on_errors() and
    // on_exited() are still called.
    void hang_up();
    bool has_exited() const { return exited_; }
    // Nothing of it is left, as far as it is our business.
    bool is_over() const { return exited_ && !group_left_.is_set(); }
    // For the end of the program, without the loop: waits for it until then, at most for the grace, and kills the rest.
    void finish(SteadyTime until);

    // How it ended: one of the two. Not before has_exited().
    int exit_status() const { return exit_status_; }      // 0 where it did by a signal
    int ending_signal() const { return ending_signal_; }  // 0: none

  private:
    struct Birth;

    Process(Loop& loop, const ProcessOptions& options, ProcessHandler& handler);
    Status open_streams(Birth& birth);
    Status open_terminal(Birth& birth);
    static void bear(Birth& birth);
    static void run_program(Birth& birth);
    int take_from_birth();
    void born();
    bool watch_all();
    void end_group();
    IoResult read(WatchedFd<Process>& from, MutableByteView into);
    void output_ready() { handler_.on_output(); }
    void errors_ready() { handler_.on_errors(); }
    void input_ready();
    void ended();
    void look_at_group();
    void signal_group(int signal) const;
    bool reap(bool wait);
    void drop_input();
    void widen(const WatchedFd<Process>& pipe, bool& is_wide);

    Loop& loop_;
    ProcessHandler& handler_;
    const bool terminal_;
    const Millis grace_;
    pid_t pid_ = -1;
    std::shared_ptr<Birth> birth_;  // null: it has been started, or could not be
    WatchedFd<Process> end_{loop_, *this, &Process::ended};
    WatchedFd<Process> input_{loop_, *this, &Process::input_ready};
    WatchedFd<Process> output_{loop_, *this, &Process::output_ready};
    WatchedFd<Process> errors_{loop_, *this, &Process::errors_ready};
    std::vector<std::uint8_t> kept_;  // on its way in
    std::size_t kept_at_ = 0;
    std::uint8_t last_written_ = '\n';  // what a line of a terminal ends with
    bool input_ends_ = false;
    bool wants_output_ = true;
    bool input_is_wide_ = false, output_is_wide_ = false;
    ByteCount unread_ = 0;
    Wait<Process> group_left_{*this, &Process::look_at_group};  // set from hang_up() until nothing is left
    SteadyTime killed_at_{};
    bool hung_up_ = false;
    bool exited_ = false;
    int exit_status_ = 0, ending_signal_ = 0;
};

}  // namespace earshot::net
