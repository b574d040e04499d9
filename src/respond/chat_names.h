// Names of callers and rooms: what may be one, and which two a reader would take for the same.
#pragma once

#include <string>
#include <string_view>

namespace earshot::respond {

inline constexpr int kLongestName = 20;              // columns
inline constexpr std::size_t kLongestNameSize = 80;  // bytes of UTF-8

// Null: `name` may be one. Else why not (a msgid). A name is letters, digits, `.`, `_` and `-` of any script and begins
// with none of the last two marks; nothing in it is invisible, reorders, or could be taken for what stands around it.
const char* fault_of_name(std::string_view name);

// The same for two names that differ in case, in full width, or in letters of Cyrillic and Greek that look like Latin.
std::string folded_name(std::string_view name);

}  // namespace earshot::respond
