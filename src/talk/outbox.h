// Bytes on their way to the peer: kept in order until the connection takes them. Some may be shared with other outboxes
// (what a fan-out has for many is there once). Empty, it holds no memory but what a short message or two took.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/byte_buffer.h"
#include "base/bytes.h"
#include "net/connection.h"
#include "talk/log_block.h"

namespace earshot::talk {

class Outbox {
  public:
    Outbox();
    ~Outbox();

    void append(ByteView bytes) {
        if (behind_) return append_behind(bytes);
        if (kept_.capacity() - kept_.size() < bytes.size()) make_room(bytes.size());
        kept_.append(bytes);
    }
    // `bytes` lie in `block`.
    void append(const SharedBlock& block, ByteView bytes);
    bool empty() const { return kept_.empty() && !behind_; }
    std::size_t size() const { return kept_.size() - at_ + (behind_ ? behind_size() : 0); }
    // The first bytes, for whoever wants to know what leaves.
    std::string beginning(std::size_t at_most) const;

    struct Flushed {
        net::IoStatus status = net::IoStatus::ok;  // ok: all gone; would_block: some is left; failed
        ByteCount bytes = 0;                       // bytes the connection took
    };
    Flushed flush(net::Connection& connection);
    void clear();

    // Memory that is its own.
    std::size_t memory() const { return (kept_.empty() ? 0 : kept_.capacity()) + (behind_ ? behind_memory() : 0); }
    // The same with the blocks that are there for its sake, if for nobody else's. Walks through all of it.
    std::size_t memory_with_blocks() const;
    // Gives up whole lines that it shares, all of them but for one that has begun to leave.
    struct GivenUp {
        std::uint64_t lines = 0;
        ByteCount bytes = 0;
    };
    GivenUp give_up_lines();

  private:
    struct Behind;
    void append_behind(ByteView bytes);
    void make_room(std::size_t bytes);
    std::size_t behind_size() const;
    std::size_t behind_memory() const;
    std::size_t gather(std::span<ByteView> pieces) const;
    net::IoResult write_kept(net::Connection& connection) const;
    net::IoResult write_gathered(net::Connection& connection) const;
    void take(std::size_t bytes);

    ByteBuffer kept_;
    std::size_t at_ = 0;              // bytes of kept_ already gone
    std::unique_ptr<Behind> behind_;  // what comes after kept_, once something of it is shared; never empty
};

}  // namespace earshot::talk
