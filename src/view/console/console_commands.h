// The table of the console's commands: /help, Tab completion and the tests walk it. A new one is a function and a row.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "view/console/console.h"

namespace earshot::view {

struct ConsoleCommand {
    const char* name;
    const char* arguments;                 // as /help shows them
    const char* help;                      // a msgid
    std::vector<std::string> (*values)();  // what the arguments may be, for Tab; null: nothing known
    void (Console::*run)(std::string_view arguments);

    // By name or by a prefix that fits one row only. Null: unknown or of several.
    static const ConsoleCommand* find(std::string_view name);
};

std::span<const ConsoleCommand> console_commands();

}  // namespace earshot::view
