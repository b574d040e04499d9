// A message as rows of the console: time, label, and the peer's text made safe, or its bytes in hex.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/malformed.h"
#include "text/width.h"
#include "view/presentation.h"

namespace earshot::view {

struct ShownMessage {
    std::string_view time;   // prefix, or nothing
    std::string_view label;  // "server: "
    std::string_view text;
    std::span<const MalformedUnit> malformed;
    ByteView bytes;        // what the hex view shows
    bool has_text = true;  // false: there is only hex to show
};

// Of one message so many bytes are put on the screen; a last row says how many more there are.
inline constexpr std::size_t kShownOfMessage = 16 * 1024;

// Rows without \n. Further rows of a message of several lines begin with "  | ", so that no peer can forge a label.
std::vector<std::string> message_lines(const ShownMessage& message, const Presentation& presentation);

// `text` in rows of at most `columns`, broken at blanks and beside wide characters, within a word only where it must.
std::vector<std::string> wrapped(std::string_view text, int columns, text::Ambiguous ambiguous);

// `text` in SGR `code` where colours are wanted.
std::string styled(const Presentation& presentation, const char* code, std::string_view text);

}  // namespace earshot::view
