#include "view/exposition.h"

#include <fmt/format.h>

#include <iterator>

namespace earshot::view {

namespace {

// A line must stay one line: backslash and LF have codes, in a label's value the quotation mark too.
void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else {
            if (c == '\\' || (in_quotes && c == '"')) out += '\\';
            out += c;
        }
    }
}

}  // namespace

void Exposition::family(std::string_view name, const char* type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} ", name);
    append_escaped(text_, help, false);
    text_ += fmt::format("\n# TYPE {} {}\n", name, type);
}

void Exposition::sample(std::uint64_t value) { fmt::format_to(std::back_inserter(text_), "{} {}\n", name_, value); }
void Exposition::sample(double value) { fmt::format_to(std::back_inserter(text_), "{} {}\n", name_, value); }

void Exposition::sample(std::string_view label, std::string_view label_value, std::uint64_t value) {
    fmt::format_to(std::back_inserter(text_), "{}{{{}=\"", name_, label);
    append_escaped(text_, label_value, true);
    fmt::format_to(std::back_inserter(text_), "\"}} {}\n", value);
}

}  // namespace earshot::view
