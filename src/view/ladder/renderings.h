// The table of forms that a ladder can be written in: options, help and the parameterised tests walk it; a new form is
// one file and one row.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "view/ladder/rendering.h"

namespace earshot::view {

struct RenderingKind {
    const char* name;
    const char* suffix;  // of a file: ".svg"
    const char* help;    // a msgid: one line for a person
    std::unique_ptr<Rendering> (*make)(const LadderLook& look);
};

std::span<const RenderingKind> renderings();
// By name, or by the suffix of a file's name. Null: none.
const RenderingKind* find_rendering(std::string_view name);
const RenderingKind* rendering_of_file(std::string_view path);

}  // namespace earshot::view
