// Base64 as RFC 4648 section 4 has it: how bytes travel in JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace earshot::view {

void append_base64(std::string& out, ByteView bytes);
// Padded, without spaces, unused bits zero; nothing where `text` is anything else.
std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

}  // namespace earshot::view
