// The table of framings: what --frame and /frame know. Help, completion and the parameterised tests walk it; a new
// framing is one file and one row.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "frame/framer.h"

namespace earshot::frame {

struct Framing {
    const char* name;     // what stands before the colon
    const char* syntax;   // "fixed:N": for help and errors; equals `name` where there are no arguments
    const char* example;  // a name that make_framer accepts, for completion and tests
    const char* help;     // a msgid: one line for a person
    // `arguments`: what stands after the colon, empty where there is none (`has_arguments` of the row says which is
    // right). The error's message says only what is wrong with the arguments.
    Result<std::unique_ptr<Framer>> (*make)(std::string_view arguments, std::size_t max_message);

    bool has_arguments() const { return std::string_view(syntax) != name; }
};

std::span<const Framing> framings();

}  // namespace earshot::frame
