#include "net/flow.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"

namespace earshot::net {

namespace {

constexpr std::size_t kBuffer = 256UL * 1024;      // measured: more is no faster and falls out of the cache
constexpr std::size_t kThrough = 1024UL * 1024;    // of our own pipe
constexpr std::size_t kTurn = 4UL * 1024 * 1024;   // what one direction moves before the other gets its turn
constexpr std::size_t kKeptChanged = 4 * kBuffer;  // a transform's output above this is given back once written

// Where splice or sendfile fails with one of these, it is the connection that failed; with anything else the call did
// not fit, and a copy does the work or finds the error.
bool is_connection_error(int error) {
    return error == EPIPE || error == ECONNRESET || error == ETIMEDOUT || error == ENOTCONN || error == EHOSTUNREACH ||
           error == ENETUNREACH || error == ECONNABORTED || error == ENETDOWN;
}

}  // namespace

Error connection_error(int error, const Endpoint& peer) {
    // ENOTCONN: what ended the connection was told to an earlier call.
    const Reason reason = reason_of_errno(error == ENOTCONN ? ECONNRESET : error);
    if (reason == Reason::reset) return {reason, tr_format("reset by {}", peer.text())};
    if (reason == Reason::timeout) {
        return {reason, tr_format("no answer from {} any more: it or the way to it is gone", peer.text())};
    }
    return {reason, tr_format("connection with {} failed: {}", peer.text(), errno_text(error))};
}

// ---- FlowBuffer

MutableByteView FlowBuffer::space() {
    EARSHOT_CHECK(pending().empty());
    if (!bytes_) bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(kBuffer);
    return {bytes_.get(), kBuffer};
}

void FlowBuffer::took(const Status& status) {
    to_ = changed_.size();
    if (status) return;
    failed_ = true;
    error_ = status.error();
}

void FlowBuffer::filled(std::size_t size) {
    if (transform_) return took(transform_->apply({bytes_.get(), size}, changed_));
    to_ = size;
}

void FlowBuffer::ended() {
    if (std::exchange(ended_, true) || failed_ || !transform_) return;
    took(transform_->finish(changed_));
}

ByteView FlowBuffer::pending() const { return {(transform_ ? changed_.data() : bytes_.get()) + from_, to_ - from_}; }

void FlowBuffer::written(std::size_t size) {
    from_ += size;
    if (from_ < to_) return;
    from_ = to_ = 0;
    changed_.clear();
    if (changed_.capacity() > kKeptChanged) changed_.shrink_to_fit();
}

// ---- Inflow

Inflow::Inflow(Connection& connection, Stdio& output, Transform* transform)
    : connection_(connection), output_(output), buffer_(transform) {
    if (transform || connection.plain_descriptor() < 0) return;
    if (output.kind() == Stdio::Kind::null_device && connection.peer().is_ip()) way_ = Way::discard;
    if (output.kind() != Stdio::Kind::file || output.appends()) return;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
    through_read_.reset(ends[0]);
    through_write_.reset(ends[1]);
    ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(kThrough));
    way_ = Way::splice;
}

FlowStop Inflow::move() {
    left_ = kTurn;
    while (step()) {
    }
    return stop_;
}

bool Inflow::stop(FlowStop why) {
    stop_ = why;
    return false;
}

bool Inflow::step() {
    if (!buffer_.pending().empty()) return flush();
    if (const Error* error = buffer_.error()) {
        error_ = *error;
        return stop(FlowStop::failed);
    }
    if (buffer_.is_closed()) return stop(FlowStop::end);
    if (way_ == Way::splice && in_through_ > 0) return splice_out();
    if (left_ == 0 && in_through_ == 0) return stop(FlowStop::turn);
    if (way_ == Way::discard) return discard();
    return way_ == Way::splice ? splice_in() : copy_in();
}

bool Inflow::discard() {
    const ssize_t got = ::recv(connection_.plain_descriptor(), nullptr, kTurn, MSG_TRUNC | MSG_DONTWAIT);
    if (got > 0) count(static_cast<std::size_t>(got));
    return got > 0 || kernel_way_stopped(got, errno);
}

bool Inflow::splice_in() {
    const ssize_t got = ::splice(connection_.plain_descriptor(), nullptr, through_write_.get(), nullptr, kThrough,
                                 SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0) count(in_through_ = static_cast<std::size_t>(got));
    return got > 0 || kernel_way_stopped(got, errno);
}

void Inflow::count(std::size_t bytes) {
    moved_ += bytes;
    left_ -= std::min(left_, bytes);
}

// 0 or an error came of receiving without copying.
bool Inflow::kernel_way_stopped(ssize_t got, int error) {
    if (got < 0 && error == EINTR) return true;
    if (got < 0 && error == EAGAIN) return stop(FlowStop::source);
    if (got < 0 && is_connection_error(error)) {
        error_ = connection_error(error, connection_.peer());
        return stop(FlowStop::lost);
    }
    way_ = Way::copy;  // which also finds the end
    return true;
}

bool Inflow::splice_out() {
    const ssize_t done =
        ::splice(through_read_.get(), nullptr, output_.descriptor(), nullptr, in_through_, SPLICE_F_MOVE);
    if (done > 0) {
        in_through_ -= static_cast<std::size_t>(done);
    } else if (done == 0 || errno != EINTR) {
        // Whatever it was (EINVAL: the file system cannot; ENOSPC), writing does it or names the error. What our own
        // pipe holds comes first, see receive().
        way_ = Way::copy;
    }
    return true;
}

