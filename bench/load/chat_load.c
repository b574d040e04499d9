// Load on a chat server or a plain broadcast: N callers, of whom the first few say lines of 64 bytes; everybody else
// must get each once, each speaker's in their order. Of each speaker at most K lines are under way. With chat a line
// comes with its speaker's name before it, and every second caller (`mixed`) speaks and reads GBK. One thread, which
// never sleeps. Every byte is compared. Prints deliveries a second, how long a line took to its last hearer, the
// server's CPU a delivery.
//
//   chat_load broadcast|chat|mixed PORT CALLERS SPEAKERS IN_FLIGHT SECONDS SERVER_PID
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

enum { kBatch = 256, kMost = 16, kFrame = 96, kDigits = 8, kSamples = 1 << 22, kBuffer = 256 * 1024 };

// The same words in both encodings; in 64 bytes of UTF-8 they take the place of the end.
static const char kUtf8[] = "大家好，今天的会议改到三点 ";
static const char kGbk[] =
    "\xb4\xf3\xbc\xd2\xba\xc3\xa3\xac\xbd\xf1\xcc\xec\xb5\xc4\xbb\xe1\xd2\xe9\xb8\xc4\xb5\xbd\xc8\xfd\xb5\xe3 ";

static void die(const char* what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static int call(int port) {
    const int on = 1;
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr*)&address, sizeof address) != 0) die("cannot connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
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

enum language { kSpeaksUtf8, kSpeaksGbk, kLanguages };

static int is_chat, speakers, count;
static unsigned in_flight;
static size_t line_size[kLanguages], head_size;  // head: the name before a line, in chat

static struct caller {
    unsigned next[kMost];  // of each speaker: the line he waits for
    int number, descriptor;
    enum language language;
    unsigned short kept;
    char part[kFrame];
} callers[65536];

static struct speaker {
    unsigned said, done;       // done: everybody has it
    char* frames[kLanguages];  // the last lines as they are heard, in a ring of `ring` of them
    unsigned* waiting;         // of the ring: hearers who wait for this line
    double* said_at;
} all[kMost];
static unsigned ring;
static float* took;
static unsigned long samples, delivered;
static int counting;

// `0000002a 大家好... ` and so on; gives its size.
static size_t make_line(char* line, unsigned number, enum language language) {
    const char* words = language == kSpeaksGbk ? kGbk : kUtf8;
    const size_t size = strlen(words);
    char digits[kDigits + 2];
    snprintf(digits, sizeof digits, "%08x ", number);
    memcpy(line, digits, kDigits + 1);
    memcpy(line + kDigits + 1, words, size);
    const size_t rest = 64 - 3 - (kDigits + 1) - strlen(kUtf8);
    memset(line + kDigits + 1 + size, 'x', rest);
    line[kDigits + 1 + size + rest] = '\n';
    return kDigits + 1 + size + rest + 1;
}

static void say(int number) {
    static char out[2048 * kFrame];
    struct speaker* one = &all[number];
    const struct caller* by = &callers[number];
    size_t size = 0;
    const double time = now();
    while (one->said - one->done < in_flight) {
        const unsigned slot = one->said % ring;
        for (int language = 0; language < kLanguages; ++language) {
            char* frame = one->frames[language] + slot * kFrame;
            // Without a chat the speaker says himself who he is.
            const char head[] = {'s', (char)('a' + number), ':', ' '};
            memcpy(frame, head, head_size);
            make_line(frame + head_size, one->said, (enum language)language);
        }
        const char* whole = one->frames[by->language] + slot * kFrame;
        const size_t unsaid = is_chat ? head_size : 0;
        memcpy(out + size, whole + unsaid, head_size + line_size[by->language] - unsaid);
        size += head_size + line_size[by->language] - unsaid;
        one->said_at[slot] = time;
        ++one->said;
    }
    send_all(by->descriptor, out, size);
}

static void advance(struct caller* by, int number) {
    struct speaker* one = &all[number];
    --one->waiting[by->next[number] % ring];
    ++one->waiting[++by->next[number] % ring];
    ++delivered;
    if (one->waiting[one->done % ring] != 0) return;
    const double time = now();
    for (; one->done != one->said && one->waiting[one->done % ring] == 0; ++one->done) {
        if (counting && samples < kSamples) took[samples++] = (float)(time - one->said_at[one->done % ring]);
    }
}

static void hear(struct caller* by) {
    static char buffer[kFrame + kBuffer];
    memcpy(buffer, by->part, by->kept);
    const ssize_t got = recv(by->descriptor, buffer + by->kept, kBuffer, 0);
    if (got <= 0) die("the server closed");
    const char* at = buffer;
    size_t have = (size_t)got + by->kept;
    const size_t size = head_size + line_size[by->language];
    for (; have >= size; at += size, have -= size) {
        const int number = at[1] - 'a';
        if (number < 0 || number >= speakers || number == by->number) die("a line came that nobody else has said");
        const struct speaker* one = &all[number];
        if (by->next[number] == one->said) die("a line came that was not said yet");
        if (memcmp(at, one->frames[by->language] + by->next[number] % ring * kFrame, size) != 0) {
            fprintf(stderr, "caller %d: %.*s\n", by->number, (int)size, at);
            die("another line came than the next one");
        }
        advance(by, number);
    }
    memcpy(by->part, at, have);
    by->kept = (unsigned short)have;
}

// What the server says while callers come is read until it has said nothing for a while.
static void settle(int epoll) {
    static char heard[kBuffer];
    struct epoll_event events[kBatch];
    double quiet_since = now();
    while (now() < quiet_since + 0.3) {
        const int ready = epoll_wait(epoll, events, kBatch, 50);
        for (int i = 0; i < ready; ++i) {
            if (recv(callers[events[i].data.u32].descriptor, heard, sizeof heard, 0) <= 0) die("the server closed");
        }
        if (ready > 0) quiet_since = now();
    }
}

static void come(int epoll, int port, int mixed) {
    for (int i = 0; i < count; ++i) {
        struct caller* one = &callers[i];
        one->number = i;
        one->descriptor = call(port);
        one->language = mixed && i % 2 == 1 ? kSpeaksGbk : kSpeaksUtf8;
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, one->descriptor, &event);
        if (i % 512 == 511) settle(epoll);
    }
    settle(epoll);
    if (!is_chat) return;
    // Only he who speaks shows what he writes: each says something that no one else hears.
    for (int i = 0; i < count; ++i) {
        char text[128];
        snprintf(text, sizeof text, "/msg nobody-there %s\n", callers[i].language == kSpeaksGbk ? kGbk : kUtf8);
        send_all(callers[i].descriptor, text, strlen(text));
        if (i < speakers) {
            snprintf(text, sizeof text, "/nick s%c\n", 'a' + i);
            send_all(callers[i].descriptor, text, strlen(text));
        }
    }
    settle(epoll);
}

