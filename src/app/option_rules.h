// Which options contradict each other, whatever the terminals are: one row each, for the check and for the documents.
#pragma once

#include <span>

#include "app/options.h"
#include "base/result.h"

namespace earshot::app {

struct OptionRule {
    bool (*broken)(const Options& options);
    const char* message;  // msgid: what does not go together and what to write
};
std::span<const OptionRule> option_rules();

// The command line names a view or a time prefix other than what holds anyway.
bool asks_for_view(const Options& options);

// The first broken rule as a usage error. For connect and listen.
Status check_rules(const Options& options);

}  // namespace earshot::app
