#include "app/written_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/i18n.h"

namespace earshot::app {

Error WrittenFile::failure(int error) const {
    return {reason_of_errno(error),
            tr_format("cannot write to {}: {}", is_standard() ? tr("the standard output") : path_, errno_text(error))};
}

Status WrittenFile::open() {
    if (is_standard()) {
        descriptor_ = STDOUT_FILENO;
        return Ok{};
    }
    own_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
    descriptor_ = own_.get();
    return own_ ? Status(Ok{}) : failure(errno);
}

Status WrittenFile::flush() {
    if (descriptor_ < 0) return Ok{};
    std::string_view left = waiting_;
    while (!left.empty()) {
        const ssize_t done = ::write(descriptor_, left.data(), left.size());
        if (done >= 0) {
            left.remove_prefix(static_cast<std::size_t>(done));
        } else if (errno == EAGAIN) {  // its creator made it non-blocking
            pollfd asked{descriptor_, POLLOUT, 0};
            ::poll(&asked, 1, -1);
        } else if (errno == EPIPE) {
            reader_has_gone_ = true;
            break;
        } else if (errno != EINTR) {
            return failure(errno);
        }
    }
    waiting_.clear();
    return Ok{};
}

Status WrittenFile::close() {
    descriptor_ = -1;
    if (own_ && ::close(own_.release()) != 0) return failure(errno);
    return Ok{};
}

}  // namespace earshot::app
