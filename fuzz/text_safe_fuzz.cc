// Safe display of any text with any malformed units: nothing that steers a terminal comes out, and no grapheme walk
// leaves the text.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "text/code_point.h"
#include "text/grapheme.h"
#include "text/safe.h"
#include "text/width.h"

namespace {

using namespace earshot;  // NOLINT(google-build-using-namespace)

void check_shown(std::string_view shown, bool lines, bool strict) {
    for (std::size_t at = 0; at < shown.size();) {
        const text::CodePoint point = text::code_point_at(shown, at);
        EARSHOT_CHECK(point.valid);
        const bool passes = lines && (point.value == '\n' || point.value == '\t');
        EARSHOT_CHECK(passes || !text::is_unsafe(point.value, strict));
        at += point.size;
    }
}

void check_graphemes(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t next = text::next_grapheme(text, at);
        EARSHOT_CHECK(next > at && next <= text.size());
        if (next < text::kMaxClusterSize) {
            EARSHOT_CHECK(text::previous_grapheme(text, next) == at);
            EARSHOT_CHECK(text::grapheme_floor(text, next) == next);
        }
        at = next;
    }
    EARSHOT_CHECK(text::text_width(text) >= 0);
    EARSHOT_CHECK(text::text_width(text::cut_to_width(text, 10)) <= 10);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    if (size < 2) return 0;
    const text::SafeOptions options{
        .reverse_video = (input[0] & 1) != 0, .strict_joiners = (input[0] & 2) != 0, .lines = (input[0] & 4) != 0};
    const std::size_t units = std::min<std::size_t>(input[1] % 8, (size - 2) / 2);
    std::vector<MalformedUnit> malformed;
    for (std::size_t i = 0; i < units; ++i) {
        malformed.push_back({.raw_at = 0,
                             .text_at = input[2 + 2 * i],
                             .size = static_cast<std::uint8_t>(input[3 + 2 * i] % 4 + 1),
                             .bytes = {0xff, 0x1b, 0x80, '\n'}});
    }
    const std::string_view text(reinterpret_cast<const char*>(input) + 2 + 2 * units, size - 2 - 2 * units);
    std::string joined;
    for (const text::SafeSpan& span : text::safe_spans(text, malformed, options)) joined += span.text;
    check_shown(joined, options.lines, options.strict_joiners);
    if (!options.reverse_video) {
        std::string shown;
        text::append_safe(text, malformed, options, shown);
        EARSHOT_CHECK(shown == joined);
    }
    check_shown(text::safe_line(text), false, true);
    check_graphemes(text);
    return 0;
}
