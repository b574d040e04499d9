// Load on an echo server: N connections, each sends 64 bytes, waits for all of them, sends again. One thread. Prints
// requests per second over the time asked for, after a tenth of it as warm-up.
//
//   echo_load PORT CONNECTIONS SECONDS
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kMessage = 64, kBatch = 256 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void die(const char* what) {
    perror(what);
    exit(1);
}

static int call(int port) {
    const int on = 1;
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr*)&address, sizeof address) != 0) die("connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

static char message[kMessage];

static void ask(int descriptor) {
    if (send(descriptor, message, kMessage, MSG_NOSIGNAL) != kMessage) die("send");
}

// Takes what is there; true where a whole answer has come.
static int take(int descriptor, unsigned char* have) {
    char answer[kMessage];
    const ssize_t got = recv(descriptor, answer, (size_t)(kMessage - *have), 0);
    if (got <= 0) {
        fprintf(stderr, "the server closed\n");
        exit(1);
    }
    *have = (unsigned char)(*have + got);
    if (*have < kMessage) return 0;
    *have = 0;
    return 1;
}

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const int port = atoi(argv[1]), count = atoi(argv[2]);
    const double seconds = atof(argv[3]);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    // A line each, so that it is one message for whatever framing the server has.
    memset(message, 'x', kMessage);
    message[kMessage - 1] = '\n';
    const int epoll = epoll_create1(0);
    unsigned char* have = calloc(65536, 1);
    int first = -1;
    for (int i = 0; i < count; ++i) {
        const int descriptor = call(port);
        if (first < 0) first = descriptor;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
        ask(descriptor);
    }
    unsigned long answers = 0;
    double start = now(), count_from = start + seconds / 10, end = start + seconds * 1.1;
    int counting = 0;
    struct epoll_event events[kBatch];
    for (unsigned long turn = 0;; ++turn) {
        // One connection alone waits in recv: epoll would be half of what is measured.
        const int ready = count == 1 ? 1 : epoll_wait(epoll, events, kBatch, -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = count == 1 ? first : events[i].data.fd;
            if (!take(descriptor, &have[descriptor])) continue;
            ++answers;
            ask(descriptor);
        }
        if (turn % 64 != 0 && count == 1) continue;
        const double time = now();
        if (!counting && time >= count_from) {
            counting = 1;
            answers = 0;
            start = time;
        }
        if (time >= end) {
            printf("%.0f\n", (double)answers / (time - start));
            return 0;
        }
    }
}
