// A person at a terminal: the console in front of the host, the terminal in front of the console.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "app/host.h"
#include "app/running.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "app/terminal_charset.h"
#include "base/i18n.h"
#include "respond/replies.h"
#include "view/console/console.h"

namespace earshot::app {

namespace {

// $XDG_STATE_HOME/earshot/history, as the base directory specification has it; empty: nowhere to keep it.
std::string history_path() {
    const char* state = std::getenv("XDG_STATE_HOME");
    const char* home = std::getenv("HOME");
    std::string folder;
    if (state && *state == '/') {
        folder = state;
    } else if (home && *home == '/') {
        folder = std::string(home) + "/.local/state";
    } else {
        return {};
    }
    return folder + "/earshot/history";
}

view::ConsoleOptions console_options(const Run& run) {
    const char* no_colour = std::getenv("NO_COLOR");
    view::ConsoleOptions made;
    made.listening = run.options.verb == Verb::listen;
    made.presentation = {
        .view = run.options.view, .time = run.options.time, .colour = !no_colour || *no_colour == '\0'};
    made.receive = run.holds.recv_encoding;
    made.send = run.holds.send_encoding;
    made.frame = run.holds.frame;
    made.eol = run.holds.eol;
    const respond::Reply* const reply = respond::find_reply(run.options.reply);
    made.addresses_all = reply && reply->is_text;
    made.explain = run.options.ladder.explain;
    made.retry = run.options.retry;
    made.ambiguous = TerminalCharset::of_user().ambiguous();
    return made;
}

// Keeps the terminal in step with the console: draws when the console wants it and the terminal can take it.
class ConsoleFront final : public model::CommandSink, private Timer {
  public:
    ConsoleFront(net::Loop& loop, const Run& run)
        : loop_(loop), console_(console_options(run), loop.clock(), *this, history_) {}

    model::EventSink* sink() { return &console_; }
    view::Console& console() { return console_; }
    void set_host(Host* host) { host_ = host; }
    void give(model::Command command) override { host_->give(std::move(command)); }

    Status open_terminal() {
        auto terminal = Terminal::open(
            loop_, {.on_keys = [this](std::string_view bytes) { console_.type(charset_.from_terminal(bytes)); },
                    .on_gone = [this] { leave_once(); },
                    .on_resumed = [this] { resized(), console_.redraw(); }});
        if (!terminal) return terminal.error();
        terminal_ = std::move(*terminal);
        resized();
        return Ok{};
    }
    void resized() { console_.resize(terminal_->columns()); }
    void suspend() { terminal_->suspend(); }
    // A terminal that goes says so twice, by SIGHUP and by its end: the second must not cut short the first's goodbye.
    void leave_once() {
        if (!host_->is_stopping()) host_->stop();
    }

    void load_history() {
        path_ = history_path();
        if (path_.empty()) return;
        if (const Status loaded = history_.load(path_); !loaded) console_.say(loaded.error().message);
    }
    void save_history() {
        if (path_.empty()) return;
        std::error_code ignored;  // save() says it better
        std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
        if (const Status saved = history_.save(path_); !saved) console_.say(saved.error().message);
    }

    // After each batch.
    void refresh() {
        constexpr std::size_t kSlowTerminal = 64 * 1024;  // bytes: it has not read the last screens yet
        if (terminal_->backlog() < kSlowTerminal) terminal_->write(charset_.to_terminal(console_.draw()));
        // Full, it says itself when it takes more; a timer for the drawing that is due would fire over and over.
        const bool can_draw = terminal_->backlog() < kSlowTerminal;
        if (const auto wake = console_.next_wake(can_draw)) loop_.timers().set(*this, *wake);
    }
    void leave() {
        terminal_->write(charset_.to_terminal(console_.leave()));
        terminal_.reset();
    }

  private:
    void on_timer() override { console_.tick(); }

    net::Loop& loop_;
    Host* host_ = nullptr;
    view::History history_;
    view::Console console_;
    TerminalCharset charset_ = TerminalCharset::of_user();
    std::unique_ptr<Terminal> terminal_;
    std::string path_;
};

}  // namespace

int run_console(const Run& run) {
    auto session = session_options(run.options, run.holds);
    if (!session) return tell(session.error().message), 2;
    SystemClock clock;
    net::Loop loop(clock);
    ConsoleFront front(loop, run);
    const bool stderr_is_apart = ::isatty(STDERR_FILENO) == 0;
    if (run.options.logs && !stderr_is_apart) {
        tell(
            tr("--log writes to the standard error, and that is this console's terminal: write 2>FILE, or </dev/null "
               "to serve without a console"));
        return 2;
    }
    Host host(loop, run.options, std::move(*session),
              {.stays_after_end = true,
               .one_caller = run.options.once,
               .tells_stderr = stderr_is_apart,
               .supervisor = run.supervisor},
              front.sink());
    front.set_host(&host);
    host.count_held(front.console());
    Signals signals(loop, {SIGINT, SIGTERM, SIGHUP, SIGUSR2, SIGWINCH, SIGTSTP}, [&](int signal) {
        if (signal == SIGWINCH) return front.resized();
        if (signal == SIGTSTP) return front.suspend();
        if (signal == SIGHUP) return front.leave_once();
        if (signal == SIGUSR2) return host.restart();
        if (signal == SIGINT) host.set_exit_status(130);
        host.stop();
    });
    // The door is opened before the terminal is touched: what keeps it shut is said in the ordinary way.
    if (const Status started = host.start(run.holds); !started) {
        tell(started.error().message);
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    if (const Status opened = front.open_terminal(); !opened) return tell(opened.error().message), 1;
    front.load_history();
    loop.set_after_batch([&] {
        host.finish_batch();
        front.refresh();
    });
    front.refresh();
    loop.run();
    front.save_history();
    front.leave();
    return host.exit_status();
}

}  // namespace earshot::app
