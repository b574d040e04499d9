// A peer's text made fit to be seen: nothing in it can steer the terminal, hide or reorder what stands there. What is
// unfit is shown by its code: `\x1b`, `\u{202e}`, and `\xNN` for each byte that did not decode.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/malformed.h"

namespace earshot::text {

enum class Mark : std::uint8_t {
    plain,
    escaped,    // a character shown by its code
    malformed,  // bytes that did not decode: not the U+FFFD a peer really sent
};

struct SafeSpan {
    std::string text;
    Mark mark = Mark::plain;

    friend bool operator==(const SafeSpan&, const SafeSpan&) = default;
};

struct SafeOptions {
    // Marks in reverse video (SGR 7 and 27). Without it a backslash of the peer's own that could be taken for the start
    // of such a mark is doubled, so that marks stay told apart from text that looks like them.
    bool reverse_video = false;
    // Shows ZWJ and ZWNJ too; emoji sequences and some scripts need them as they are.
    bool strict_joiners = false;
    // \n and \t pass, and the CR before a \n goes with it. Off (a name, a reason, an editor's row): they are shown as
    // codes.
    bool lines = true;
};

// Appends `text` as it may be printed. `malformed` is in order of text_at, counted from the start of `text`; each
// stands for one U+FFFD there. Bytes of `text` that are no UTF-8 are shown as malformed too. Plain text costs one scan.
// What is appended holds no C0 but \n and \t, no DEL, no C1, and no ESC but the SGR of reverse_video.
void append_safe(std::string_view text, std::span<const MalformedUnit> malformed, const SafeOptions& options,
                 std::string& out);
// The same as pieces, for views with marks of their own (reverse_video only decides about doubled backslashes here).
std::vector<SafeSpan> safe_spans(std::string_view text, std::span<const MalformedUnit> malformed,
                                 const SafeOptions& options);
// A name or message of a peer's inside one line of ours: no line breaks, no marks but the codes.
std::string safe_line(std::string_view text);

// Whether this character is shown by its code (\n and \t count as such here).
bool is_unsafe(char32_t code_point, bool strict_joiners);

}  // namespace earshot::text
