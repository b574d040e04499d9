// Bulk piping between this process's standard input and output and one connection: `earshot connect h p < a > b`. The
// two directions are separate state machines; each moves bytes by what its two descriptors allow (see Inflow, Outflow)
// and neither starves the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/timer_wheel.h"
#include "net/connection.h"
#include "net/flow.h"
#include "net/loop.h"
#include "net/stdio.h"
#include "net/transform.h"

namespace earshot::net {

enum class OnEof : std::uint8_t {
    finish,       // send FIN, go on receiving
    keep,         // send nothing, receive until the peer ends
    close_after,  // FIN, wait until the peer's system has it all, end
};
enum class OnFin : std::uint8_t {
    go_on,  // send until stdin ends
    close,  // end once everything received is written
};

struct PipeOptions {
    OnEof on_eof = OnEof::finish;
    OnFin on_fin = OnFin::go_on;
    bool stdin_is_terminal = false;                         // counts as ended once the peer has sent FIN
    std::optional<std::chrono::milliseconds> idle_timeout;  // without a byte either way; none: for ever
    // This is the last conversation to write to stdout: where stdout is a pipe or socket, its reader sees the end at
    // the peer's FIN and not only when this process leaves.
    bool finish_output = false;
    std::unique_ptr<Transform> transform_in;   // what is received, before it is written
    std::unique_ptr<Transform> transform_out;  // what is read from stdin, before it is sent
};

enum class PipeSide : std::uint8_t { in, out };  // in: the peer ended his direction; out: we ended ours

struct PipeEnd {
    Error error;               // reason `closed` and no message: both ends finished in order
    bool reader_gone = false;  // nobody reads stdout any more: the end, and no failure
    ByteCount received = 0;    // bytes of the conversation
    ByteCount sent = 0;        // bytes given to the connection
};

class PipeHandler {
  public:
    // Must not destroy the pipe.
    virtual void on_half_closed(PipeSide side) = 0;
    // The last call; may destroy the pipe and the connection. The connection is still open: destroying it closes it.
    virtual void on_end(const PipeEnd& end) = 0;

  protected:
    ~PipeHandler() = default;
};

class Pipe final : private ReadyHandler {
  public:
    // Everything given by reference must outlive the pipe. Starts by itself; every call comes from the loop, none from
    // inside the constructor. Destroying the pipe cancels every wait and leaves the connection as it is.
    Pipe(Loop& loop, Connection& connection, Stdio input, Stdio output, PipeOptions options, PipeHandler& handler);
    ~Pipe();
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    ByteCount received() const { return inflow_.moved(); }
    ByteCount sent() const { return outflow_.moved(); }

  private:
    // What a direction is waiting for.
    enum class Wait : std::uint8_t { source, target, turn, finishing, nothing };

    // Waits for a standard descriptor, and out of epoll while nobody waits: a pipe that was hung up is always "ready".
    class Waiter final : public Watcher {
      public:
        Waiter(Pipe& pipe, std::uint32_t events, void (Pipe::*then)()) : pipe_(pipe), then_(then), events_(events) {}
        ~Waiter() { disarm(); }
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        bool arm(int descriptor);  // false: it cannot be waited for
        void disarm();
        void on_events(std::uint32_t) override { (pipe_.*then_)(); }

      private:
        Pipe& pipe_;
        void (Pipe::*then_)();
        std::uint32_t events_;
        int descriptor_ = -1;
    };

    // A timer that calls one function of the pipe.
    class Alarm final : public Timer {
      public:
        Alarm(Pipe& pipe, void (Pipe::*then)()) : pipe_(pipe), then_(then) {}

      private:
        void on_timer() override { (pipe_.*then_)(); }
        Pipe& pipe_;
        void (Pipe::*then_)();
    };

    void on_ready(bool readable, bool writable) override;
    // What the loop calls. Each ends with settle(), and with nothing after it: on_end may destroy this.
    void on_input_ready();
    void on_output_ready();
    void on_resume();
    void on_idle();
    void on_drain_look();
    void settle();

    void move_in();
    void move_out();
    void update_waits();
    void look_for_failure();

    void in_ended();
    void out_ended();
    void finish_sending();
    void connection_lost(const Error& error);
    void close_in_order(Error error);
    void check_drained();
    void note_traffic();
    void end(Error error, bool reader_gone = false);
    void end_lost(const Error& error);

    Loop& loop_;
    Connection& connection_;
    Stdio input_, output_;
    PipeOptions options_;
    PipeHandler& handler_;
    Inflow inflow_;
    Outflow outflow_;
    Wait in_ = Wait::source;
    Wait out_ = Wait::target;       // a connection is writable at once: what starts the sending, whatever stdin is
    std::optional<PipeEnd> end_;    // over; on_end is the next call
    std::optional<Error> lost_;     // the connection failed while received bytes were still to be had
    std::optional<Error> closing_;  // FIN is sent; on_end follows with this once nothing is unsent
    std::size_t unsent_ = 0;        // when last looked at
    Millis drain_wait_{1};
    SteadyTime drain_until_{};
    SteadyTime last_traffic_{};
    ByteCount traffic_ = 0;
    Waiter input_waiter_, output_waiter_;
    Alarm resume_alarm_, idle_alarm_, drain_alarm_;
};

}  // namespace earshot::net
