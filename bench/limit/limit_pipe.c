// The limit of a bulk pipe: one direction after the other over one loopback connection, blocking, by the calls that
// were found fastest for what the descriptors are. It checks nothing that is not needed and serves nobody but the
// benchmark.
//
//   limit_pipe listen PORT > target        takes one caller, writes what he sends, leaves
//   limit_pipe connect PORT < source       sends the source, then FIN, then writes what comes until the peer's end
//
// IN= and OUT= in the environment name another way for a measurement: IN=sendfile|splice|read,
// OUT=splice|tee|read|trunc (OUT=splice goes straight into a pipe, OUT=tee through a pipe of our own).
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { kBuffer = 256 * 1024, kPipe = 1024 * 1024 };

static void die(const char* what) {
    perror(what);
    exit(1);
}

static void write_all(int to, const char* data, ssize_t size) {
    while (size > 0) {
        const ssize_t done = write(to, data, (size_t)size);
        if (done < 0) die("write");
        data += done;
        size -= done;
    }
}

static void by_read(int from, int to) {
    static char buffer[kBuffer];
    ssize_t got;
    while ((got = read(from, buffer, sizeof buffer)) > 0) write_all(to, buffer, got);
    if (got < 0) die("read");
}

static void by_splice(int from, int to) {
    ssize_t got;
    while ((got = splice(from, NULL, to, NULL, kPipe, SPLICE_F_MOVE)) > 0) {
    }
    if (got < 0) die("splice");
}

static void by_tee(int from, int to) {
    int through[2];
    if (pipe(through) != 0) die("pipe");
    fcntl(through[1], F_SETPIPE_SZ, kPipe);
    ssize_t got;
    while ((got = splice(from, NULL, through[1], NULL, kPipe, SPLICE_F_MOVE)) > 0) {
        while (got > 0) {
            const ssize_t done = splice(through[0], NULL, to, NULL, (size_t)got, SPLICE_F_MOVE);
            if (done <= 0) die("splice out");
            got -= done;
        }
    }
    if (got < 0) die("splice in");
}

static void by_sendfile(int from, int to) {
    ssize_t got;
    while ((got = sendfile(to, from, NULL, 0x7ffff000)) > 0) {
    }
    if (got < 0) die("sendfile");
}

// TCP counts and frees what it is told to truncate and copies nothing: /dev/null wants no more.
static void by_truncation(int from) {
    ssize_t got;
    while ((got = recv(from, NULL, 0x7ffff000, MSG_TRUNC)) > 0) {
    }
    if (got < 0) die("recv");
}

// Within one machine there is no path to pace for, and small buffers keep the bytes in the cache.
static void tune(int descriptor) {
    const int size = 256 * 1024;
    setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    const int window = 2 * size;  // else it stays at 128 KiB where bytes came before the buffer was set
    setsockopt(descriptor, IPPROTO_TCP, TCP_WINDOW_CLAMP, &window, sizeof window);
}

static int is_null(const struct stat* facts) { return S_ISCHR(facts->st_mode) && facts->st_rdev == makedev(1, 3); }

static void send_from(int from, int to) {
    struct stat facts;
    fstat(from, &facts);
    fcntl(from, F_SETPIPE_SZ, kPipe);
    const char* way = getenv("IN");
    if (!way) way = S_ISREG(facts.st_mode) ? "sendfile" : "read";
    if (strcmp(way, "sendfile") == 0)
        by_sendfile(from, to);
    else if (strcmp(way, "splice") == 0)
        by_splice(from, to);
    else if (strcmp(way, "tee") == 0)
        by_tee(from, to);
    else
        by_read(from, to);
}

static void receive_into(int from, int to) {
    struct stat facts;
    fstat(to, &facts);
    fcntl(to, F_SETPIPE_SZ, kPipe);
    const char* way = getenv("OUT");
    if (!way) way = S_ISREG(facts.st_mode) ? "tee" : is_null(&facts) ? "trunc" : "read";
    if (strcmp(way, "tee") == 0)
        by_tee(from, to);
    else if (strcmp(way, "splice") == 0)
        by_splice(from, to);
    else if (strcmp(way, "trunc") == 0)
        by_truncation(from);
    else
        by_read(from, to);
}

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    signal(SIGPIPE, SIG_IGN);
    const int on = 1;
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    tune(descriptor);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (strcmp(argv[1], "listen") == 0) {
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(descriptor, (struct sockaddr*)&address, sizeof address) != 0) die("bind");
        if (listen(descriptor, 1) != 0) die("listen");
        dprintf(2, "listening on 127.0.0.1:%s\n", argv[2]);
        const int caller = accept(descriptor, NULL, NULL);
        if (caller < 0) die("accept");
        receive_into(caller, 1);
    } else {
        if (connect(descriptor, (struct sockaddr*)&address, sizeof address) != 0) die("connect");
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        send_from(0, descriptor);
        shutdown(descriptor, SHUT_WR);
        receive_into(descriptor, 1);
    }
    return 0;
}
