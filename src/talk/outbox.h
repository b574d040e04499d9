// Bytes on their way to the peer: kept in order until the connection takes them. Some may be shared with other outboxes
// (what a fan-out has for many is there once). Empty, it holds no memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "net/connection.h"

namespace earshot::talk {

// Bytes that several outboxes hold; nobody changes those that have been given out.
using SharedBlock = std::shared_ptr<const std::uint8_t[]>;

class Outbox {
  public:
    Outbox();
    ~Outbox();

    void append(ByteView bytes);
    // `bytes` lie in `block`.
    void append(const SharedBlock& block, ByteView bytes);
    bool empty() const { return kept_.empty() && !behind_; }
    std::size_t size() const { return kept_.size() - at_ + behind_size(); }
    // The first bytes, for whoever wants to know what leaves.
    std::string beginning(std::size_t at_most) const;

    struct Flushed {
        net::IoStatus status = net::IoStatus::ok;  // ok: all gone; would_block: some is left; failed
        ByteCount bytes = 0;                       // bytes the connection took
    };
    Flushed flush(net::Connection& connection);
    void clear();

  private:
    struct Behind;
    std::size_t behind_size() const;
    std::size_t gather(std::span<ByteView> pieces) const;
    void take(std::size_t bytes);

    std::vector<std::uint8_t> kept_;
    std::size_t at_ = 0;              // bytes of kept_ already gone
    std::unique_ptr<Behind> behind_;  // what comes after kept_, once something of it is shared; never empty
};

}  // namespace earshot::talk
