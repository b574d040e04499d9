// --json and the plain server: programs in front of the same host, with lines of JSON or with nothing.
#include <csignal>
#include <utility>
#include <vector>

#include "app/host.h"
#include "app/input.h"
#include "app/ladder_printer.h"
#include "app/output.h"
#include "app/running.h"
#include "app/signals.h"
#include "base/i18n.h"
#include "view/json.h"
#include "view/json_command.h"

namespace earshot::app {

namespace {

// Bytes of standard input to commands; a line longer than any command may be is given up to its end and said so.
class CommandLines {
  public:
    CommandLines(Host& host, model::CommandSink& to) : host_(host), to_(to) {}

    void take(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            const std::string_view piece = bytes.substr(0, end);
            if (!too_long_) line_ += piece;
            if (line_.size() > view::kLongestCommandLine) {
                too_long_ = true;
                line_ = {};
            }
            if (end == std::string_view::npos) return;
            carry_out();
            bytes.remove_prefix(end + 1);
        }
    }
    // A last line without its end is a command too.
    void finish() {
        if (!line_.empty() || too_long_) carry_out();
    }

  private:
    void carry_out() {
        if (std::exchange(too_long_, false)) {
            return host_.shard().emit({}, "",
                                      model::Fault{Reason::limit, tr("a command line was too long and is left out")});
        }
        const std::string line = std::exchange(line_, {});
        if (line.find_first_not_of(" \t\r") == std::string::npos) return;
        view::CommandOrigin origin;
        auto command = view::parse_command(line, &origin);
        if (command) return to_.give(std::move(*command));
        host_.shard().emit(origin.id, origin.ref, model::Fault{command.error().reason, command.error().message});
    }

    Host& host_;
    model::CommandSink& to_;
    std::string line_;
    bool too_long_ = false;
};

// A caller's commands wait for the call: a script may write them all at once, before it is answered. What ends the call
// does not wait, unless it stands behind something that does (a script's last line); the second `quit` never does.
class WaitingCommands final : public model::CommandSink {
  public:
    WaitingCommands(model::CommandSink& next, bool waits) : next_(next), waits_(waits) {}

    void give(model::Command command) override {
        const bool quits = std::holds_alternative<model::Quit>(command.body);
        const bool hurries = quits && std::exchange(quit_waits_, true);
        const bool at_once = std::holds_alternative<model::Reconnect>(command.body) || hurries ||
                             (ends_call(command) && waiting_.empty());
        if (!waits_ || at_once) return next_.give(std::move(command));
        size_ += sizeof command + size_of(command);
        waiting_.push_back(std::move(command));
    }
    // The call has been answered, or there will be none any more.
    void release() {
        waits_ = false;
        for (model::Command& command : std::exchange(waiting_, {})) next_.give(std::move(command));
        size_ = 0;
    }
    bool are_waiting() const { return waits_; }
    bool is_full() const { return size_ > kMost; }

  private:
    static constexpr std::size_t kMost = 1 << 20;  // bytes; more stays where it is, in standard input
    static bool ends_call(const model::Command& command) {
        return std::holds_alternative<model::Quit>(command.body) ||
               std::holds_alternative<model::Close>(command.body) || std::holds_alternative<model::Reset>(command.body);
    }
    static std::size_t size_of(const model::Command& command) {
        if (const auto* text = std::get_if<model::SendText>(&command.body)) return text->text.size();
        if (const auto* bytes = std::get_if<model::SendBytes>(&command.body)) return bytes->bytes.size();
        return 0;
    }

    model::CommandSink& next_;
    std::vector<model::Command> waiting_;
    std::size_t size_ = 0;
    bool waits_;
    bool quit_waits_ = false;
};

// Passes Events on and knows whether a conversation has begun.
class OpenedWatch final : public model::EventSink {
  public:
    explicit OpenedWatch(model::EventSink& next) : next_(next) {}
    bool has_opened() const { return opened_; }
    void take(const model::Event& event) override {
        next_.take(event);
        if (std::holds_alternative<model::Opened>(event.body)) opened_ = true;
    }

