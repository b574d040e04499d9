// The program of one caller: moves what it writes into the conversation, and tells its standard error in lines.
#pragma once

#include <string>

#include "base/clock.h"
#include "net/process.h"
#include "respond/exec.h"
#include "talk/shard.h"

namespace earshot::respond {

class Exec::Job final : private net::ProcessHandler {
  public:
    // Its place among those that run has been taken.
    Job(Exec& exec, talk::Session& session);
    ~Job();

    // Errors: as Process::start. What comes to light later resets the caller, as they do.
    Status start(std::vector<std::string> environment);
    static void refuse(talk::Session& session, const Error& error);
    void take(talk::Session& session, ByteView bytes);
    void end_input() { process_->end_input(); }
    void go_on();  // what it had written has left
    void hang_up();
    // The conversation has ended, or goes on without it. Both ends had said all they wanted: the program may go on with
    // what it was told for a while. Otherwise it is hung up on.
    void leave(bool in_order);
    void finish(SteadyTime until) { process_->finish(until); }
    bool is_over() const { return process_->is_over(); }

  private:
    enum class Moved : std::uint8_t { some, nothing, held_up, ended };

    void on_output() override;
    void on_errors() override;
    void on_room() override;
    void on_exited() override;
    void on_not_started(const Error& error) override;

    // Null: it has ended, or something else answers it.
    talk::Session* session() const { return has_left_ ? nullptr : shard_.find(id_); }
    Moved move_output(talk::Session& session);
    void move_the_rest();
    void half_close();
    void uncount();
    void last_words_over();
    void close();
    std::string how_it_ended() const;
    bool move_errors();
    void take_errors(std::string_view text);
    void tell_line();

    Exec& exec_;
    talk::Shard& shard_;
    const SessionId id_;
    std::unique_ptr<net::Process> process_;
    bool is_counted_ = true;  // among those that run
    bool has_left_ = false;
    bool output_ended_ = false;
    bool is_held_up_ = false;  // what it has written last is still in the queue
    bool gave_time_ = false;
    net::Wait<Job> output_over_{*this, &Job::half_close};
    net::Wait<Job> work_over_{*this, &Job::hang_up};
    net::Wait<Job> last_words_{*this, &Job::last_words_over};
    // Its standard error: the line that has not ended, and how much was told in this second.
    std::string line_;
    SteadyTime second_{};
    std::size_t told_ = 0;
    ByteCount left_out_ = 0;
};

}  // namespace earshot::respond
