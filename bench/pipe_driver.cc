// Stands in for the program until it is wired: `pipe_driver connect|listen PORT` runs one net::Pipe over 0 and 1.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "net/pipe.h"
#include "net/socket_connection.h"

using namespace earshot;

namespace {
struct Leaving final : net::PipeHandler {
    explicit Leaving(net::Loop& of) : loop(of) {}
    void on_half_closed(net::PipeSide) override {}
    void on_end(const net::PipeEnd& end) override {
        if (end.error.reason != Reason::closed) std::fprintf(stderr, "%s\n", end.error.message.c_str());
        status = end.error.reason == Reason::closed ? 0 : 1;
        loop.stop_soon();
    }
    net::Loop& loop;
    int status = 0;
};
}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    net::reserve_standard_descriptors();
    ::signal(SIGPIPE, SIG_IGN);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (std::strcmp(argv[1], "listen") == 0) {
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
        ::listen(socket.get(), 1);
        std::fprintf(stderr, "listening on 127.0.0.1:%s\n", argv[2]);
        socket.reset(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
    } else if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return 1;
    }
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    const SystemClock clock;
    net::Loop loop(clock);
    const auto peer = net::Endpoint::of_sockaddr(reinterpret_cast<sockaddr*>(&address), sizeof address);
    net::SocketConnection connection(loop, std::move(socket), peer);
    Leaving leaving(loop);
    net::PipeOptions options;
    options.stdin_is_terminal = ::isatty(0) != 0;
    net::Pipe pipe(loop, connection, net::Stdio::input(), net::Stdio::output(), std::move(options), leaving);
    loop.run();
    return leaving.status;
}
