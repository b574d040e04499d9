// Load on a fan-out server: one sender of 64-byte lines, N callers who get every line, at most K lines under way: the
// next leaves when the last caller has the oldest. One thread, which never sleeps: else a server would pay for waking
// it, the more the slower it is. Every byte is compared with what it should be. Prints deliveries a second, how long a
// line took to the last of the N, the server's and its own CPU a delivery and how many were lost. STALLED callers more
// read nothing and are not counted.
//
//   fanout_load plain|redis|nats|mqtt PORT CALLERS IN_FLIGHT SECONDS SERVER_PID [STALLED]
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

#include "load.h"

enum { kLine = 64, kDigits = 16, kBatch = 256, kBuffer = 256 * 1024, kMostFrame = 128, kSamples = 1 << 22 };

// What stands around a line on the wire, and what a subscriber says first and hears then. All frames of a protocol are
// of one size, so the stream that a caller must get is known to the byte.
struct protocol {
    const char* name;
    const char *send_head, *send_tail, *get_head, *get_tail;
    size_t send_head_size, get_head_size;  // MQTT's hold zeros
    const char* hello[2];                  // each is answered before the next
    size_t hello_size[2];
    const char* answer[2];  // how the answer ends
    size_t answer_size[2];
};
static const struct protocol protocols[] = {
    {.name = "plain", .send_head = "", .send_tail = "", .get_head = "", .get_tail = ""},
    {.name = "redis",
     .send_head = "*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$64\r\n",
     .send_head_size = 29,
     .send_tail = "\r\n",
     .get_head = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$64\r\n",
     .get_head_size = 29,
     .get_tail = "\r\n",
     .hello = {"*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n"},
     .hello_size = {26},
     .answer = {":1\r\n"},
     .answer_size = {4}},
    {.name = "nats",
     .send_head = "PUB c 64\r\n",
     .send_head_size = 10,
     .send_tail = "\r\n",
     .get_head = "MSG c 1 64\r\n",
     .get_head_size = 12,
     .get_tail = "\r\n",
     .hello = {"CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB c 1\r\nPING\r\n"},
     .hello_size = {59},
     .answer = {"PONG\r\n"},
     .answer_size = {6}},
    {.name = "mqtt",  // 3.1.1, quality of service 0: CONNECT, then SUBSCRIBE to "c"; PUBLISH is the same both ways
     .send_head = "\x30\x43\0\1c",
     .send_head_size = 5,
     .send_tail = "",
     .get_head = "\x30\x43\0\1c",
     .get_head_size = 5,
     .get_tail = "",
     .hello = {"\x10\x0c\0\4MQTT\4\2\0\0\0\0", "\x82\6\0\1\0\1c\0"},
     .hello_size = {14, 8},
     .answer = {"\x20\2\0\0", "\x90\3\0\1\0"},
     .answer_size = {4, 5}},
};

static const struct protocol* protocol;
static size_t frame_size;  // bytes of one line as a caller gets it

static void die(const char* what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static int call(int port) {
    const int on = 1;
    const struct timeval patience = {.tv_sec = 5};
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr*)&address, sizeof address) != 0) die("cannot connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return descriptor;
}

