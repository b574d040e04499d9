// How many columns of a terminal a text takes. Control characters take none here: show them with text/safe.h.
#pragma once

#include <cstddef>
#include <string_view>

namespace earshot::text {

// East Asian "ambiguous" characters: one column in most terminals, two in old East Asian ones.
enum class Ambiguous : unsigned char { narrow, wide };

// 0 (combining, format, control), 1 or 2.
int column_width(char32_t code_point, Ambiguous ambiguous = Ambiguous::narrow);
// Of one grapheme cluster: an emoji sequence is as wide as its first sign, a sign before U+FE0F is two.
int cluster_width(std::string_view cluster, Ambiguous ambiguous = Ambiguous::narrow);
int text_width(std::string_view text, Ambiguous ambiguous = Ambiguous::narrow);
// The longest start of `text` of whole clusters that is at most `columns` wide.
std::string_view cut_to_width(std::string_view text, int columns, Ambiguous ambiguous = Ambiguous::narrow);

}  // namespace earshot::text
