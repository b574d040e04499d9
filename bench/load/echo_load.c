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

// What is under way in one connection, by its descriptor.
struct conversation {
    char question[kMessage], answer[kMessage];
    unsigned char have;
    unsigned number;
};
static struct conversation conversations[65536];

// Every question is another, so that an answer too many or too late is not taken for the next one's.
static void ask(int descriptor) {
    struct conversation* one = &conversations[descriptor];
    char text[16];
    snprintf(text, sizeof text, "%015u", ++one->number);
    memcpy(one->question, text, 15);
    if (send(descriptor, one->question, kMessage, MSG_NOSIGNAL) != kMessage) die("send");
}

// Takes what is there; true where a whole answer has come.
static int take(int descriptor) {
    struct conversation* one = &conversations[descriptor];
    const ssize_t got = recv(descriptor, one->answer + one->have, (size_t)(kMessage - one->have), 0);
    if (got <= 0) {
        fprintf(stderr, "the server closed\n");
        exit(1);
    }
    one->have = (unsigned char)(one->have + got);
    if (one->have < kMessage) return 0;
    one->have = 0;
    if (memcmp(one->question, one->answer, kMessage) != 0) {
        fprintf(stderr, "the answer is not the question\n");
        exit(1);
    }
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
    const int epoll = epoll_create1(0);
    int first = -1;
    for (int i = 0; i < count; ++i) {
        const int descriptor = call(port);
        if (first < 0) first = descriptor;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
        // A line each, so that it is one message for whatever framing the server has.
        memset(conversations[descriptor].question, 'x', kMessage);
        conversations[descriptor].question[kMessage - 1] = '\n';
        ask(descriptor);
    }
    unsigned long answers = 0;
    double start = now(), end = 0;
    int counting = 0;
    struct epoll_event events[kBatch];
    for (unsigned long turn = 0;; ++turn) {
        // One connection alone waits in recv: epoll would be half of what is measured.
        const int ready = count == 1 ? 1 : epoll_wait(epoll, events, kBatch, -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = count == 1 ? first : events[i].data.fd;
            if (!take(descriptor)) continue;
            ++answers;
            ask(descriptor);
        }
        if (turn % 64 != 0 && count == 1) continue;
        const double time = now();
        if (!counting && time >= start + seconds / 10) {
            counting = 1;
            answers = 0;
            start = time;
            end = start + seconds;
        }
        if (counting && time >= end) {
            printf("%.0f\n", (double)answers / (time - start));
            return 0;
        }
    }
}
