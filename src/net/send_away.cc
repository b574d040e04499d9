#include "net/send_away.h"

#include <sys/socket.h>

#include <array>

namespace earshot::net {

void send_away(int descriptor, std::string_view line) {
    // His window is empty now, so it fits.
    [[maybe_unused]] const auto sent = ::send(descriptor, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(descriptor, SHUT_WR);
    std::array<char, 4096> away;
    for (int i = 0; i < 16 && ::recv(descriptor, away.data(), away.size(), MSG_DONTWAIT) > 0; ++i) {
    }
}

}  // namespace earshot::net
