// How the program meets its two streams: one pure function from terminals and options, its whole table in
// docs/modes.md.
#pragma once

#include <cstdint>
#include <string>

#include "app/options.h"
#include "base/result.h"

namespace earshot::app {

enum class Mode : std::uint8_t {
    console,  // a person at a terminal
    pipe,     // bytes as they are, or connect with --json
    server,   // serves until told to stop; reads stdin only with --json
    view,     // tap: what both ends say, in lines
};
const char* mode_name(Mode mode);

// For connect, listen and tap. Errors: usage, where the options contradict each other or the mode.
Result<Mode> decide_mode(bool stdin_is_terminal, bool stdout_is_terminal, const Options& options);

// Whether a listener goes on after its first caller, and serves others beside him.
bool serves_many(Mode mode, const Options& options);
// Whether the program reads its standard input at all. Console: the terminal's own device.
bool reads_stdin(Mode mode, const Options& options);

// The text of docs/modes.md: every combination of the inputs that matter, by the functions above.
std::string modes_document();

}  // namespace earshot::app
