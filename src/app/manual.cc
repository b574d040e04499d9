#include "app/manual.h"

#include <fmt/format.h>

#include <cctype>

#include "app/option_table.h"

namespace earshot::app {

namespace {

std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '-') {
            out += "\\-";
        } else if (c == '\\') {
            out += "\\e";
        } else {
            out += c;
        }
    }
    return out.starts_with(".") || out.starts_with("'") ? "\\&" + out : out;
}

std::string names_of(const OptionRow& row) {
    std::string names;
    if (row.short_name != 0) names += fmt::format("\\fB\\-{}\\fR", row.short_name);
    if (row.short_name != 0 && row.name[0] != '\0') names += ", ";
    if (row.name[0] != '\0') names += "\\fB" + roff(std::string("--") + row.name) + "\\fR";
    if (row.argument != nullptr) names += " \\fI" + roff(row.argument) + "\\fR";
    return names;
}

std::string entry(const OptionRow& row) {
    std::string help = row.help;
    help[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(help[0])));
    std::string text = fmt::format(".TP\n{}\n{}.\n", names_of(row), roff(help));
    if (row.manual[0] != '\0') text += roff(row.manual) + "\n";
    for (const VerbRow& verb : verbs()) {
        if (row.verbs == verb.bit) text += fmt::format("Only with \\fB{}\\fR.\n", verb.name);
    }
    return text;
}

}  // namespace

std::string manual_options() {
    std::string text;
    for (const OptionGroup& group : option_groups()) {
        text += fmt::format(".SS {}\n", roff(group.heading));
        for (const OptionRow& row : group.rows) text += entry(row);
    }
    return text;
}

}  // namespace earshot::app
