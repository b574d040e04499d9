// Load on an echo server: N connections, each sends K lines of 64 bytes and then the next for each that has come back.
// One thread. Every byte that comes back is compared with what was sent, so nothing is lost, changed or answered twice.
// Prints answers per second over the time asked for, after a tenth of it as warm-up; where the server's process is
// named, also what one answer took of the processors there and here.
//
// A line is `ask-NNN DIGITS xxx...`, where NNN goes through KINDS numbers, for servers that tell kinds apart.
//
//   echo_load PORT CONNECTIONS SECONDS [IN_FLIGHT [KINDS [SERVER_PID [tls]]]]
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { kMessage = 64, kMostInFlight = 1024, kBatch = 256, kKind = 4, kNumber = 8, kDigits = 15 };

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

static unsigned in_flight = 1, kinds = 1;
static size_t ring;   // bytes of the lines under way
static SSL_CTX* tls;  // null: in plain

// What is under way in one connection: the stream as it must come back, as a ring that is always full.
struct conversation {
    char* expected;
    size_t at;      // of the ring: the next byte to come
    size_t done;    // bytes that have come since the last whole line
    unsigned kind;  // of the last line
    char number[kDigits];
    SSL* tls;
};
static struct conversation conversations[65536];

// Every line is another, so that an answer too many or too late is not taken for the next one's.
static void make_line(struct conversation* one, char* line) {
    one->kind = (one->kind + 1) % kinds;
    line[kKind] = (char)('0' + one->kind / 100);
    line[kKind + 1] = (char)('0' + one->kind / 10 % 10);
    line[kKind + 2] = (char)('0' + one->kind % 10);
    for (int i = kDigits - 1; i >= 0; --i) {
        if (++one->number[i] <= '9') break;
        one->number[i] = '0';
    }
    memcpy(line + kNumber, one->number, kDigits);
}

// Sends as many lines as have come back: they take the places of those in the ring.
static void ask(int descriptor, size_t from, size_t lines) {
    struct conversation* one = &conversations[descriptor];
    static char out[kMostInFlight * kMessage];
    for (size_t i = 0; i < lines; ++i) {
        char* line = one->expected + (from + i * kMessage) % ring;
        make_line(one, line);
        memcpy(out + i * kMessage, line, kMessage);
    }
    const ssize_t size = (ssize_t)(lines * kMessage);
    if ((one->tls ? SSL_write(one->tls, out, (int)size) : send(descriptor, out, (size_t)size, MSG_NOSIGNAL)) != size)
        die("send");
}

static void shake_hands(struct conversation* one, int descriptor) {
    one->tls = SSL_new(tls);
    if (!one->tls || SSL_set_fd(one->tls, descriptor) != 1 || SSL_connect(one->tls) != 1) die("TLS");
}

static void begin(int descriptor, unsigned number) {
    struct conversation* one = &conversations[descriptor];
    if (tls) shake_hands(one, descriptor);
    one->expected = malloc(ring);
    memset(one->expected, 'x', ring);
    memset(one->number, '0', kDigits);
    one->kind = number;
    for (size_t line = 0; line < ring; line += kMessage) {
        memcpy(one->expected + line, "ask-", kKind);
        one->expected[line + kNumber - 1] = one->expected[line + kNumber + kDigits] = ' ';
        one->expected[line + kMessage - 1] = '\n';
    }
    ask(descriptor, 0, in_flight);
}

// Takes what is there and asks anew for it; how many whole answers have come.
static size_t take(int descriptor) {
    struct conversation* one = &conversations[descriptor];
    static char heard[kMostInFlight * kMessage];
    const ssize_t got = one->tls ? SSL_read(one->tls, heard, (int)ring) : recv(descriptor, heard, ring, 0);
    if (got <= 0) {
        fprintf(stderr, "the server closed\n");
        exit(1);
    }
    const size_t size = (size_t)got, first = size < ring - one->at ? size : ring - one->at;
    if (memcmp(heard, one->expected + one->at, first) != 0 || memcmp(heard + first, one->expected, size - first) != 0) {
        fprintf(stderr, "the answer is not the question\n");
        exit(1);
    }
    const size_t begin = (one->at + ring - one->done) % ring;  // of the oldest line
    one->at = (one->at + size) % ring;
    one->done += size;
    const size_t lines = one->done / kMessage;
    one->done %= kMessage;
    if (lines > 0) ask(descriptor, begin, lines);
    // What is decrypted already wakes nobody.
    return lines + (one->tls && SSL_pending(one->tls) > 0 ? take(descriptor) : 0);
}

int main(int argc, char** argv) {
    if (argc < 4 || argc > 8) return 2;
    const int port = atoi(argv[1]), count = atoi(argv[2]);
    const double seconds = atof(argv[3]);
    if (argc > 4) in_flight = (unsigned)atoi(argv[4]);
    if (argc > 5) kinds = (unsigned)atoi(argv[5]);
    const int server = argc > 6 ? atoi(argv[6]) : 0;
    if (argc > 7) {
        if (strcmp(argv[7], "tls") != 0) return 2;
        tls = SSL_CTX_new(TLS_client_method());
        if (!tls) die("TLS");
    }
    if (in_flight < 1 || in_flight > kMostInFlight || kinds < 1 || kinds > 1000) return 2;
    ring = (size_t)in_flight * kMessage;
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
        begin(descriptor, (unsigned)i);
    }
    unsigned long answers = 0;
    double start = now(), end = 0, server_cpu = 0, own_cpu = 0;
    int counting = 0;
    struct epoll_event events[kBatch];
    for (unsigned long turn = 0;; ++turn) {
        // One connection alone waits in recv: epoll would be half of what is measured.
        // With many lines under way it never sleeps: else the server would pay for waking it, the more the slower it
        // is.
        const int ready = count == 1 ? 1 : epoll_wait(epoll, events, kBatch, in_flight > 1 ? 0 : -1);
        for (int i = 0; i < ready; ++i) answers += take(count == 1 ? first : events[i].data.fd);
        if (turn % 64 != 0 && count == 1) continue;
        const double time = now();
        if (!counting && time >= start + seconds / 10) {
            counting = 1;
            answers = 0;
            start = time;
            end = start + seconds;
            own_cpu = cpu_of(0);
            if (server > 0) server_cpu = cpu_of(server);
        }
        if (counting && time >= end) {
            own_cpu = cpu_of(0) - own_cpu;
            if (server > 0) server_cpu = cpu_of(server) - server_cpu;
            printf("%s%.0f\n", server > 0 ? "answers_per_s " : "", (double)answers / (time - start));
            if (server > 0) {
                printf("server_ns %.0f\nload_ns %.0f\n", server_cpu * 1e9 / (double)answers,
                       own_cpu * 1e9 / (double)answers);
            }
            return 0;
        }
    }
}
