#include "app/mode.h"

#include <fmt/format.h>

#include "app/option_rules.h"
#include "app/option_values.h"
#include "base/check.h"
#include "base/i18n.h"

namespace earshot::app {

const char* mode_name(Mode mode) {
    switch (mode) {
        case Mode::console:
            return "console";
        case Mode::pipe:
            return "pipe";
        case Mode::server:
            return "server";
        case Mode::view:
            return "view";
    }
    return "pipe";
}

Result<Mode> decide_mode(bool stdin_is_terminal, bool stdout_is_terminal, const Options& options) {
    EARSHOT_CHECK(options.verb == Verb::connect || options.verb == Verb::listen || options.verb == Verb::tap);
    if (options.verb == Verb::tap) return options.json ? Mode::server : Mode::view;
    const bool at_terminal = stdin_is_terminal && stdout_is_terminal;
    if (options.once && options.keep) {
        return usage_error(tr("--once serves one caller and --keep many: name one of them"));
    }
    Mode mode = at_terminal && !options.json ? Mode::console : Mode::pipe;
    if (options.verb == Verb::listen && (options.json || (options.replies() && !at_terminal))) {
        mode = Mode::server;
    }
    if (mode == Mode::pipe && !options.keep && (options.metrics || options.logs)) {
        return usage_error(tr("--metrics and --log are for a listener that serves many: add --keep or a --reply"));
    }
    if (mode == Mode::pipe && !options.keep && options.was_named("threads") && options.threads > 1) {
        return usage_error(tr("--threads is for a listener that serves many: add a --reply, or leave it out"));
    }
    if (mode == Mode::console && options.was_named("raw")) {
        return usage_error(tr("--raw is for pipes: a console shows what a peer sends in a safe form"));
    }
    if (mode == Mode::pipe && !options.json && asks_for_view(options)) {
        return usage_error(
            tr("--view and --time are for a console: a pipe passes bytes as they are, xxd can show them"));
    }
    if (mode == Mode::pipe && !options.json && (options.was_named("frame") || options.was_named("max-message"))) {
        return usage_error(
            tr("--frame and --max-message are about messages, and a pipe has none: it passes bytes as they come"));
    }
    return mode;
}

bool serves_many(Mode mode, const Options& options) {
    if (options.verb == Verb::connect || options.once) return false;
    return mode != Mode::pipe || options.keep;
}

bool reads_stdin(Mode mode, const Options& options) { return mode == Mode::server ? options.json : mode != Mode::view; }

}  // namespace earshot::app
