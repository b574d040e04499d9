// The last word to a caller who is not let in.
#pragma once

#include <string_view>

#include "net/connection.h"

namespace earshot::net {

// Best effort and never waiting: `line` and FIN leave, and what he has sent so far is thrown away, because closing over
// unread bytes makes an RST of it, which can overtake the line. The descriptor is then to be closed.
void send_away(int descriptor, std::string_view line);

// The same for a connection, which is then to be destroyed.
void send_away(Connection& connection, std::string_view line);

}  // namespace earshot::net