int main(int argc, char** argv) {
    if (argc != 8) return 2;
    const int mixed = strcmp(argv[1], "mixed") == 0;
    is_chat = mixed || strcmp(argv[1], "chat") == 0;
    count = atoi(argv[3]);
    speakers = atoi(argv[4]);
    in_flight = (unsigned)atoi(argv[5]);
    const double seconds = atof(argv[6]);
    const int pid = atoi(argv[7]);
    if (speakers < 1 || speakers > kMost || count <= speakers || count > 65536 || in_flight < 1 || in_flight > 1024)
        return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    head_size = 4;
    char scratch[kFrame];
    for (int i = 0; i < kLanguages; ++i) line_size[i] = make_line(scratch, 0, (enum language)i);
    ring = 2 * in_flight;
    took = malloc(kSamples * sizeof *took);
    const int epoll = epoll_create1(0);
    come(epoll, atoi(argv[2]), mixed);
    for (int i = 0; i < speakers; ++i) {
        for (int language = 0; language < kLanguages; ++language)
            all[i].frames[language] = malloc((size_t)ring * kFrame);
        all[i].waiting = calloc(ring, sizeof *all[i].waiting);
        all[i].said_at = calloc(ring, sizeof *all[i].said_at);
        all[i].waiting[0] = (unsigned)count - 1;
    }
    double start = now(), end = 0, cpu = 0, own_cpu = 0, heard_at = start;
    struct epoll_event events[kBatch];
    for (;;) {
        for (int i = 0; i < speakers; ++i) {
            if (all[i].said - all[i].done < in_flight) say(i);
        }
        const int ready = epoll_wait(epoll, events, kBatch, 0);
        for (int i = 0; i < ready; ++i) hear(&callers[events[i].data.u32]);
        const double time = now();
        if (ready > 0) heard_at = time;
        if (time > heard_at + 5) die("nothing comes any more: lines are lost");
        if (!counting && time >= start + seconds / 10) {
            counting = 1;
            delivered = 0;
            start = time;
            end = start + seconds;
            cpu = cpu_of(pid);
            own_cpu = cpu_of(0);
        } else if (counting && time >= end && samples > 0) {
            cpu = cpu_of(pid) - cpu;
            own_cpu = cpu_of(0) - own_cpu;
            qsort(took, samples, sizeof *took, compare);
            printf(
                "deliveries_per_s %.0f\np50_us %.1f\np99_us %.1f\ncpu_us_per_delivery %.4f\nserver_ns %.0f\nload_ns "
                "%.0f\nlost 0\n",
                (double)delivered / (time - start), (double)took[samples / 2] * 1e6,
                (double)took[samples * 99 / 100] * 1e6, cpu * 1e6 / (double)delivered, cpu * 1e9 / (double)delivered,
                own_cpu * 1e9 / (double)delivered);
            return 0;
        }
    }
}
