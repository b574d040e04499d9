// --json and the plain server: programs in front of the same host, with lines of JSON or with nothing.
#include <csignal>
#include <optional>
#include <utility>

#include "app/host.h"
#include "app/input.h"
#include "app/output.h"
#include "app/running.h"
#include "app/signals.h"
#include "base/i18n.h"
#include "view/json.h"
#include "view/json_command.h"

namespace earshot::app {

namespace {

// Bytes of standard input to lines; a line longer than any command may be is given up to its end and said so.
class CommandLines {
  public:
    explicit CommandLines(Host& host) : host_(host) {}

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
        if (command) return host_.give(std::move(*command));
        host_.shard().emit(origin.id, origin.ref, model::Fault{command.error().reason, command.error().message});
    }

    Host& host_;
    std::string line_;
    bool too_long_ = false;
};

// Passes Events on and says once when a call has been answered, or refused.
class CallWatch final : public model::EventSink {
  public:
    explicit CallWatch(model::EventSink& next) : next_(next) {}
    void when_answered(std::function<void()> then) { then_ = std::move(then); }
    void take(const model::Event& event) override {
        next_.take(event);
        const bool answered =
            std::holds_alternative<model::Opened>(event.body) || std::holds_alternative<model::Closed>(event.body);
        if (answered && then_) std::exchange(then_, nullptr)();
    }

  private:
    model::EventSink& next_;
    std::function<void()> then_;
};

Host::Manner manner_of(const Options& options, bool tells_stderr) {
    return {.one_caller = options.once, .tells_stderr = tells_stderr};
}

}  // namespace

int run_json(const Run& run) {
    auto session = session_options(run.options, run.holds);
    if (!session) return tell(session.error().message), 2;
    SystemClock clock;
    net::Loop loop(clock);
    Host* running = nullptr;
    Output output(loop, net::Stdio::output(),
                  {.on_drained = [&] { running->shard().hold_reading(false); },
                   .on_gone =
                       [&](const Error* error) {
                           if (error)
                               running->fail(*error);
                           else
                               running->stop();
                       }});
    view::JsonView json([&](std::string_view line) { output.write(line); });
    CallWatch view(json);
    Host host(loop, run.options, std::move(*session), manner_of(run.options, false), &view);
    running = &host;
    CommandLines lines(host);
    Input input(loop, net::Stdio::input(),
                {.on_bytes = [&](ByteView bytes) { lines.take(as_chars(bytes)); },
                 .on_end = [&](const Error*) { lines.finish(); }});
    Signals signals(loop, {SIGINT, SIGTERM, SIGHUP}, [&](int signal) {
        if (signal == SIGHUP) return host.reload();
        if (run.options.verb == Verb::connect) host.set_exit_status(signal == SIGINT ? 130 : 128 + signal);
        host.stop();
    });
    loop.set_after_batch([&] {
        host.finish_batch();
        output.flush();
        if (output.is_full()) host.shard().hold_reading(true);
    });
    const Status started = host.start(run.holds);
    if (!started) {
        host.shard().emit({}, "", model::Fault{started.error().reason, started.error().message});
        output.flush();
        tell(started.error().message);
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    // A caller's commands wait for the call: a script may write them all at once, before it is answered.
    if (run.options.verb == Verb::connect) {
        view.when_answered([&] { input.start(); });
    } else {
        input.start();
    }
    loop.run();
    output.flush();
    return host.exit_status();
}

int run_server(const Run& run) {
    auto session = session_options(run.options, run.holds);
    if (!session) return tell(session.error().message), 2;
    SystemClock clock;
    net::Loop loop(clock);
    Host host(loop, run.options, std::move(*session), manner_of(run.options, true), nullptr);
    Signals signals(loop, {SIGINT, SIGTERM, SIGHUP}, [&](int signal) {
        if (signal == SIGHUP) return host.reload();
        host.stop();
    });
    loop.set_after_batch([&] { host.finish_batch(); });
    if (const Status started = host.start(run.holds); !started) {
        tell(started.error().message);
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    loop.run();
    return host.exit_status();
}

}  // namespace earshot::app
