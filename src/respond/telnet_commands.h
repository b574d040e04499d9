// What a telnet client says about itself between the lines (RFC 854), to be left out of a text.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace earshot::respond {

// `payload` itself where there is nothing to leave out, else what is left of it, in `scratch`. FF is a letter in some
// encodings of one byte a character: only what text never has is taken for telnet's (a negotiation of an option, whose
// number is a control character or a sign; a subnegotiation; a command right before a negotiation).
ByteView without_telnet_commands(ByteView payload, std::vector<std::uint8_t>& scratch);

}  // namespace earshot::respond
