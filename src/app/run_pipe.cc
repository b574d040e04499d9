// Standard input and output and one conversation: bytes as they are, or text in another encoding on the wire.
#include <unistd.h>

#include <csignal>
#include <memory>

#include "app/host.h"
#include "app/ladder_files.h"
#include "app/ladder_printer.h"
#include "app/running.h"
#include "app/signals.h"
#include "app/terminal_charset.h"
#include "app/text_transform.h"
#include "base/i18n.h"
#include "net/pipe.h"
#include "net/wait.h"
#include "talk/tracer.h"

namespace earshot::app {

namespace {

using talk::TextChoice;

class PipeRun final : private net::ReceptionHandler, public net::PipeHandler, private Timer {
  public:
    PipeRun(net::Loop& loop, const Run& run, talk::SessionOptions text)
        : loop_(loop), run_(run), text_(std::move(text)) {}

    Status start() {
        auto files = LadderFiles::make(run_.options, run_.holds);
        if (!files) return files.error();
        files_ = std::move(*files);
        if (run_.options.ladder.live) trace_conversation();
        if (run_.options.verb == Verb::listen) return open_reception();
        auto options = call_options(run_.options, run_.holds);
        if (!options) return options.error();
        options->dial.on_attempt = [this](const net::Endpoint& peer) {
            if (tracer_) tracer_->calling(kId, peer);
        };
        options->dial.on_attempt_left = [this](const net::Endpoint& peer, const net::Endpoint& local) {
            if (tracer_) tracer_->call_left(kId, peer, local);
        };
        options->dial.on_attempt_failed = [this](const net::Endpoint& peer, Reason reason) {
            if (tracer_) tracer_->call_failed(kId, peer, reason);
        };
        call_ = std::make_unique<net::Call>(loop_, std::move(*options));
        dial();
        return Ok{};
    }
    // A signal: the status that a shell expects of one, and nothing is waited for but a ladder's last rows.
    void interrupt(int signal) {
        status_ = 128 + signal;
        if (signal == SIGTERM && run_.options.verb == Verb::listen && !connection_) status_ = 0;
        if (!tracer_ || std::exchange(interrupted_, true)) return loop_.stop_soon();
        cancel();
        pipe_.reset();
        call_.reset();
        reception_.reset();
        tracer_->call_given_up(kId);
        if (connection_) tracer_->ending(kId, talk::Tracer::Ending::in_order);
        connection_.reset();
        leave();
    }
    void finish_ladders() {
        if (tracer_) tracer_->finish();
        if (files_) files_->finish();
    }
    int exit_status() const { return status_; }

  private:
    Status open_reception() {
        auto options = reception_options(run_.options, run_.holds);
        if (!options) return options.error();
        if (tracer_) {
            options->listen.before_listening = [this](const net::Endpoint& bound) { tracer_->listening({&bound, 1}); };
        }
        auto reception = net::Reception::open(loop_, std::move(*options), *this);
        if (!reception) return reception.error();
        reception_ = std::move(*reception);
        if (run_.supervisor) {
            run_.supervisor->let_go();
            run_.supervisor->ready("");
        }
        for (const net::Endpoint& address : reception_->addresses()) {
            const std::string line = for_people(tr_format("listening on {}", address.text()) + "\n");
            std::fwrite(line.data(), 1, line.size(), stderr);
        }
        if (reception_->tls() && !reception_->tls()->made_sha256().empty()) {
            tell(tr_format("certificate made for this run; callers can pin it with --tls-pin {}",
                           reception_->tls()->made_sha256()));
        }
        return Ok{};
    }
    void dial() {
        call_->start([this](Result<std::unique_ptr<net::Connection>> connection) {
            if (connection) return talk(std::move(*connection));
            if (tracer_) tracer_->call_given_up(kId);
            tell(connection.error().message);
            over(1);
        });
    }
    void on_timer() override { dial(); }
    // --retry: another call, for as long as there is something to say or somebody to hear.
    void over(int status) {
        status_ = status;
        if (run_.options.retry && !reader_gone_ && !given_up_) {
            loop_.timers().set(*this, loop_.clock().now() + *run_.options.retry);
        } else {
            leave();
        }
    }
    // With a ladder not before TIME-WAIT has begun, so that its last segments are seen; a second at most.
    void leave() {
        constexpr Millis kAtMost{1000};
        const SteadyTime now = loop_.clock().now();
        if (!leave_at_) leave_at_ = now + (tracer_ ? kAtMost : Millis(0));
        if (tracer_ && !tracer_->is_settled() && now < *leave_at_) {
            return loop_.timers().set(leaving_, now + Millis(5));
        }
        loop_.stop_soon();
    }
    void trace_conversation() {
        auto options = tracer_options(run_.options, [this](const Error& error) {
            tell(error.message);
            if (files_) files_->no_packets();
        });
        options.counts_bytes = true;
        trace_into_files(run_.options.ladder, files_, options);
        tracer_ = std::make_unique<talk::Tracer>(
            loop_, std::move(options), [this](SessionId id, const model::Traced& rows) { ladder_.print(id, rows); });
        loop_.set_after_batch([this] {
            tracer_->flush();
            if (files_) files_->flush();
        });
    }

