#include "tests/support/loopback.h"

#include <cerrno>
#include <filesystem>
#include <iterator>

namespace earshot::test {

UniqueFd call(const net::Endpoint& where) {
    sockaddr_storage storage;
    const socklen_t length = where.to_sockaddr(storage);
    UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
        const int error = errno;
        socket.reset();
        errno = error;
    }
    return socket;
}

std::string read_all(int descriptor) {
    std::string all;
    for (;;) {
        pollfd ready{descriptor, POLLIN, 0};
        if (::poll(&ready, 1, 5000) == 0) return all + "...";
        char buffer[65536];
        const ssize_t got = ::recv(descriptor, buffer, sizeof buffer, 0);
        if (got == 0) return all;
        if (got < 0) return all + (errno == ECONNRESET ? "RST" : "error");
        all.append(buffer, static_cast<std::size_t>(got));
    }
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;  // the listing's own
}

}  // namespace earshot::test