  private:
    model::EventSink& next_;
    bool opened_ = false;
};

// A server that answers by itself has nobody who watches; what goes wrong with a conversation is told all the same.
class TroubleSink final : public model::EventSink {
  public:
    TroubleSink(LadderPrinter ladder, bool is_logged) : ladder_(std::move(ladder)), is_logged_(is_logged) {}
    void set_shard(talk::Shard* shard) { shard_ = shard; }
    bool wants_messages() const override { return false; }
    bool wants_text() const override { return false; }
    void take(const model::Event& event) override {
        if (!event.id) return;  // what is about nobody in particular the host tells
        if (const auto* rows = std::get_if<model::Traced>(&event.body)) return ladder_.print(event.id, *rows);
        if (is_logged_) return;
        const auto* framing = std::get_if<model::FramingChanged>(&event.body);
        if (const auto* fault = std::get_if<model::Fault>(&event.body)) {
            tell(fault->message);
        } else if (const auto* dropped = std::get_if<model::Dropped>(&event.body)) {
            tell(tr_format("{} missed {} messages ({} bytes): {}", who_is(event.id), dropped->messages, dropped->bytes,
                           dropped->why));
        } else if (const auto* said = std::get_if<model::Diagnostic>(&event.body)) {
            if (said->left_out > 0) tell(tr_format("{}, stderr: {} bytes left out", who_is(event.id), said->left_out));
            if (!said->text.empty()) tell(tr_format("{}, stderr: {}", who_is(event.id), said->text));
        } else if (framing && framing->lost) {
            tell(tr_format("{} sent what does not fit --frame; from here on a message is what one read gives",
                           who_is(event.id)));
        }
    }

  private:
    // Only looks: nothing is done to the conversation.
    std::string who_is(SessionId id) const {
        const talk::Session* session = shard_ ? shard_->find(id) : nullptr;
        return session && session->connection() ? session->connection()->peer().text()
                                                : tr_format("client {}", id.value);
    }

    LadderPrinter ladder_;
    const bool is_logged_;  // --log tells of it
    talk::Shard* shard_ = nullptr;
};

}  // namespace

int run_json(const Run& run) {
    auto session = session_options(run.options, run.holds);
    if (!session) return tell(session.error().message), 2;
    const bool calls = run.options.verb == Verb::connect;
    SystemClock clock;
    net::Loop loop(clock);
    Host* running = nullptr;
    Output output(loop, net::Stdio::output(), {.on_gone = [&](const Error* error) { running->reader_gone(error); }});
    view::JsonView json([&](std::string_view line) { output.write(line); });
    OpenedWatch view(json);
    Host host(loop, run.options, std::move(*session),
              {.one_caller = run.options.once, .drains_output = true, .supervisor = run.supervisor}, &view);
    running = &host;
    WaitingCommands commands(host, calls);
    CommandLines lines(host, commands);
    Input input(loop, net::Stdio::input(),
                {.on_bytes = [&](ByteView bytes) { lines.take(as_chars(bytes)); },
                 .on_end = [&](const Error*) { lines.finish(); }});
    Signals signals(loop, {SIGINT, SIGTERM, SIGHUP, SIGUSR2}, [&](int signal) {
        if (signal == SIGHUP) return host.reload();
        if (signal == SIGUSR2) return host.restart();
        if (calls) host.set_exit_status(signal == SIGINT ? 130 : 128 + signal);
        host.stop();
    });
    loop.set_after_batch([&] {
        if (commands.are_waiting() && (view.has_opened() || host.is_stopping())) commands.release();
        host.settle(output);
        const bool wants_input = !host.is_held() && !commands.is_full() && !host.has_left() && host.takes_commands();
        wants_input ? input.start() : input.pause();
    });
    const Status started = host.start(run.holds);
    if (!started) {
        host.shard().emit({}, "", model::Fault{started.error().reason, started.error().message});
        output.flush();
        host.tell_failure(started.error());
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    loop.run();
    return host.exit_status();
}

int run_server(const Run& run) {
    auto session = session_options(run.options, run.holds);
    if (!session) return tell(session.error().message), 2;
    SystemClock clock;
    net::Loop loop(clock);
    TroubleSink trouble(LadderPrinter(run, stderr), run.options.logs);
    Host host(loop, run.options, std::move(*session),
              {.one_caller = run.options.once,
               .tells_stderr = true,
               .supervisor = run.supervisor,
               .invocation = run.invocation},
              &trouble);
    trouble.set_shard(&host.shard());
    Signals signals(loop, {SIGINT, SIGTERM, SIGHUP, SIGUSR2}, [&](int signal) {
        if (signal == SIGHUP) return host.reload();
        if (signal == SIGUSR2) return host.restart();
        host.stop();
    });
    loop.set_after_batch([&] { host.finish_batch(); });
    if (const Status started = host.start(run.holds); !started) {
        host.tell_failure(started.error());
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    loop.run();
    return host.exit_status();
}

}  // namespace earshot::app
