// The table of options: parsing, the configuration file, help, the man page and completion all walk it. Adding an
// option is a field in Options and a row here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.h"
#include "base/result.h"

namespace earshot::app {

enum class ValueKind : std::uint8_t {
    free,       // nothing to offer
    choice,     // one of `choices`
    file,       // a file's name
    encoding,   // a label, auto or bytes
    label,      // a label
    encodings,  // labels, separated by commas
    frame,      // a framing
    reply,      // an automatic reply
};

constexpr std::uint8_t kConnect = 1, kListen = 2, kDemo = 4, kRecode = 8, kLadder = 16, kEncodings = 32, kTap = 64;

struct OptionRow {
    const char* name;      // without dashes; empty: a short form only
    char short_name;       // 0: none
    const char* argument;  // how help names the value; null: a flag
    std::uint8_t verbs;    // kConnect | kListen ...
    bool repeats;          // given twice, the values join (with a comma); else the last one holds
    ValueKind kind;
    const char* choices;  // separated by spaces: all that is accepted where kind is choice
    const char* help;     // msgid, one line
    const char* manual;   // further sentences for the man page, English; may be empty
    // Sets the value; a flag is given "true" or "false". The error says what is wrong with the value, not which option.
    Status (*apply)(Options& options, std::string_view value);

    bool is_flag() const { return argument == nullptr; }
    bool belongs_to(Verb verb) const;
};

// What completion offers as the row's value: choices, or the names in the table that its kind stands for.
std::vector<std::string> offered_values(const OptionRow& row);

// Rows under one heading.
struct OptionGroup {
    const char* heading;  // msgid
    std::span<const OptionRow> rows;
};

std::span<const OptionGroup> option_groups();
const OptionRow* find_option(std::string_view name);
const OptionRow* find_short_option(char name);

struct VerbRow {
    const char* name;
    Verb verb;
    std::uint8_t bit;      // its bit in OptionRow::verbs; 0: takes no options
    const char* synopsis;  // what stands after the name
    const char* help;      // msgid
};
std::span<const VerbRow> verbs();
const VerbRow* find_verb(std::string_view name);

}  // namespace earshot::app
