#include "view/ladder/renderings.h"

#include <algorithm>

#include "base/i18n.h"
#include "view/ladder/json_rows.h"
#include "view/ladder/mermaid.h"
#include "view/ladder/svg.h"
#include "view/ladder/text_ladder.h"

namespace earshot::view {
namespace {

template <typename Form>
std::unique_ptr<Rendering> make(const LadderLook& look) {
    return std::make_unique<Form>(look);
}

constexpr RenderingKind kRenderings[] = {
    {"text", ".txt", msgid("lines of text, 80 columns or the terminal's width"), make<TextLadder>},
    {"svg", ".svg", msgid("a picture for browsers, with the details of each segment under the pointer"),
     make<SvgLadder>},
    {"mermaid", ".mmd", msgid("a Mermaid sequence diagram"), make<MermaidLadder>},
    {"json", ".jsonl", msgid("one JSON object a row"), make<JsonRows>},
};

}  // namespace

std::span<const RenderingKind> renderings() { return kRenderings; }

const RenderingKind* find_rendering(std::string_view name) {
    const auto* found = std::find_if(std::begin(kRenderings), std::end(kRenderings),
                                     [name](const RenderingKind& kind) { return name == kind.name; });
    return found == std::end(kRenderings) ? nullptr : found;
}

const RenderingKind* rendering_of_file(std::string_view path) {
    const auto* found = std::find_if(std::begin(kRenderings), std::end(kRenderings),
                                     [path](const RenderingKind& kind) { return path.ends_with(kind.suffix); });
    return found == std::end(kRenderings) ? nullptr : found;
}

}  // namespace earshot::view
