// The limit of an echo server: one thread, level-triggered epoll, one buffer, recv and send and nothing between them.
//
//   limit_echo_epoll PORT
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kBatch = 256, kBuffer = 64 * 1024 };

static void take_callers(int listener, int epoll) {
    const int on = 1;
    int caller;
    while ((caller = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = caller};
        epoll_ctl(epoll, EPOLL_CTL_ADD, caller, &event);
    }
}

static void answer(int caller) {
    static char buffer[kBuffer];
    const ssize_t got = recv(caller, buffer, sizeof buffer, 0);
    // A peer that does not read his own echo is dropped: enough for a measurement.
    if (got <= 0 || send(caller, buffer, (size_t)got, MSG_NOSIGNAL) != got) close(caller);
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    signal(SIGPIPE, SIG_IGN);
    const int on = 1;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 4096) != 0) {
        perror("listen");
        return 1;
    }
    dprintf(2, "listening on 0.0.0.0:%s\n", argv[1]);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[kBatch];
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        const int count = epoll_wait(epoll, events, kBatch, -1);
        for (int i = 0; i < count; ++i) {
            if (events[i].data.fd == listener)
                take_callers(listener, epoll);
            else
                answer(events[i].data.fd);
        }
    }
}