    Status on_caller(std::unique_ptr<net::Connection>& connection) override {
        if (connection_) return Ok{};
        reception_->close();
        talk(std::move(connection));
        return Ok{};
    }
    void on_turned_away(const net::Endpoint&, const Error& error, std::uint64_t) override { tell(error.message); }
    std::uint64_t present() const override { return connection_ ? 1 : 0; }

    void talk(std::unique_ptr<net::Connection> connection) {
        connection_ = std::move(connection);
        heard_ = {};
        if (tracer_) {
            tracer_->opened(kId, *connection_,
                            run_.options.verb == Verb::connect ? trace::End::client : trace::End::server);
        }
        net::PipeOptions options;
        options.on_eof = run_.options.on_eof == OnEof::keep    ? net::OnEof::keep
                         : run_.options.on_eof == OnEof::close ? net::OnEof::close_after
                                                               : net::OnEof::finish;
        options.on_fin = run_.options.on_fin == OnFin::close ? net::OnFin::close : net::OnFin::go_on;
        options.finish_output = !run_.options.retry;  // another conversation would still need it
        options.stdin_is_terminal = ::isatty(STDIN_FILENO) != 0;
        if (run_.options.idle_timeout > Millis(0)) options.idle_timeout = run_.options.idle_timeout;
        const bool for_terminal = ::isatty(STDOUT_FILENO) != 0 && !run_.options.raw;
        if (text_.receive.kind != TextChoice::Kind::bytes || for_terminal) {
            options.transform_in =
                std::make_unique<DecodingTransform>(text_.receive, text_.detect, for_terminal, heard_);
        }
        const LineEnds ends = line_ends(run_.options);
        if (text_.send.kind != TextChoice::Kind::bytes) {
            options.transform_out = std::make_unique<EncodingTransform>(text_.send, ends, heard_);
        } else if (ends.change_something()) {
            options.transform_out = std::make_unique<LineEndsTransform>(ends);
        }
        pipe_ = std::make_unique<net::Pipe>(loop_, *connection_, net::Stdio::input(), net::Stdio::output(),
                                            std::move(options), *this);
    }
    void on_half_closed(net::PipeSide side) override {
        if (!tracer_) return;
        tracer_->half_closed(kId, side == net::PipeSide::in ? model::Direction::in : model::Direction::out);
    }
    void on_end(const net::PipeEnd& end) override {
        const Reason reason = end.error.reason;
        reader_gone_ = end.reader_gone;
        given_up_ = reason == Reason::malformed || reason == Reason::unencodable;
        const bool in_order = reason == Reason::closed || end.reader_gone;
        if (!in_order) tell(end.error.message);
        if (tracer_) {
            tracer_->ending(kId, reason == Reason::reset     ? talk::Tracer::Ending::reset_received
                                 : reason == Reason::timeout ? talk::Tracer::Ending::lost
                                                             : talk::Tracer::Ending::in_order);
        }
        loop_.post([this] {  // the pipe is calling; it goes after that
            pipe_.reset();
            connection_.reset();
        });
        over(in_order ? 0 : 1);
    }

    static constexpr SessionId kId{1};
    net::Loop& loop_;
    const Run& run_;
    talk::SessionOptions text_;
    LadderPrinter ladder_{run_, stderr};
    std::unique_ptr<LadderFiles> files_;    // null: none asked for
    std::unique_ptr<talk::Tracer> tracer_;  // null: nobody asked for a ladder
    net::Wait<PipeRun> leaving_{*this, &PipeRun::leave};
    std::optional<SteadyTime> leave_at_;
    std::unique_ptr<net::Call> call_;
    std::unique_ptr<net::Reception> reception_;
    std::unique_ptr<net::Connection> connection_;
    std::unique_ptr<net::Pipe> pipe_;
    Heard heard_;
    int status_ = 0;
    bool reader_gone_ = false, given_up_ = false, interrupted_ = false;
};

}  // namespace

int run_pipe(const Run& run) {
    auto text = session_options(run.options, run.holds);
    if (!text) return tell(text.error().message), 2;
    SystemClock clock;
    net::Loop loop(clock);
    PipeRun pipe(loop, run, std::move(*text));
    Signals signals(loop, {SIGINT, SIGTERM}, [&](int signal) { pipe.interrupt(signal); });
    if (const Status started = pipe.start(); !started) {
        tell(started.error().message);
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    loop.run();
    pipe.finish_ladders();
    return pipe.exit_status();
}

}  // namespace earshot::app
