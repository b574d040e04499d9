// Bytes as rules write them: `01 03 ff`, and as a pattern `01 03 ?? 4? (?? ??) *`.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace earshot::respond::rules {

// Groups of hex digits (a single one is a byte, else an even number), with blanks, commas and colons between them.
// Errors: usage, naming the group that is wrong.
Result<std::vector<std::uint8_t>> parse_hex_bytes(std::string_view text);

// Matches a whole message: each byte or half byte as it stands or, `?`, any; a `*` at the end takes any rest.
// Parentheses make captures.
class HexPattern {
  public:
    // Errors: usage, naming what is wrong.
    static Result<HexPattern> parse(std::string_view text);

    bool matches(ByteView bytes) const;
    bool may_begin_with(std::uint8_t byte) const { return (byte & mask_[0]) == value_[0]; }
    std::size_t groups() const { return groups_.size(); }
    // Of a message that matches; 0 is all of it, then the captures from 1.
    ByteView capture(std::size_t group, ByteView bytes) const;

  private:
    static constexpr std::size_t kToEnd = static_cast<std::size_t>(-1);
    std::vector<std::uint8_t> value_, mask_;
    std::vector<std::pair<std::size_t, std::size_t>> groups_;  // first byte, and the one behind the last
    bool open_ended_ = false;
};

}  // namespace earshot::respond::rules
