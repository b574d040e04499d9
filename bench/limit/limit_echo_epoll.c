// The limit of an echo server: level-triggered epoll, one buffer, recv and send and nothing between them. One thread,
// or more with a listening socket each (SO_REUSEPORT), who share nothing.
//
//   limit_echo_epoll PORT [THREADS]
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kBatch = 256, kBuffer = 64 * 1024, kMostThreads = 64 };

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
    static _Thread_local char buffer[kBuffer];
    const ssize_t got = recv(caller, buffer, sizeof buffer, 0);
    // A peer that does not read his own echo is dropped: enough for a measurement.
    if (got <= 0 || send(caller, buffer, (size_t)got, MSG_NOSIGNAL) != got) close(caller);
}

static int listen_at(int port, int shared) {
    const int on = 1;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (shared) setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 4096) != 0) {
        perror("listen");
        exit(1);
    }
    return listener;
}

static void* serve(void* listening) {
    const int listener = *(const int*)listening;
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
    return NULL;
}

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) return 2;
    const int threads = argc > 2 ? atoi(argv[2]) : 1;
    if (threads < 1 || threads > kMostThreads) return 2;
    signal(SIGPIPE, SIG_IGN);
    static int listeners[kMostThreads];
    for (int i = 0; i < threads; ++i) listeners[i] = listen_at(atoi(argv[1]), threads > 1);
    dprintf(2, "listening on 0.0.0.0:%s\n", argv[1]);
    for (int i = 1; i < threads; ++i) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, &listeners[i]) != 0) return 1;
    }
    serve(&listeners[0]);
}
