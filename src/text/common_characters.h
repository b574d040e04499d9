// Which characters everyday text of a language is made of: with them detection tells encodings apart whose bytes have
// the same ranges (gbk and euc-kr, shift_jis and big5). About 500 a language, the most frequent in no strict order.
#pragma once

#include <string_view>

#include "text/encoding.h"

namespace earshot::text {

// Ascending UTF-16 code units, searched by halves.
using CharacterSet = std::u16string_view;

// Those of the language that `encoding` is for; empty: it is for none of those kept here.
CharacterSet common_characters(const Encoding& encoding);
bool is_among(CharacterSet set, char32_t code_point);

}  // namespace earshot::text
