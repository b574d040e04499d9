// One run of the program in each mode: from checked options to the exit status.
#pragma once

#include <string>

#include "app/effective.h"
#include "app/options.h"
#include "app/successor.h"
#include "app/supervisor.h"

namespace earshot::app {

// Common to all: the options and what holds in this mode. Each prints what went wrong to stderr itself.
struct Run {
    const Options& options;
    Effective holds;
    Supervisor* supervisor = nullptr;  // null: a part of the program runs by itself (demo)
    const Invocation* invocation = nullptr;
};

int run_console(const Run& run);  // a person at a terminal
int run_json(const Run& run);     // --json, either verb
int run_server(const Run& run);   // a reply and no terminal
int run_pipe(const Run& run);     // standard input and output and one conversation
int run_tap(const Run& run);      // between two ends, as lines
int run_keep(const Run& run);     // standard input and output and many callers (listen --keep)
// A conversation out of a capture file. 1: it could not be read, or not to its end.
int run_ladder(const Options& options);
int run_demo(const Options& options);
// `charset`: of the locale, for a side that is not named.
int run_recode(const RecodeOptions& options, const std::string& charset);

}  // namespace earshot::app
