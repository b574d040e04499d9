// One of the many loads of bench/million.py: opens its share of callers from many source addresses and holds them.
// Prints `held SECONDS` once the server has them all; then for each line on its input: the first caller says the line,
// every other must get it once and nothing else, and `heard COUNT SECONDS` is printed. At the end of the input all are
// reset, so that nothing stays behind.
//
//   million_load PORT FIRST COUNT SERVER_PID       FIRST: the number of the first caller, which gives the source
//   address
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { kPerAddress = 5000, kMost = 1 << 20, kLine = 4096, kPatience = 60 };

static int callers[kMost];

static void die(const char* what) {
    perror(what);
    exit(1);
}

// Since Linux 6.2 the folder's size says how many there are.
static long descriptors_of(const char* pid) {
    char path[64];
    struct stat facts;
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    return stat(path, &facts) == 0 ? (long)facts.st_size : -1;
}

static int call_from(int number, int port) {
    const int on = 1;
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    const struct timeval patience = {.tv_sec = kPatience};
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0) die("socket");
    // The port is chosen when connecting, by all four parts of the connection.
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct sockaddr_in source = {.sin_family = AF_INET}, target = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(0x7f010001U + (unsigned)(number / kPerAddress));
    target.sin_port = htons((unsigned short)port);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(descriptor, (struct sockaddr*)&source, sizeof source) != 0) die("bind");
    if (connect(descriptor, (struct sockaddr*)&target, sizeof target) != 0) die("connect");
    return descriptor;
}

// How many of the others got the line, all of it.
static long hear(const char* line, size_t size, int count) {
    static char heard[kLine];
    long whole = 0;
    int late = 0;  // one has waited in vain: nobody else is waited for
    for (int i = 1; i < count; ++i) {
        const ssize_t got = recv(callers[i], heard, size, late ? MSG_DONTWAIT : MSG_WAITALL);
        late |= got != (ssize_t)size;
        if (got == (ssize_t)size && memcmp(heard, line, size) == 0) ++whole;
    }
    for (int i = 0; i < count; ++i) {
        if (recv(callers[i], heard, sizeof heard, MSG_DONTWAIT) >= 0) {
            fprintf(stderr, "a caller got more than the line, or was left\n");
            exit(1);
        }
    }
    return whole;
}

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    const int port = atoi(argv[1]), first = atoi(argv[2]), count = atoi(argv[3]);
    const char* pid = argv[4];
    if (count < 1 || count > kMost) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    const long had = descriptors_of(pid);
    const double start = now();
    for (int i = 0; i < count; ++i) {
        callers[i] = call_from(first + i, port);
        if (now() - start > kPatience) die("connecting takes too long");
    }
    // The last ones may still stand in the backlog.
    while (descriptors_of(pid) - had < count) {
        if (now() - start > kPatience) die("not every caller was taken");
        usleep(1000);
    }
    printf("held %.3f\n", now() - start);
    fflush(stdout);
    char line[kLine];
    while (fgets(line, sizeof line, stdin)) {
        const size_t size = strlen(line);
        const double said = now();
        if (send(callers[0], line, size, MSG_NOSIGNAL) != (ssize_t)size) die("send");
        printf("heard %ld ", hear(line, size, count));
        printf("%.3f\n", now() - said);
        fflush(stdout);
    }
    return 0;
}
