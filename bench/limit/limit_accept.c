// The limit of holding callers: accepts, adds each to epoll, keeps nothing else about it, closes those who leave.
//
//   limit_accept PORT
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kBatch = 256 };

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
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
            if (events[i].data.fd != listener) {
                close(events[i].data.fd);
                continue;
            }
            int caller;
            while ((caller = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                event.data.fd = caller;
                epoll_ctl(epoll, EPOLL_CTL_ADD, caller, &event);
            }
        }
    }
}
