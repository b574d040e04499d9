// The table of automatic replies: what `listen --reply` may name. A new one is a file and a row.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "talk/responder.h"

namespace earshot::respond {

struct Reply {
    const char* name;
    const char* help;                            // a msgid
    std::unique_ptr<talk::Responder> (*make)();  // null for a row that does not answer
    // Callers send lines of text, each in his own encoding, where the user says nothing else.
    bool is_text = false;
};

std::span<const Reply> replies();
// Null: unknown.
const Reply* find_reply(std::string_view name);

}  // namespace earshot::respond
