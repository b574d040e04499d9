// What is wrong with a TOML file, in the user's language: toml++ says it in English and in its own words.
#pragma once

#include <string>
#include <string_view>

namespace earshot {

// One line without the place, from a parse_error's description. What is common is said anew, with what to write; what
// is not keeps the library's words behind ours. To be made safe before it is shown.
std::string toml_problem(std::string_view description);

}  // namespace earshot
