// Completion scripts for shells, made from the tables of verbs and options. In English: they are installed for
// everybody.
#pragma once

#include <string>
#include <string_view>

namespace earshot::app {

// `shell`: bash, zsh or fish; empty text for another.
std::string completion_script(std::string_view shell);

}  // namespace earshot::app
