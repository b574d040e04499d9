// Ladders as small texts: what goes in and which rows must come out.
//
// In, one thing a line; a time in ms is absolute (`12.5`), since the line before (`+0.1`) or not known (`?`):
//     self=c source=packets fold=4 isn=1000/5000      options, first line, all may be missing (self=-: none)
//     0 c SYN s=0 w=64240 mss=1460 ws=7               a segment of the client, numbers relative to its first
//     +31 s PSH,ACK s=1 a=1 6B                        of the server, 6 bytes of payload
//     +1 s FIN,ACK s=7 a=1 at=+20                     at=: it arrived as well, so much later
//     +1 ! state TIME-WAIT                            a fact of the kernel's
//     +1 drop 12 | +200 tick | +0 finish
// Out: `TIME CLIENT-STATE WHAT SERVER-STATE`, `-` where nothing changes, inferred states in brackets:
//     +31 ESTABLISHED | < SYN,ACK s=0 a=1 | (SYN-RECEIVED)
// Arrows `>` and `<` are seen, `~>` and `<~` are inferred; `=` is a fold: segments/bytes/pure ACKs of each end.
#pragma once

#include <string>
#include <string_view>

namespace earshot::trace::notation {

// The rows that the ladder of `text` has given by its end, without finishing it.
std::string ladder_of(std::string_view text);

// Whether the ladder of `text` is over with its last line.
bool is_over_after(std::string_view text);

// Blanks made one, empty lines and those that begin with `//` left out: for comparing.
std::string tidy(std::string_view text);

}  // namespace earshot::trace::notation
