// Made by tools/gen_encodings.py; do not edit.
#pragma once

#include <array>
#include <cstdint>

namespace earshot::text::tables {

// The code points of the bytes 80..FF, 0 where there is none.
using SingleByteTable = std::array<std::uint16_t, 128>;

extern const SingleByteTable kWindows1252;

}  // namespace earshot::text::tables
