// The checksums that devices put behind their messages: for `/hex ... +NAME` and for rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace earshot {

struct Checksum {
    std::string_view name;
    std::size_t size;     // bytes, 1 to 4
    bool low_byte_first;  // as its protocols send it
    std::uint32_t (*of)(ByteView bytes);
};

std::span<const Checksum> checksums();
// Null: unknown.
const Checksum* find_checksum(std::string_view name);

// The low `size` bytes of `number`.
void append_number(std::uint64_t number, std::size_t size, bool low_byte_first, std::vector<std::uint8_t>& bytes);
// The checksum of `of`, in its own order of bytes.
void append_checksum(const Checksum& checksum, ByteView of, std::vector<std::uint8_t>& bytes);

}  // namespace earshot
