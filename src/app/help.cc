#include "app/help.h"

#include <fmt/format.h>

#include "app/completion.h"
#include "app/option_table.h"
#include "base/i18n.h"
#include "text/encoding.h"

namespace earshot::app {

namespace {

constexpr std::size_t kTextColumn = 28;  // columns; names are ASCII, so their bytes are their columns

std::string names_of(const OptionRow& row) {
    std::string names = "  ";
    const bool has_long = row.name[0] != '\0';
    if (row.short_name != 0) names += fmt::format("-{}{}", row.short_name, has_long ? ", " : "");
    if (row.short_name == 0) names += "    ";
    if (has_long) names += fmt::format("--{}", row.name);
    if (row.argument != nullptr) names += fmt::format(" {}", row.argument);
    return names;
}

std::string option_line(const OptionRow& row) {
    const std::string names = names_of(row);
    const bool fits = names.size() + 1 < kTextColumn;
    const std::string gap = fits ? std::string(kTextColumn - names.size(), ' ') : "\n" + std::string(kTextColumn, ' ');
    return names + gap + tr(row.help) + "\n";
}

std::string usage_line(const VerbRow& verb) {
    const char* space = verb.synopsis[0] != '\0' ? " " : "";
    return fmt::format("{} earshot {}{}{}\n", tr("Usage:"), verb.name, space, verb.synopsis);
}

std::string options_of(Verb verb) {
    std::string text;
    for (const OptionGroup& group : option_groups()) {
        std::string lines;
        for (const OptionRow& row : group.rows) {
            if (row.belongs_to(verb)) lines += option_line(row);
        }
        if (!lines.empty()) text += fmt::format("\n{}\n{}", tr(group.heading), lines);
    }
    return text;
}

std::string places(Verb verb) {
    if (verb != Verb::connect && verb != Verb::listen && verb != Verb::tap) return {};
    std::string text;
    if (verb == Verb::tap) {
        text += std::string("\n") + tr("LISTEN is PORT, HOST:PORT or a URL, TARGET is HOST:PORT or a URL.");
    }
    text += std::string("\n") + tr("URL is tcp://HOST:PORT, tls://HOST:PORT or unix:PATH; IPv6 as [::1]:8888.") + "\n";
    if (verb != Verb::connect) {
        text += std::string(tr("PORT alone listens on every address, IPv4 and IPv6; 0 takes a free port.")) + "\n";
    }
    return text;
}

std::string overview() {
    std::string text = fmt::format("{} earshot {}\n\n", tr("Usage:"), tr("COMMAND ..."));
    text += std::string(tr("Holds conversations over TCP, from either end, in any encoding.")) + "\n\n";
    for (const VerbRow& verb : verbs()) text += fmt::format("  {:<12}{}\n", verb.name, tr(verb.help));
    text +=
        std::string("\n") + tr("\"earshot help COMMAND\" shows its options, \"earshot --version\" the version.") + "\n";
    return text;
}

// One a line, its name first, then its other labels: for eyes and for grep.
std::string encodings_text() {
    std::string text;
    for (const text::Encoding& encoding : text::encodings()) {
        text += encoding.name;
        for (const std::string_view label : encoding.labels) {
            if (label != encoding.name) text += fmt::format(" {}", label);
        }
        text += '\n';
    }
    return text;
}

}  // namespace

std::string help_text(std::string_view topic) {
    const VerbRow* verb = find_verb(topic);
    if (verb == nullptr) return overview();
    return usage_line(*verb) + tr(verb->help) + "\n" + places(verb->verb) + options_of(verb->verb);
}

std::string short_usage() {
    std::string text;
    for (const VerbRow& verb : verbs()) {
        if (verb.verb == Verb::connect || verb.verb == Verb::listen) text += usage_line(verb);
    }
    return text + tr("\"earshot help\" shows more, \"earshot demo\" a conversation.") + "\n";
}

std::string answer_text(const Options& options) {
    switch (options.verb) {
        case Verb::help:
            return help_text(options.topic);
        case Verb::version:
            return "earshot " EARSHOT_VERSION "\n";
        case Verb::encodings:
            return encodings_text();
        case Verb::completion:
            return completion_script(options.topic);
        default:
            return {};
    }
}

}  // namespace earshot::app
