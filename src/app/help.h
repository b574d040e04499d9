// What the program says about itself, printed from the table of options in the user's language.
#pragma once

#include <string>
#include <string_view>

#include "app/options.h"

namespace earshot::app {

// All of the help there is for a verb; of the program where `topic` is empty. Ends with a newline.
std::string help_text(std::string_view topic);
// What stands on stderr where no verb was named.
std::string short_usage();

// What help, version and completion print on stdout, and nothing else is done then; empty for the other verbs.
std::string answer_text(const Options& options);

}  // namespace earshot::app
