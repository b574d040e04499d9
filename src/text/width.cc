#include "text/width.h"

#include "text/code_point.h"
#include "text/grapheme.h"
#include "text/tables/unicode_table.h"

namespace earshot::text {
namespace {

constexpr char32_t kEmojiPresentation = 0xfe0f;

// What adds nothing to the sign before it: the further signs of a ZWJ sequence, and the skin tone of a pictograph.
bool is_absorbed(char32_t before, char32_t next) {
    const bool skin_tone = next >= 0x1f3fb && next <= 0x1f3ff;
    return skin_tone ? grapheme_break(before) == Break::extended_pictographic
                     : grapheme_break(before) == Break::zwj && grapheme_break(next) == Break::extended_pictographic;
}

}  // namespace

int column_width(char32_t code_point, Ambiguous ambiguous) {
    const int columns = unicode_property(code_point) & 3;
    return columns == kAmbiguousColumns ? (ambiguous == Ambiguous::wide ? 2 : 1) : columns;
}

int cluster_width(std::string_view cluster, Ambiguous ambiguous) {
    if (cluster.empty()) return 0;
    const CodePoint first = code_point_at(cluster, 0);
    int columns = column_width(first.value, ambiguous);
    char32_t before = first.value;
    for (std::size_t at = first.size; at < cluster.size();) {
        const CodePoint next = code_point_at(cluster, at);
        if (next.value == kEmojiPresentation && columns == 1 && at == first.size &&
            grapheme_break(before) == Break::extended_pictographic) {
            columns = 2;
        } else if (columns == 0 || !is_absorbed(before, next.value)) {
            columns += column_width(next.value, ambiguous);
        }
        before = next.value;
        at += next.size;
    }
    return columns;
}

int text_width(std::string_view text, Ambiguous ambiguous) {
    int columns = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = next_grapheme(text, at);
        columns += cluster_width(text.substr(at, end - at), ambiguous);
        at = end;
    }
    return columns;
}

std::string_view cut_to_width(std::string_view text, int columns, Ambiguous ambiguous) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = next_grapheme(text, at);
        columns -= cluster_width(text.substr(at, end - at), ambiguous);
        if (columns < 0) break;
        at = end;
    }
    return text.substr(0, at);
}

}  // namespace earshot::text
