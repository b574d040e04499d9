// The values that options take, read from text: seconds, sizes, counts, lists. Each error says what to write instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/pace.h"
#include "base/result.h"

namespace earshot::app {

// "2", "0.25"; more than 0 and less than a millisecond counts as one. 0 to ten years.
Result<Millis> parse_seconds(std::string_view text);
// "65536", "64K", "64 KiB", "1G" (powers of 1024); 1 byte to 2 GiB, so that a message's places fit in 32 bits.
Result<ByteCount> parse_size(std::string_view text);
// What may be held altogether: "none" or 0, or a size of 1 MiB to 1 PiB ("24G", "1T").
Result<ByteCount> parse_memory(std::string_view text);
Result<std::uint64_t> parse_count(std::string_view text);
// "20", "20/s", "30/m", "100/h"; 0: no limit.
Result<Rate> parse_rate(std::string_view text);
// A size as parse_size() takes it, "/s" behind it or not.
Result<Rate> parse_byte_rate(std::string_view text);
// "a,b, c": white space around an item goes, empty items are an error.
Result<std::vector<std::string>> parse_list(std::string_view text);
// A SHA-256 in hex, colons between bytes allowed; gives 64 lower-case digits.
Result<std::string> parse_pin(std::string_view text);

// One line, whatever was typed: control characters in it become question marks.
Error usage_error(std::string message);

}  // namespace earshot::app
