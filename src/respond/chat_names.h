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

// A name without case and full width, and with Latin letters for those of Cyrillic and Greek that look like them: as
// small letters do, and as capitals do. Both are the same for most names: ν looks like v, its capital like N.
struct FoldedName {
    std::string small, capital;
};
// A reader would take two names for the same where one of these of the one is one of the other.
FoldedName folded_name(std::string_view name);
bool looks_like(std::string_view a, std::string_view b);

}  // namespace earshot::respond
