// The limit of a fan-out: one thread, level-triggered epoll, one log. What one caller sends all the others get,
// whatever has come by the end of a batch of events in one send each.
//
//   limit_broadcast PORT
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kBatch = 256, kRead = 256 * 1024, kLog = 64 << 20, kCallers = 65536 };

static struct caller {
    size_t cursor;  // where in the log he goes on, while he waits
    int waits, place;
} callers[kCallers];
static int present[kCallers], count, epoll, waiting;
static char log_bytes[kLog];
static size_t begin, end;  // of what this batch has brought
static int speaker = -1;   // who brought it

static void watch(int caller, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = caller};
    epoll_ctl(epoll, EPOLL_CTL_MOD, caller, &event);
}

static void leave(int caller) {
    if (callers[caller].waits) --waiting;
    callers[caller].waits = 0;
    const int last = present[--count];
    present[callers[caller].place] = last;
    callers[last].place = callers[caller].place;
    close(caller);
}

static void take_callers(int listener) {
    const int on = 1;
    int caller;
    while ((caller = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = caller};
        epoll_ctl(epoll, EPOLL_CTL_ADD, caller, &event);
        callers[caller] = (struct caller){.place = count};
        present[count++] = caller;
    }
}

static void push(int fd, size_t from) {
    struct caller* one = &callers[fd];
    const ssize_t sent = send(fd, log_bytes + from, end - from, MSG_NOSIGNAL);
    const size_t at = from + (sent > 0 ? (size_t)sent : 0);
    if ((at < end) == one->waits) {
        one->cursor = at;
        return;
    }
    one->waits = at < end;
    one->cursor = at;
    waiting += one->waits ? 1 : -1;
    watch(fd, one->waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void flush(void) {
    if (begin == end) return;
    for (int i = 0; i < count; ++i) {
        if (present[i] != speaker && !callers[present[i]].waits) push(present[i], begin);
    }
    speaker = -1;
    if (waiting == 0) end = 0;
    begin = end;
}

static void hear(int caller) {
    if (speaker != caller) flush();
    if (kLog - end < kRead) {  // the slowest has the whole log before him: enough for a measurement
        fprintf(stderr, "a caller does not read\n");
        exit(1);
    }
    const ssize_t got = recv(caller, log_bytes + end, kRead, 0);
    if (got <= 0) return leave(caller);
    end += (size_t)got;
    speaker = caller;
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
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[kBatch];
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        const int ready = epoll_wait(epoll, events, kBatch, -1);
        for (int i = 0; i < ready; ++i) {
            const int fd = events[i].data.fd;
            if (fd == listener) {
                take_callers(listener);
                continue;
            }
            if (callers[fd].waits && (events[i].events & EPOLLOUT)) push(fd, callers[fd].cursor);
            if (events[i].events & ~(unsigned)EPOLLOUT) hear(fd);
        }
        flush();
    }
}
