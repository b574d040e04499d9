// Charsets outside the standard, by the C library's iconv: a fallback for what the user names as `iconv:NAME`. Nothing
// that a peer names comes here: its converters are slower and, on malformed bytes, not all of them are careful.
#pragma once

#include <string_view>

#include "base/result.h"
#include "text/encoding.h"

namespace earshot::text {

// "iconv:IBM850"
bool names_iconv(std::string_view name);
// The row for such a name, made when it is first asked for. It lives as long as the program, as the constant rows do;
// there can be no more of them than the C library has names. Errors: usage, where the C library has no such charset or
// it is one that keeps a state between characters.
Result<const Encoding*> iconv_encoding(std::string_view name);
// What a user may name: a label of the standard, or iconv:NAME. Errors: usage.
Result<const Encoding*> user_encoding(std::string_view name);

}  // namespace earshot::text
