#include "app/main.h"

#include <cstdio>
#include <cstring>

namespace earshot::app {

int run(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
        std::puts("earshot " EARSHOT_VERSION);
        return 0;
    }
    return 2;
}

}  // namespace earshot::app
