#include "app/journal.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace earshot::app {

bool is_journal(const char* journal_stream, int descriptor) {
    struct stat file {};
    if (journal_stream == nullptr || ::fstat(descriptor, &file) != 0) return false;
    return fmt::format("{}:{}", file.st_dev, file.st_ino) == journal_stream;
}

}  // namespace earshot::app
