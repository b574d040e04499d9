// Messages to people go through gettext: tr("...") marks and looks up, tr_format fills the holes of a translated text.
#pragma once

#include <fmt/format.h>

#include <string>

namespace earshot {

// The text in the user's language; itself where there is no translation. Lives as long as the program.
const char* tr(const char* text);
// One of two forms by `n`, by the language's own rule.
const char* tr_plural(const char* one, const char* many, unsigned long n);

// Marks a text in a table for the catalogue; whoever shows it calls tr().
constexpr const char* msgid(const char* text) { return text; }

// tr() of a text with {} holes. The catalogue check (tools/check_po.py) holds the holes of every translation to those
// of its msgid, so formatting cannot fail on one.
template <typename... Args>
std::string tr_format(const char* text, const Args&... args) {
    return fmt::format(fmt::runtime(tr(text)), args...);
}

}  // namespace earshot