static void send_all(int descriptor, const char* bytes, size_t size) {
    while (size > 0) {
        const ssize_t sent = send(descriptor, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) die("the server does not take what is sent");
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void greet(int descriptor, int rounds) {
    char heard[8192];
    for (int i = 0; i < rounds && protocol->hello[i]; ++i) {
        size_t have = 0;
        send_all(descriptor, protocol->hello[i], protocol->hello_size[i]);
        while (have < protocol->answer_size[i] ||
               memcmp(heard + have - protocol->answer_size[i], protocol->answer[i], protocol->answer_size[i]) != 0) {
            const ssize_t got = recv(descriptor, heard + have, sizeof heard - have, 0);
            if (got <= 0) die("no answer to the greeting");
            have += (size_t)got;
        }
    }
}

// The publisher greets too where the protocol demands it, but subscribes to nothing.
static void greet_to_send(int descriptor) {
    if (strcmp(protocol->name, "mqtt") == 0) greet(descriptor, 1);
    const char connect[] = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
    if (strcmp(protocol->name, "nats") == 0) send_all(descriptor, connect, sizeof connect - 1);
}

static void make_line(char* line, unsigned long number) {
    char digits[kDigits + 1];
    snprintf(digits, sizeof digits, "%016lx", number);
    memset(line, 'x', kLine);
    memcpy(line, digits, kDigits);
    line[kLine - 1] = '\n';
}

static size_t put(char* into, const char* head, size_t head_size, unsigned long number, const char* tail) {
    memcpy(into, head, head_size);
    make_line(into + head_size, number);
    memcpy(into + head_size + kLine, tail, strlen(tail));
    return head_size + kLine + strlen(tail);
}

// --- what was sent and who has it

static unsigned long in_flight, sent_lines, done_lines;  // done: everybody has it
static char* expected;                                   // the last lines as frames, in a ring of `ring` of them
static unsigned long ring;
static unsigned* at_line;      // of the ring: how many callers wait for this line
static double* sent_at;        // of the ring
static float* took;            // seconds of each line that is done
static unsigned long samples;  // in took
static unsigned long delivered, lost;
static int counting;

struct caller {
    unsigned long next;  // the line he waits for
    unsigned short kept;
    char part[kMostFrame];  // the beginning of a frame
};
static struct caller callers[65536];

static void send_more(int sender) {
    static char out[1 << 18];
    size_t size = 0;
    const double time = now();
    while (sent_lines - done_lines < in_flight) {
        const unsigned long slot = sent_lines % ring;
        size += put(out + size, protocol->send_head, protocol->send_head_size, sent_lines, protocol->send_tail);
        put(expected + slot * frame_size, protocol->get_head, protocol->get_head_size, sent_lines, protocol->get_tail);
        sent_at[slot] = time;
        ++sent_lines;
    }
    send_all(sender, out, size);
}

static void advance(struct caller* one, unsigned long to) {
    --at_line[one->next % ring];
    ++at_line[to % ring];
    one->next = to;
    if (at_line[done_lines % ring] != 0) return;
    const double time = now();
    for (; done_lines < sent_lines && at_line[done_lines % ring] == 0; ++done_lines) {
        if (counting && samples < kSamples) took[samples++] = (float)(time - sent_at[done_lines % ring]);
    }
}

// Something else than the next line at `frame`: one further on, or the server asks whether we live. Bytes consumed; 0:
// not to be told yet.
static size_t look(int descriptor, struct caller* one, const char* frame, size_t have) {
    if (strcmp(protocol->name, "nats") == 0 && have >= 6 && memcmp(frame, "PING\r\n", 6) == 0) {
        send_all(descriptor, "PONG\r\n", 6);
        return 6;
    }
    if (have < frame_size) return 0;
    char digits[kDigits + 1] = {0};
    memcpy(digits, frame + protocol->get_head_size, kDigits);
    const unsigned long number = strtoul(digits, NULL, 16);
    if (number <= one->next || number >= sent_lines) die("a line came that should not have");
    lost += number - one->next;
    advance(one, number);
    return have + 1;  // to be looked at again
}

static void hear(int descriptor) {
    static char buffer[kMostFrame + kBuffer];
    struct caller* one = &callers[descriptor];
    memcpy(buffer, one->part, one->kept);
    const ssize_t got = recv(descriptor, buffer + one->kept, kBuffer, 0);
    if (got <= 0) die("the server closed");
    const char* at = buffer;
    size_t have = (size_t)got + one->kept;
    while (have > 0) {
        // As many whole frames at once as the ring has in one piece.
        const unsigned long slot = one->next % ring;
        unsigned long frames = have / frame_size;
        if (frames > ring - slot) frames = ring - slot;
        if (frames > sent_lines - one->next) frames = sent_lines - one->next;
        if (frames > 0 && memcmp(at, expected + slot * frame_size, frames * frame_size) == 0) {
            at += frames * frame_size;
            have -= frames * frame_size;
            delivered += frames;
            advance(one, one->next + frames);
            continue;
        }
        unsigned long good = 0;
        while (good < frames && memcmp(at + good * frame_size, expected + (slot + good) * frame_size, frame_size) == 0)
            ++good;
        if (good > 0) {
            at += good * frame_size;
            have -= good * frame_size;
            delivered += good;
            advance(one, one->next + good);
            continue;
        }
        const size_t consumed = look(descriptor, one, at, have);
        if (consumed == 0) break;
        if (consumed > have) continue;
        at += consumed;
        have -= consumed;
    }
    if (have >= kMostFrame) die("what came is no line");
    memcpy(one->part, at, have);
    one->kept = (unsigned short)have;
}

// Answers to the publisher are of no interest, but they must be read.
static void hear_sender(int sender) {
    char heard[65536];
    const ssize_t got = recv(sender, heard, sizeof heard, 0);
    if (got <= 0) die("the server closed on the sender");
    if (strcmp(protocol->name, "plain") == 0) die("the sender got his own line");
    if (memmem(heard, (size_t)got, "PING\r\n", 6)) send_all(sender, "PONG\r\n", 6);
}

int main(int argc, char** argv) {
    if (argc != 7 && argc != 8) return 2;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; ++i) {
        if (strcmp(argv[1], protocols[i].name) == 0) protocol = &protocols[i];
    }
    if (!protocol) return 2;
    const int port = atoi(argv[2]), count = atoi(argv[3]), pid = atoi(argv[6]);
    in_flight = strtoul(argv[4], NULL, 10);
    const double seconds = atof(argv[5]);
    if (count < 1 || in_flight < 1 || in_flight > 2048) return 2;
    frame_size = protocol->get_head_size + kLine + strlen(protocol->get_tail);
    ring = 2 * in_flight;
    expected = malloc(ring * frame_size);
    at_line = calloc(ring, sizeof *at_line);
    sent_at = calloc(ring, sizeof *sent_at);
    took = malloc(kSamples * sizeof *took);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    const int epoll = epoll_create1(0);
    int slowly = 0;
    for (int i = 0; i < count; ++i) {
        // Where the backlog is short a SYN is lost and comes again after a second: then the server gets time.
        const double begun = now();
        if (slowly) usleep(1000);
        const int descriptor = call(port);
        slowly |= now() - begun > 0.5;
        greet(descriptor, 2);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
    }
    const int stalled = argc == 8 ? atoi(argv[7]) : 0;
    for (int i = 0; i < stalled; ++i) greet(call(port), 2);
    at_line[0] = (unsigned)count;
    const int sender = call(port);  // the last, so that all the others are there when his first line comes
    greet_to_send(sender);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = sender};
    epoll_ctl(epoll, EPOLL_CTL_ADD, sender, &event);

    double start = now(), end = 0, cpu = 0, busy = 0, heard_at = start;
    struct epoll_event events[kBatch];
    for (;;) {
        if (sent_lines - done_lines < in_flight) send_more(sender);
        const int ready = epoll_wait(epoll, events, kBatch, 0);
        const double woken = now();
        for (int i = 0; i < ready; ++i) {
            events[i].data.fd == sender ? hear_sender(sender) : hear(events[i].data.fd);
        }
        const double time = now();
        if (ready > 0) {
            heard_at = time;
            busy += time - woken;
        }
        if (time > heard_at + 5) die("nothing comes any more");
        if (!counting && done_lines > 0 && time >= start + seconds / 10) {
            counting = 1;
            delivered = lost = 0;
            start = time;
            end = start + seconds;
            cpu = cpu_of(pid);
            busy = 0;
        } else if (counting && time >= end && samples > 0) {
            cpu = cpu_of(pid) - cpu;
            qsort(took, samples, sizeof *took, compare);
            printf(
                "deliveries_per_s %.0f\np50_us %.1f\np99_us %.1f\ncpu_us_per_delivery %.4f\n"
                "load_us_per_delivery %.4f\nlost %lu\n",
                (double)delivered / (time - start), (double)took[samples / 2] * 1e6,
                (double)took[samples * 99 / 100] * 1e6, cpu * 1e6 / (double)delivered, busy * 1e6 / (double)delivered,
                lost);
            return 0;
        }
    }
}
