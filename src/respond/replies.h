// The table of automatic replies: what `listen --reply` may name. A new one is a file and a row.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "respond/means.h"
#include "talk/responder.h"

namespace earshot::respond {

struct Reply {
    const char* name;
    const char* argument;  // what stands behind the name and a colon, as help shows it: "FILE"; empty: nothing may
    const char* help;      // a msgid
    // Null for a row that does not answer. Errors: what is wrong with the argument.
    Result<std::unique_ptr<talk::Responder>> (*make)(std::string_view argument, const Means& means);
    // Callers send lines of text, each in his own encoding, where the user says nothing else.
    bool is_text = false;
    bool is_call = false;  // the argument is whom to call
    bool is_file = false;  // ... or a file that may be read again
};

std::span<const Reply> replies();

// Null: unknown.
const Reply* find_reply(std::string_view name);

// What --reply says, taken apart: "echo", "rules:FILE".
struct ReplyChoice {
    const Reply* reply = nullptr;  // null: unknown, or its argument is missing, or it takes none
    std::string_view argument;
};
ReplyChoice parse_reply(std::string_view text);

}  // namespace earshot::respond
