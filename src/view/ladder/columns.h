// Text set into a fixed number of a terminal's columns: padded, centred, wrapped. Cuts fall at grapheme borders only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace earshot::view {

// Filled up with spaces; a wider text is cut.
std::string left_in(std::string_view text, int columns);
std::string right_in(std::string_view text, int columns);
// An odd column goes to the left.
std::string centred_in(std::string_view text, int columns);
// `count` times, which may be none.
std::string repeated(std::string_view text, int count);
// Lines of at most `columns`, broken at spaces and beside wide characters, else where the line is full.
std::vector<std::string> wrapped(std::string_view text, int columns);
// "56,940"
std::string grouped(std::uint64_t number);
// "56,940 B", and from `most` on "95.4 MiB".
std::string byte_count_text(std::uint64_t bytes, std::uint64_t most = 100'000'000);

}  // namespace earshot::view
