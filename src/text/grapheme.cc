#include "text/grapheme.h"

#include "text/code_point.h"
#include "text/tables/unicode_table.h"

namespace earshot::text {
namespace {

bool is_control(Break kind) { return kind == Break::cr || kind == Break::lf || kind == Break::control; }

// UAX #29 rules GB3 to GB9b: what the two neighbours decide alone. GB11 to GB13 look further back.
bool joins(Break a, Break b) {
    if (is_control(a) || is_control(b)) return a == Break::cr && b == Break::lf;
    if (b == Break::extend || b == Break::zwj || b == Break::spacing_mark || a == Break::prepend) return true;
    switch (a) {
        case Break::l:
            return b == Break::l || b == Break::v || b == Break::lv || b == Break::lvt;
        case Break::lv:
        case Break::v:
            return b == Break::v || b == Break::t;
        case Break::lvt:
        case Break::t:
            return b == Break::t;
        default:
            return false;
    }
}

// Whether what stands further back could still join the two.
bool depends_on_past(Break a, Break b) {
    return (a == Break::zwj && b == Break::extended_pictographic) ||
           (a == Break::regional_indicator && b == Break::regional_indicator);
}

bool is_plain_ascii(char c) { return c >= 0x20 && c < 0x7f; }

// A border at or before `at` that is one whatever stands before it, or the place where looking back gives up.
std::size_t certain_border(std::string_view text, std::size_t at) {
    const std::size_t limit = at > kMaxClusterSize ? at - kMaxClusterSize : 0;
    if (at == text.size()) {
        if (at == 0) return 0;
        at -= code_point_before(text, at).size;
    }
    Break right = grapheme_break(code_point_at(text, at).value);
    while (at > limit) {
        const CodePoint before = code_point_before(text, at);
        const Break left = grapheme_break(before.value);
        if (!joins(left, right) && !depends_on_past(left, right)) return at;
        right = left;
        at -= before.size;
    }
    return at;
}

// Back to where a code point begins.
std::size_t code_point_floor(std::string_view text, std::size_t at) {
    for (std::size_t back = 1; back <= 3 && back <= at && at < text.size(); ++back) {
        if (code_point_at(text, at - back).size > back) return at - back;
    }
    return at;
}

}  // namespace

std::size_t next_grapheme(std::string_view text, std::size_t at) {
    if (at >= text.size()) return text.size();
    if (is_plain_ascii(text[at]) && (at + 1 == text.size() || is_plain_ascii(text[at + 1]))) return at + 1;
    const std::size_t start = at;
    CodePoint here = code_point_at(text, at);
    Break left = grapheme_break(here.value);
    bool pictograph = left == Break::extended_pictographic;  // GB11: ExtPict Extend* seen, perhaps with its ZWJ
    bool pictograph_zwj = false;
    bool odd_indicator = left == Break::regional_indicator;  // GB12, GB13: an odd number of them so far
    at += here.size;
    while (at < text.size() && at - start < kMaxClusterSize) {
        here = code_point_at(text, at);
        const Break right = grapheme_break(here.value);
        const bool flag = odd_indicator && left == Break::regional_indicator && right == Break::regional_indicator;
        if (!joins(left, right) && !flag && !(pictograph_zwj && right == Break::extended_pictographic)) break;
        pictograph_zwj = pictograph && right == Break::zwj;
        pictograph = right == Break::extended_pictographic || (pictograph && right == Break::extend);
        odd_indicator = right == Break::regional_indicator && !flag;
        left = right;
        at += here.size;
    }
    return at;
}

std::size_t grapheme_floor(std::string_view text, std::size_t at) {
    if (at >= text.size()) return text.size();
    if (at == 0) return 0;
    if (is_plain_ascii(text[at]) && is_plain_ascii(text[at - 1])) return at;
    const std::size_t target = code_point_floor(text, at);
    std::size_t border = certain_border(text, target);
    while (border < target) {
        const std::size_t next = next_grapheme(text, border);
        if (next > target) break;
        border = next;
    }
    return border;
}

std::size_t grapheme_ceil(std::string_view text, std::size_t at) {
    const std::size_t border = grapheme_floor(text, at);
    return border >= at ? border : next_grapheme(text, border);
}

std::size_t previous_grapheme(std::string_view text, std::size_t at) {
    if (at > text.size()) at = text.size();
    if (at == 0) return 0;
    if (at >= 2 && is_plain_ascii(text[at - 1]) && is_plain_ascii(text[at - 2])) return at - 1;
    return grapheme_floor(text, at - code_point_before(text, at).size);
}

}  // namespace earshot::text
