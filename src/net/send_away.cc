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

void send_away(Connection& connection, std::string_view line) {
    const ByteView bytes = as_bytes(line);
    connection.write_some({&bytes, 1});
    connection.end_sending();
    std::array<std::uint8_t, 4096> away;
    for (int i = 0; i < 16 && connection.read_some(away).status == IoStatus::ok; ++i) {
    }
}

}  // namespace earshot::net
