// The options part of the man page, made from the table so that the page cannot lack one. man/earshot.1 holds it
// between two marks; a test compares, and rewrites it where EARSHOT_REWRITE is set.
#pragma once

#include <string>

namespace earshot::app {

inline constexpr const char* kManualBegin = ".\\\" Made from src/app/option_table.cc: begin\n";
inline constexpr const char* kManualEnd = ".\\\" Made from src/app/option_table.cc: end\n";

// roff (man macros), English.
std::string manual_options();

}  // namespace earshot::app
