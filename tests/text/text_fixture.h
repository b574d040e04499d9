// The small language of the text tests: hex in, text out, and the question whether any cutting gives the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/decoder.h"
#include "text/encoder.h"
#include "text/encoding.h"

namespace earshot::text {

inline const Encoding& named(std::string_view label) { return *find_encoding(label); }

std::string from_hex(std::string_view hex);
std::string to_hex(ByteView bytes);
std::string utf8_of(char32_t code_point);
// "4F60 A": the code points of `text`, hex, a space between.
std::string code_points_of(std::string_view text);

struct Decoded {
    std::string text;
    std::vector<MalformedUnit> malformed;
    std::vector<Run> runs;

    friend bool operator==(const Decoded&, const Decoded&) = default;
};

// Decodes `raw` in pieces that end where `cuts` says (ascending), then flushes. All three variants, which must agree on
// the text: where they do not the test fails.
Decoded decode_cut(const Encoding& encoding, std::string_view raw, const std::vector<std::size_t>& cuts);
Decoded decode_whole(const Encoding& encoding, std::string_view raw);
// Byte by byte and at every single split, text, malformed units and runs are those of the whole; the runs tile raw and
// text; the malformed units are the runs' errors; at most 3 bytes are held.
bool every_cut_agrees(const Encoding& encoding, std::string_view raw);
bool tiles(const Decoded& decoded, std::string_view raw);

// False for UTF-16: bytes below 80 are not ASCII there.
bool holds_ascii(const Encoding& encoding);

// The bytes of `text`, a whole message, in hex; empty where a character is refused.
std::string encoded_hex(const Encoding& encoding, std::string_view text);

}  // namespace earshot::text
