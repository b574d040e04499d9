#include "net/stdio.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "base/i18n.h"

namespace earshot::net {

namespace {

constexpr int kPipeSize = 1024 * 1024;             // together with large reads worth a fifth of the speed
constexpr std::size_t kTerminalPiece = 256;        // poll(2) calls a terminal writable with this much room
constexpr std::size_t kDevicePiece = 16UL * 1024;  // of a device about which nothing is known

Stdio::Kind kind_of(int descriptor) {
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0) return Stdio::Kind::closed;
    switch (facts.st_mode & S_IFMT) {
        case S_IFREG:
            return Stdio::Kind::file;
        case S_IFIFO:
            return Stdio::Kind::pipe;
        case S_IFSOCK:
            return Stdio::Kind::socket;
        case S_IFCHR:
            if (facts.st_rdev == makedev(1, 3)) return Stdio::Kind::null_device;
            return ::isatty(descriptor) != 0 ? Stdio::Kind::terminal : Stdio::Kind::other;
        default:
            return Stdio::Kind::other;
    }
}

}  // namespace

Stdio Stdio::input(int descriptor) { return {descriptor, false}; }
Stdio Stdio::output(int descriptor) { return {descriptor, true}; }

Stdio::Stdio(int descriptor, bool for_output) {
    const int flags = ::fcntl(descriptor, F_GETFL);
    const int wrong_way = for_output ? O_RDONLY : O_WRONLY;
    if (flags < 0 || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == wrong_way) return;
    descriptor_ = descriptor;
    kind_ = kind_of(descriptor);
    appends_ = (flags & O_APPEND) != 0;
    switch (kind_) {
        case Kind::socket:
            way_ = Way::socket;
            break;
        case Kind::pipe:
            reopen(for_output);
            enlarge_pipe(descriptor);
            break;
        case Kind::terminal:
            // Reading gives a line at most after poll; writing would block in the middle of a piece.
            if (for_output)
                reopen(for_output);
            else
                way_ = Way::polled;
            break;
        case Kind::other:
            way_ = Way::polled;
            break;
        default:
            break;
    }
}

void Stdio::reopen(bool for_output) {
    std::array<char, 40> path{};
    std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", descriptor_);
    own_.reset(::open(path.data(), (for_output ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!own_) way_ = Way::polled;  // no /proc, another user's pipe, or nobody reads it (ENXIO): writing will tell
}

bool Stdio::is_ready(short events) const {
    pollfd asked{descriptor_, events, 0};
    return ::poll(&asked, 1, 0) != 0;
}

IoResult Stdio::read_some(MutableByteView into) {
    if (kind_ == Kind::closed) return {IoStatus::end, 0};
    for (;;) {
        if (way_ == Way::polled && !is_ready(POLLIN)) return {IoStatus::would_block, 0};
        const ssize_t got = way_ == Way::socket ? ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT)
                                                : ::read(descriptor(), into.data(), into.size());
        if (got > 0) return {IoStatus::ok, static_cast<std::size_t>(got)};
        if (got == 0) return {IoStatus::end, 0};
        if (errno == EAGAIN) return {IoStatus::would_block, 0};
        if (errno == EINTR) continue;
        if (errno == EIO && kind_ == Kind::terminal) return {IoStatus::end, 0};  // hung up
        error_ = read_error(errno);
        return {IoStatus::failed, 0};
    }
}

std::size_t Stdio::piece(std::size_t offered) const {
    if (way_ != Way::polled) return offered;
    // What a descriptor that may block surely takes once poll(2) calls it writable (pipe(7): PIPE_BUF).
    if (kind_ == Kind::pipe) return std::min<std::size_t>(offered, PIPE_BUF);
    return std::min(offered, kind_ == Kind::terminal ? kTerminalPiece : kDevicePiece);
}

IoResult Stdio::write_some(ByteView bytes) {
    if (kind_ == Kind::closed) return {IoStatus::end, 0};
    for (;;) {
        if (way_ == Way::polled && !is_ready(POLLOUT)) return {IoStatus::would_block, 0};
        const ssize_t done = way_ == Way::socket
                                 ? ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : ::write(descriptor(), bytes.data(), piece(bytes.size()));
        if (done >= 0) return {IoStatus::ok, static_cast<std::size_t>(done)};
        if (errno == EAGAIN) return {IoStatus::would_block, 0};
        if (errno == EINTR) continue;
        if (errno == EPIPE || (errno == ECONNRESET && kind_ == Kind::socket)) return {IoStatus::end, 0};
        error_ = write_error(errno);
        return {IoStatus::failed, 0};
    }
}

Error Stdio::read_error(int error) const {
    return {Reason::failed, tr_format("cannot read the standard input: {}", errno_text(error))};
}

Error Stdio::write_error(int error) const {
    if (error == ENOSPC || error == EDQUOT) {
        return {Reason::limit,
                tr_format("cannot write to the standard output: {}; what came before is written", errno_text(error))};
    }
    return {Reason::failed, tr_format("cannot write to the standard output: {}", errno_text(error))};
}

void Stdio::finish_output() {
    if (kind_ != Kind::pipe && kind_ != Kind::socket) return;
    own_.reset();
    kind_ = Kind::closed;
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (nothing) ::dup3(nothing.get(), descriptor_, 0);
    descriptor_ = -1;
}

void enlarge_pipe(int descriptor) { ::fcntl(descriptor, F_SETPIPE_SZ, kPipeSize); }

void reserve_standard_descriptors() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
        if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free number is this one. Diagnostics may vanish, what was meant for 1 may not.
        if (::open("/dev/null", descriptor == 1 ? O_RDONLY : O_WRONLY) != descriptor) return;
    }
}

}  // namespace earshot::net
