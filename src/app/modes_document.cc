// docs/modes.md as text. It is made by the functions it describes, and a test holds the file to it.
#include <fmt/format.h>

#include "app/mode.h"
#include "app/option_rules.h"

namespace earshot::app {

namespace {

const char* yes(bool is) { return is ? "yes" : "no"; }
const char* stream(bool is_terminal) { return is_terminal ? "terminal" : "other"; }

std::string row(bool in, bool out, const Options& options) {
    std::string line = fmt::format("| {} | {} | {} |", verb_name(options.verb), stream(in), stream(out));
    line += fmt::format(" {} |", options.json ? "--json" : "");
    if (options.verb == Verb::listen) {
        line += fmt::format(" {} | {} |", options.replies() ? "--reply echo" : "",
                            options.once && options.keep ? "--once --keep"
                            : options.once               ? "--once"
                            : options.keep               ? "--keep"
                                                         : "");
    }
    const bool serves = options.verb != Verb::connect;
    if (options.verb == Verb::tap) line += options.once ? " --once |" : "  |";
    const auto mode = decide_mode(in, out, options);
    if (!mode) return line + (options.verb == Verb::listen ? " usage error | | |\n" : " usage error | |\n");
    line += fmt::format(" {} |", mode_name(*mode));
    if (serves) line += fmt::format(" {} |", serves_many(*mode, options) ? "many" : "one");
    return line + fmt::format(" {} |\n", yes(reads_stdin(*mode, options)));
}

template <typename Visit>
void every_stream(Visit visit) {
    for (const bool in : {true, false}) {
        for (const bool out : {true, false}) visit(in, out);
    }
}

std::string connect_rows() {
    std::string rows;
    Options options;
    options.verb = Verb::connect;
    for (const bool json : {false, true}) {
        options.json = json;
        every_stream([&](bool in, bool out) { rows += row(in, out, options); });
    }
    return rows;
}

std::string listen_rows() {
    std::string rows;
    Options options;
    options.verb = Verb::listen;
    for (const bool json : {false, true}) {
        for (const char* reply : {"none", "echo"}) {
            for (const int many : {0, 1, 2, 3}) {
                options.json = json;
                options.reply = reply;
                options.once = (many & 1) != 0;
                options.keep = (many & 2) != 0;
                every_stream([&](bool in, bool out) { rows += row(in, out, options); });
            }
        }
    }
    return rows;
}

std::string tap_rows() {
    std::string rows;
    Options options;
    options.verb = Verb::tap;
    for (const bool json : {false, true}) {
        for (const bool once : {false, true}) {
            options.json = json;
            options.once = once;
            every_stream([&](bool in, bool out) { rows += row(in, out, options); });
        }
    }
    return rows;
}

}  // namespace

std::string modes_document() {
    std::string text =
        "# Modes\n\n"
        "What the standard streams are, and the options, decide how the program meets them. The tables are printed by "
        "the\n"
        "function that decides (`decide_mode` in `src/app/mode.cc`), in every combination of what it looks at.\n\n"
        "- **console**: a person at a terminal: prompt, editor, labels. Text is detected, a message is a line.\n"
        "- **pipe**: bytes as they are; a message is what one read gave. `connect --json` is one too: events go out, "
        "commands\n"
        "  come in.\n"
        "- **server**: serves until told to stop. `--reply broadcast` counts as `--reply echo` does here.\n"
        "- **view**: a line for each message of either end, and both ladders. Whoever reads them slowly is waited for. "
        "On "
        "a\n"
        "  terminal colours and reverse video are added; what stands in the lines is the same.\n\n"
        "\"other\" is whatever is no terminal: a pipe, a file, /dev/null, closed.\n\n"
        "## connect\n\n"
        "| verb | stdin | stdout | events | mode | reads stdin |\n"
        "| --- | --- | --- | --- | --- | --- |\n";
    text += connect_rows();
    text +=
        "\n## listen\n\n"
        "| verb | stdin | stdout | events | reply | callers | mode | serves | reads stdin |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    text += listen_rows();
    text +=
        "\n## tap\n\n"
        "| verb | stdin | stdout | events | callers | mode | serves | reads stdin |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    text += tap_rows();
    text +=
        "\n## Usage errors\n\n"
        "Status 2, nothing is opened. In a console:\n\n"
        "- --raw is for pipes: a console shows what a peer sends in a safe form\n\n"
        "In a pipe:\n\n"
        "- --view and --time are for a console: a pipe passes bytes as they are, xxd can show them\n"
        "- --frame and --max-message are about messages, and a pipe has none: it passes bytes as they come\n\n"
        "In every mode, where the command line says so itself (a configuration file may say for all calls what has no\n"
        "effect in one):\n\n";
    for (const OptionRule& rule : option_rules()) text += fmt::format("- {}\n", rule.message);
    return text;
}

}  // namespace earshot::app
