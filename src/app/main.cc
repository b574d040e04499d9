#include "app/main.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "app/help.h"
#include "app/host.h"
#include "app/locale.h"
#include "app/mode.h"
#include "app/parse.h"
#include "app/running.h"
#include "app/terminal_charset.h"
#include "app/written_file.h"
#include "net/stdio.h"

namespace earshot::app {

namespace {

int converse(const Options& options, Supervisor& supervisor, const Invocation& invocation) {
    const auto mode = decide_mode(::isatty(STDIN_FILENO) != 0, ::isatty(STDOUT_FILENO) != 0, options);
    if (!mode) return supervisor.failed(mode.error().message), tell(mode.error().message), 2;
    const Run run{options, effective(*mode, options), &supervisor, &invocation};
    if (options.json) return run_json(run);
    switch (*mode) {
        case Mode::console:
            return run_console(run);
        case Mode::server:
            return run_server(run);
        case Mode::view:
            return run_tap(run);
        case Mode::pipe:
            return options.keep ? run_keep(run) : run_pipe(run);
    }
    return 2;
}

int print(const std::string& answer) {
    WrittenFile out("-");
    out.write(for_people(answer));
    Status written = out.open();
    if (written) written = out.flush();
    return written ? 0 : (tell(written.error().message), 1);
}

}  // namespace

int run(int argc, char** argv) {
    net::reserve_standard_descriptors();
    // A reader that went away, or a file at its limit, is an answer of write(2), not the end of the program.
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    const Locale locale = set_up_locale();
    Supervisor supervisor = Supervisor::from_environment();
    auto options = parse(std::span<const char* const>(argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)),
                         !supervisor.doors().empty());
    if (!options) return supervisor.failed(options.error().message), tell(options.error().message), 2;
    options->passed = supervisor.doors();
    options->passed_metrics = supervisor.metrics_doors();
    switch (options->verb) {
        case Verb::none:
            std::fputs(for_people(short_usage()).c_str(), stderr);
            return 2;
        case Verb::connect:
        case Verb::listen:
        case Verb::tap:
            return converse(*options, supervisor, Invocation::of_this_process(argc, argv));
        case Verb::demo:
            return run_demo(*options);
        case Verb::ladder:
            return run_ladder(*options);
        case Verb::recode:
            return run_recode(options->recode, locale.charset);
        case Verb::encodings:
        case Verb::help:
        case Verb::version:
        case Verb::completion:
            break;
    }
    return print(answer_text(*options));
}

}  // namespace earshot::app
