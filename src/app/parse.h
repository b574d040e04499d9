// From the words of the command line to Options, or to an error that names the option and what it takes.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.h"
#include "base/result.h"

namespace earshot::app {

// One key of a configuration file.
struct Setting {
    std::string key;      // a long option name, or "target"
    std::string value;    // as the command line would give it; a flag's is "true" or "false"
    std::string section;  // "", "connect", "listen"
    int line = 0;         // from 1
};
// Reads the file behind a --config path. Errors name file and line.
using ConfigReader = std::function<Result<std::vector<Setting>>(const std::string& path)>;

// `words` are the arguments after the program's name. Prints nothing, never exits; asks the system only for service
// names and, through `read_config`, for the file that --config names. Not for two threads at once (getopt's state).
// `has_sockets`: a listener has been passed those it is to listen on, and need not be told where.
Result<Options> parse(std::span<const char* const> words, const ConfigReader& read_config, bool has_sockets = false);
// With the real reader (app/config.h).
Result<Options> parse(std::span<const char* const> words, bool has_sockets = false);

}  // namespace earshot::app
