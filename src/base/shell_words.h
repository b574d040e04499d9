// A command as it would be typed to a shell, taken apart into words without a shell: for programs that are started.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace earshot {

// Words stand apart by blanks. 'Single quotes' keep everything, "double quotes" all but \" \\ \$ \`, a backslash keeps
// the character behind it (POSIX.1-2017, Shell Command Language 2.2). Nothing is expanded. Errors: usage, for a quote
// that does not end, and for what only a shell could do (| & ; < > ( ) $ ` outside quotes), which would be no such
// thing here.
Result<std::vector<std::string>> split_words(std::string_view command);

}  // namespace earshot
