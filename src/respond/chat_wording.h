// A line of a chat between text and a caller's bytes: made safe on the way in, and made fit for his encoding on the way
// out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/malformed.h"
#include "text/encoding.h"

namespace earshot::respond {

// What a caller wrote as lines that may be shown to others: controls and what reorders text as `\x1b` and `\u{202e}`,
// bytes that did not decode as `\xNN`. A byte order mark at the beginning goes. The pieces lie in `space`.
std::vector<std::string_view> safe_lines(std::string_view text, std::span<const MalformedUnit> malformed,
                                         std::string& space);

struct Misfits {
    std::size_t count = 0;  // characters
    std::string first;
    char32_t first_code = 0;
};
// Appends `line` and `eol` in `encoding`; a character that it lacks as `\u{1f600}`. `line` is valid UTF-8.
Misfits append_encoded(const text::Encoding& encoding, std::string_view line, std::string_view eol,
                       std::vector<std::uint8_t>& bytes);

}  // namespace earshot::respond
