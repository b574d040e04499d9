// Where one character that a person sees ends and the next begins: extended grapheme clusters (UAX #29). A cursor only
// ever stands at such a border. Bytes that are no UTF-8 are clusters of one byte.
#pragma once

#include <cstddef>
#include <string_view>

namespace earshot::text {

// A longer cluster is cut, so that a flood of combining marks costs no more than any other text. Enough for 30 marks on
// one letter, which is what the stream-safe format of UAX #15 allows, and for every emoji.
inline constexpr std::size_t kMaxClusterSize = 128;  // bytes

// The border after the cluster that begins at byte `at` (itself a border); text.size() at the end.
std::size_t next_grapheme(std::string_view text, std::size_t at);
// The border before byte `at`; 0 at the start.
std::size_t previous_grapheme(std::string_view text, std::size_t at);
// `at` itself where it is a border, else the border before it or after it. Looks at the surroundings only.
std::size_t grapheme_floor(std::string_view text, std::size_t at);
std::size_t grapheme_ceil(std::string_view text, std::size_t at);

}  // namespace earshot::text
