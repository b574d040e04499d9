// tap: stands between two ends; what passes is shown in lines on the standard output, which is waited for.
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "app/host.h"
#include "app/output.h"
#include "app/payload_encodings.h"
#include "app/running.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "app/terminal_charset.h"
#include "view/tap_view.h"

namespace earshot::app {

namespace {

view::TapViewOptions view_options(const Run& run, bool for_terminal) {
    const char* no_colour = std::getenv("NO_COLOR");
    view::TapViewOptions made;
    made.presentation = {.view = run.options.view,
                         .time = run.options.time,
                         .reverse = for_terminal,
                         .colour = for_terminal && (!no_colour || *no_colour == '\0')};
    made.client = run.holds.recv_encoding;
    made.server = run.holds.send_encoding;
    made.candidates = candidates_of(run.options);
    made.frame = run.holds.frame;
    made.ladders = !run.options.ladder.hidden;
    made.explain = run.options.ladder.explain;
    made.columns = terminal_columns(STDOUT_FILENO);
    return made;
}

}  // namespace

int run_tap(const Run& run) {
    auto session = session_options(run.options, run.holds);
    if (!session) return tell(session.error().message), 2;
    const bool for_terminal = ::isatty(STDOUT_FILENO) != 0;
    SystemClock clock;
    net::Loop loop(clock);
    Host* running = nullptr;
    Output output(loop, net::Stdio::output(), {.on_gone = [&](const Error* error) { running->reader_gone(error); }});
    view::TapView view(view_options(run, for_terminal), [&](std::string_view line) {
        output.write(for_terminal ? for_people(line) : std::string(line));
    });
    Host host(loop, run.options, std::move(*session),
              {.one_caller = run.options.once, .tells_stderr = true, .drains_output = true}, &view);
    running = &host;
    host.count_held(view);
    Signals signals(loop, {SIGINT, SIGTERM, SIGHUP}, [&](int signal) {
        if (signal == SIGHUP && !for_terminal) return host.reload();
        host.stop();
    });
    loop.set_after_batch([&] { host.settle(output); });
    if (const Status started = host.start(run.holds); !started) {
        tell(started.error().message);
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    loop.run();
    return host.exit_status();
}

}  // namespace earshot::app
