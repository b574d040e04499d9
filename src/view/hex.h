// Bytes as people write and read them: the hex entry of `/hex` with its checksums, and the dump of `--view hex`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace earshot::view {

// "0 1 2" = 00 01 02; "0103ff" (even length); 0x prefixes, commas and colons are accepted between and before groups.
// "+crc16modbus" (low byte first, as Modbus sends it), "+sum8", "+xor8", "+crc32" (high byte first) append the checksum
// of all bytes before them. Errors: usage, naming the group that is wrong.
Result<std::vector<std::uint8_t>> parse_hex(std::string_view entry);

// "c4 e3 ba c3"
std::string hex_groups(ByteView bytes);
// Appends rows of 16 bytes: offset, hex, printable ASCII; each row ends in \n. `offset` is that of the first byte.
void append_hex_dump(ByteView bytes, ByteCount offset, std::string& out);

}  // namespace earshot::view
