// Opens N connections that say nothing, from many source addresses (127.1.0.1 and up: a port range each), and prints
// how fast they were opened and what the server pays for each: private memory and resident memory, in bytes a caller.
// The server's process is seen through /proc/PID/smaps_rollup, before and after.
//
//   idle_load PORT CONNECTIONS PID
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { kPerAddress = 5000 };

struct memory {
    long rss, private;
};

static struct memory memory_of(const char* pid) {
    struct memory memory = {0, 0};
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%s/smaps_rollup", pid);
    FILE* file = fopen(path, "r");
    if (!file) return memory;
    while (fgets(line, sizeof line, file)) {
        long kilobytes = 0;
        if (sscanf(line, "Rss: %ld", &kilobytes) == 1) memory.rss = kilobytes;
        if (sscanf(line, "Private_Clean: %ld", &kilobytes) == 1) memory.private += kilobytes;
        if (sscanf(line, "Private_Dirty: %ld", &kilobytes) == 1) memory.private += kilobytes;
    }
    fclose(file);
    return memory;
}

static int descriptors_of(const char* pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR* folder = opendir(path);
    if (!folder) return 0;
    int count = 0;
    while (readdir(folder)) ++count;
    closedir(folder);
    return count;
}

static int call_from(int number, int port) {
    const int on = 1;
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0) return -1;
    // The port is chosen when connecting, by all four parts of the connection.
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(0x7f010001U + (unsigned)(number / kPerAddress));
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(descriptor, (struct sockaddr*)&source, sizeof source) != 0 ||
        connect(descriptor, (struct sockaddr*)&target, sizeof target) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const int port = atoi(argv[1]), count = atoi(argv[2]);
    const char* pid = argv[3];
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    const struct memory before = memory_of(pid);
    const int had = descriptors_of(pid);
    const double start = now();
    for (int i = 0; i < count; ++i) {
        if (call_from(i, port) < 0) {
            perror("connect");
            return 1;
        }
    }
    // The last ones may still stand in the backlog.
    while (descriptors_of(pid) - had < count && now() - start < 60) usleep(1000);
    const double seconds = now() - start;
    usleep(300 * 1000);  // whatever the server does after the last one
    const struct memory after = memory_of(pid);
    printf("accepts_per_s %.0f\n", (double)count / seconds);
    printf("held %d\n", descriptors_of(pid) - had);
    printf("private_per_caller %.0f\n", (double)(after.private - before.private) * 1024 / count);
    printf("rss_per_caller %.0f\n", (double)(after.rss - before.rss) * 1024 / count);
    return 0;
}
