// The limit of starting: prints a version, or connects to 127.0.0.1, sends FIN and leaves at the peer's.
//
//   limit_start --version
//   limit_start PORT
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    if (strcmp(argv[1], "--version") == 0) return write(1, "limit 1\n", 8) == 8 ? 0 : 1;
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(descriptor, (struct sockaddr*)&address, sizeof address) != 0) return 1;
    shutdown(descriptor, SHUT_WR);
    char byte;
    while (read(descriptor, &byte, 1) > 0) {
    }
    return 0;
}
