// How well a character of a single-byte encoding fits behind the one before it. A wrong single-byte reading is never
// malformed, but it puts capitals inside words, alphabets beside each other and symbols in a row.
#pragma once

namespace earshot::text {

// In tenths, as Encoding::score. `before` is the character before `here`; '\n' at the start of a message.
int letter_score(char32_t before, char32_t here);

}  // namespace earshot::text
