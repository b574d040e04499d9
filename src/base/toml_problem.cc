#include "base/toml_problem.h"

#include <optional>

#include "base/i18n.h"

namespace earshot {

namespace {

constexpr std::string_view kBefore = "Error while parsing ";

// The character in "..., saw 'x'"; that of an end of line has a name.
std::string seen_in(std::string_view problem) {
    constexpr std::string_view kSaw = "saw '";
    const std::size_t at = problem.rfind(kSaw);
    if (at == problem.npos) return tr("something else");
    std::string_view seen = problem.substr(at + kSaw.size());
    if (seen.ends_with('\'')) seen.remove_suffix(1);
    if (seen == "\\n" || seen == "\n" || seen == "\\r" || seen == "\r") return tr("the end of the line");
    return tr_format("“{}”", seen);
}

// What is between single quotation marks, to the last of them.
std::string quoted_in(std::string_view problem) {
    const std::size_t begin = problem.find('\''), end = problem.rfind('\'');
    return begin < end ? std::string(problem.substr(begin + 1, end - begin - 1)) : std::string();
}

std::optional<std::string> unfinished(std::string_view what) {
    if (what.ends_with("string")) return tr("a string is not closed: its quotation mark is missing");
    if (what == "array") return tr("a list is not closed: ] is missing");
    if (what == "inline table") return tr("a table is not closed: its last brace is missing");
    if (what == "table header") return tr("a heading is not closed: ] is missing");
    if (what == "key-value pair" || what == "value") return tr("the file ends before the value: write key = \"value\"");
    return std::nullopt;
}

// Of a problem with `what`; nothing: it is not among those that are common.
std::optional<std::string> in_own_words(std::string_view what, std::string_view problem) {
    const auto begins = [&](std::string_view with) { return problem.starts_with(with); };
    if (begins("encountered end-of-file")) return unfinished(what);
    if (begins("expected value")) {
        return tr_format("a value should stand here, not {}; text has quotation marks around it", seen_in(problem));
    }
    if (begins("expected '='")) return tr_format("after a key comes =, not {}", seen_in(problem));
    if (begins("expected a comment or whitespace")) {
        return tr_format("the line should end here, and {} follows: each key = value has a line of its own",
                         seen_in(problem));
    }
    if (begins("expected comma or closing ']'")) {
        return tr_format("between the items of a list stands a comma, at its end ], not {}", seen_in(problem));
    }
    if (begins("expected key or closing '}'") || begins("expected comma or closing '}'")) {
        return tr("a table in braces stands on one line, with commas between its keys and a brace at the end");
    }
    if (begins("expected ']'")) return unfinished("table header");
    if (begins("expected keys, tables")) {
        return tr_format("a line begins with a key or a [heading], not with {}", seen_in(problem));
    }
    if (begins("expected 'true'") || begins("expected 'false'"))
        return tr("true and false are written in small letters");
    if (begins("could not determine value type")) return tr("this is no value: text has quotation marks around it");
    if (begins("unknown escape sequence")) {
        return tr_format("there is no escape {}: a backslash is \\\\, or write the text in single quotation marks",
                         quoted_in(problem));
    }
    if (what.ends_with("string") && problem.find("control characters") != problem.npos) {
        return tr(
            "a string ends on its line and has no control characters: close its quotation mark, or write three of "
            "them around several lines");
    }
    if (begins("cannot redefine existing")) {
        const std::string name = quoted_in(problem);
        return name.empty() ? std::string(tr("this key is there already, as something else"))
                            : tr_format("“{}” is there already", name);
    }
    if (begins("leading zeroes")) return tr("a number does not begin with 0; text has quotation marks around it");
    if (begins("tables with blank bare keys")) return tr("a heading needs a name");
    return std::nullopt;
}

}  // namespace

std::string toml_problem(std::string_view description) {
    std::string_view what, problem = description;
    if (description.starts_with(kBefore)) {
        const std::size_t colon = description.find(": ");
        if (colon != description.npos) {
            what = description.substr(kBefore.size(), colon - kBefore.size());
            problem = description.substr(colon + 2);
        }
    }
    if (auto said = in_own_words(what, problem)) return *said;
    if (problem.find("utf-8") != problem.npos) return tr("this is no UTF-8: save the file in that encoding");
    return tr_format("this cannot be read as TOML: {}", description);
}

}  // namespace earshot
