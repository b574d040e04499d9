// Which characters everyday text of a language is made of: with them detection tells encodings apart whose bytes have
// the same ranges (gbk and euc-kr, shift_jis and big5). About 500 a language, the most frequent in no strict order.
#pragma once

#include <string_view>

#include "text/encoding.h"

namespace earshot::text {

struct CommonCharacters {
    std::u16string_view characters;  // ascending, searched by halves
    bool kana = false;               // hiragana and katakana too, each common by itself
};

// Those of the language that `encoding` is for; none: it is for none of those kept here.
CommonCharacters common_characters(const Encoding& encoding);
// What this character adds to the score of its unit, in tenths; 0: it is none of the common ones. A step of 0.2 is
// about a factor of e in how frequent a character is: hiragana are few, and half of all Japanese text.
int common_score(const CommonCharacters& common, char32_t code_point);

}  // namespace earshot::text
