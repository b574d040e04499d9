// One direction of a Pipe: moves bytes until something has to be waited for, by the cheapest calls that the two
// descriptors allow. Knows nothing of the loop or of the other direction.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/connection.h"
#include "net/stdio.h"
#include "net/transform.h"

namespace earshot::net {

// Why a flow stopped moving.
enum class FlowStop : std::uint8_t {
    source,  // nothing to read now
    target,  // no room to write now
    turn,    // its share of this turn is used up, or TLS holds more: come again
    end,     // the source ended and everything is written
    failed,  // error() says why; everything before it is written
    gone,    // into stdout: nobody reads it any more
    lost,    // the connection failed: error() says why
};

// Bytes on their way in user space: read by the flow, changed where somebody wants that, written piece by piece.
class FlowBuffer {
  public:
    explicit FlowBuffer(Transform* transform) : transform_(transform) {}

    // Where to read into; only when nothing is pending. Allocated on first use.
    MutableByteView space();
    // The first `size` bytes of space() have been read.
    void filled(std::size_t size);
    // The source has ended: what the transform held back becomes pending. Once.
    void ended();
    ByteView pending() const;
    void written(std::size_t size);
    // The transform's, once everything before it is written.
    const Error* error() const { return failed_ && pending().empty() ? &error_ : nullptr; }
    bool is_closed() const { return ended_ || failed_; }

  private:
    void took(const Status& status);

    Transform* transform_;
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::vector<std::uint8_t> changed_;
    std::size_t from_ = 0, to_ = 0;
    bool ended_ = false;
    bool failed_ = false;
    Error error_;
};

// Connection to standard output.
class Inflow {
  public:
    Inflow(Connection& connection, Stdio& output, Transform* transform);
    FlowStop move();
    ByteCount moved() const { return moved_; }  // bytes of the conversation
    const Error& error() const { return error_; }

  private:
    enum class Way : std::uint8_t {
        discard,  // TCP to /dev/null: the kernel frees what it would have copied
        splice,   // to a file, through a pipe of our own
        copy,     // anything else
    };

    bool discard();
    bool splice_in();
    bool splice_out();
    void count(std::size_t bytes);
    bool kernel_way_stopped(ssize_t got, int error);
    bool copy_in();
    bool flush();
    bool step();
    bool stop(FlowStop why);
    IoResult receive(MutableByteView into);

    Connection& connection_;
    Stdio& output_;
    Way way_ = Way::copy;
    UniqueFd through_read_, through_write_;
    std::size_t in_through_ = 0;  // bytes in our own pipe
    std::size_t left_ = 0;        // of this turn's share
    FlowStop stop_ = FlowStop::source;
    FlowBuffer buffer_;
    ByteCount moved_ = 0;
    Error error_;
};

// Standard input to connection.
class Outflow {
  public:
    Outflow(Connection& connection, Stdio& input, Transform* transform);
    FlowStop move();
    // Nothing more is read; what has been read is still written.
    void stop_reading();
    ByteCount moved() const { return moved_; }
    const Error& error() const { return error_; }

  private:
    bool step();
    bool send_file();
    bool copy_in();
    bool flush();
    bool stop(FlowStop why);
    IoResult send(ByteView bytes);

    Connection& connection_;
    Stdio& input_;
    bool by_sendfile_ = false;
    std::size_t left_ = 0;
    FlowStop stop_ = FlowStop::source;
    FlowBuffer buffer_;
    ByteCount moved_ = 0;
    Error error_;
};

// What an errno of a call on a plain connection means.
Error connection_error(int error, const Endpoint& peer);

}  // namespace earshot::net
