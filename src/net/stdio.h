// This process's standard input or output as one end of a pipe: never blocks the loop and never changes a description
// that other processes share (their reads would fail with EAGAIN long after us).
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/connection.h"

namespace earshot::net {

class Stdio {
  public:
    enum class Kind : std::uint8_t {
        closed,       // not open, or not open for this direction
        pipe,         // or a FIFO
        file,         // regular: always ready
        socket,       //
        terminal,     //
        null_device,  // /dev/null
        other,        // any other device, a directory ...
    };

    // Looks at what `descriptor` is. A pipe, and a terminal to be written, is opened anew through /proc/self/fd with a
    // non-blocking description of its own; where that is refused every call is preceded by poll(2). `descriptor` stays
    // the caller's and must stay open. SIGPIPE must be ignored.
    static Stdio input(int descriptor = 0);
    static Stdio output(int descriptor = 1);

    Kind kind() const { return kind_; }
    // What to wait for and to hand to splice and sendfile; -1: closed.
    int descriptor() const { return own_ ? own_.get() : descriptor_; }
    // Whether descriptor() may be spliced without the risk of blocking.
    bool is_nonblocking() const { return own_ || kind_ == Kind::file || kind_ == Kind::null_device; }
    // O_APPEND: splice refuses it.
    bool appends() const { return appends_; }

    // `end`: the input's end. Devices that epoll refuses never say would_block.
    IoResult read_some(MutableByteView into);
    // `end`: nobody reads the output any more (EPIPE), or it is closed.
    IoResult write_some(ByteView bytes);
    // After `failed`: why. For errors of calls that the caller made itself on descriptor() too.
    Error read_error(int error) const;
    Error write_error(int error) const;
    const Error& error() const { return error_; }

    // Nothing more will be written: a reader at the other end of a pipe or socket sees its end now, not only when this
    // process leaves. The descriptor's number stays taken. Other kinds are left alone.
    void finish_output();

  private:
    enum class Way : std::uint8_t { plain, socket, polled };

    Stdio(int descriptor, bool for_output);
    void reopen(bool for_output);
    bool is_ready(short events) const;
    std::size_t piece(std::size_t offered) const;

    int descriptor_ = -1;
    UniqueFd own_;
    Kind kind_ = Kind::closed;
    Way way_ = Way::plain;
    bool appends_ = false;
    Error error_;
};

// Makes a pipe as large as ours are; refused over the user's quota, and then it stays small. Other kinds are left
// alone.
void enlarge_pipe(int descriptor);

// Opens what is missing of descriptors 0 to 2, so that no socket becomes somebody's standard output. 0 and 1 are opened
// the wrong way round and Stdio takes them for closed. To be called before anything else is opened.
void reserve_standard_descriptors();

}  // namespace earshot::net