IoResult Inflow::receive(MutableByteView into) {
    if (in_through_ > 0) {
        const ssize_t got = ::read(through_read_.get(), into.data(), std::min(into.size(), in_through_));
        EARSHOT_CHECK(got > 0);  // our own pipe, and it holds in_through_ bytes
        in_through_ -= static_cast<std::size_t>(got);
        moved_ -= static_cast<ByteCount>(got);  // counted when they came; the caller counts again
        return {IoStatus::ok, static_cast<std::size_t>(got)};
    }
    const int plain = connection_.plain_descriptor();
    if (plain < 0) {
        const IoResult result = connection_.read_some(into);
        if (result.status == IoStatus::failed) error_ = connection_.error();
        return result;
    }
    // Not read_some: after a failed write that refuses, and what came before the reset is still to be had.
    for (;;) {
        const ssize_t got = ::recv(plain, into.data(), into.size(), MSG_DONTWAIT);
        if (got > 0) return {IoStatus::ok, static_cast<std::size_t>(got)};
        if (got == 0) return {IoStatus::end, 0};
        if (errno == EAGAIN) return {IoStatus::would_block, 0};
        if (errno == EINTR) continue;
        error_ = connection_error(errno, connection_.peer());
        return {IoStatus::failed, 0};
    }
}

bool Inflow::copy_in() {
    const IoResult result = receive(buffer_.space());
    switch (result.status) {
        case IoStatus::ok:
            count(result.bytes);
            buffer_.filled(result.bytes);
            return true;
        case IoStatus::would_block:
            return stop(connection_.has_buffered_input() ? FlowStop::turn : FlowStop::source);
        case IoStatus::end:
            buffer_.ended();
            return true;
        case IoStatus::failed:
            break;
    }
    return stop(FlowStop::lost);
}

bool Inflow::flush() {
    const IoResult result = output_.write_some(buffer_.pending());
    switch (result.status) {
        case IoStatus::ok:
            buffer_.written(result.bytes);
            return true;
        case IoStatus::would_block:
            return stop(FlowStop::target);
        case IoStatus::end:
            return stop(FlowStop::gone);
        case IoStatus::failed:
            break;
    }
    error_ = output_.error();
    return stop(FlowStop::failed);
}

// ---- Outflow

Outflow::Outflow(Connection& connection, Stdio& input, Transform* transform)
    : connection_(connection),
      input_(input),
      by_sendfile_(!transform && connection.plain_descriptor() >= 0 && input.kind() == Stdio::Kind::file),
      buffer_(transform) {}

FlowStop Outflow::move() {
    left_ = kTurn;
    while (step()) {
    }
    return stop_;
}

void Outflow::stop_reading() { buffer_.ended(); }

bool Outflow::stop(FlowStop why) {
    stop_ = why;
    return false;
}

bool Outflow::step() {
    if (!buffer_.pending().empty()) return flush();
    if (const Error* error = buffer_.error()) {
        error_ = *error;
        return stop(FlowStop::failed);
    }
    if (buffer_.is_closed()) return stop(FlowStop::end);
    if (left_ == 0) return stop(FlowStop::turn);
    return by_sendfile_ ? send_file() : copy_in();
}

bool Outflow::send_file() {
    struct stat facts {};
    const off_t at = ::lseek(input_.descriptor(), 0, SEEK_CUR);
    // Never more than there is: where the file ends early the kernel holds the last piece back for more (MSG_MORE).
    if (at < 0 || ::fstat(input_.descriptor(), &facts) != 0 || facts.st_size <= at) {
        by_sendfile_ = false;  // a read finds out whether this is the end
        return true;
    }
    const auto there = static_cast<std::size_t>(facts.st_size - at);
    const ssize_t done =
        ::sendfile(connection_.plain_descriptor(), input_.descriptor(), nullptr, std::min(there, left_));
    if (done > 0) {
        moved_ += static_cast<ByteCount>(done);
        left_ -= static_cast<std::size_t>(done);
        return true;
    }
    if (done < 0 && errno == EINTR) return true;
    if (done < 0 && errno == EAGAIN) return stop(FlowStop::target);
    if (done < 0 && is_connection_error(errno)) {
        error_ = connection_error(errno, connection_.peer());
        return stop(FlowStop::lost);
    }
    by_sendfile_ = false;
    return true;
}

bool Outflow::copy_in() {
    const IoResult result = input_.read_some(buffer_.space());
    switch (result.status) {
        case IoStatus::ok:
            left_ -= std::min(left_, result.bytes);
            buffer_.filled(result.bytes);
            return true;
        case IoStatus::would_block:
            return stop(FlowStop::source);
        case IoStatus::end:
            buffer_.ended();
            return true;
        case IoStatus::failed:
            break;
    }
    error_ = input_.error();
    return stop(FlowStop::failed);
}

IoResult Outflow::send(ByteView bytes) {
    const int plain = connection_.plain_descriptor();
    if (plain < 0) {
        const ByteView pieces[] = {bytes};
        const IoResult result = connection_.write_some(pieces);
        if (result.status == IoStatus::failed) error_ = connection_.error();
        return result;
    }
    for (;;) {
        const ssize_t done = ::send(plain, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done >= 0) return {IoStatus::ok, static_cast<std::size_t>(done)};
        if (errno == EAGAIN) return {IoStatus::would_block, 0};
        if (errno == EINTR) continue;
        error_ = connection_error(errno, connection_.peer());
        return {IoStatus::failed, 0};
    }
}

bool Outflow::flush() {
    const IoResult result = send(buffer_.pending());
    switch (result.status) {
        case IoStatus::ok:
            moved_ += result.bytes;
            buffer_.written(result.bytes);
            return true;
        case IoStatus::would_block:
            return stop(FlowStop::target);
        default:
            return stop(FlowStop::lost);
    }
}

}  // namespace earshot::net
