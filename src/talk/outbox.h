// Bytes on their way to the peer: kept in order until the connection takes them. Empty, it holds no memory.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "net/connection.h"

namespace earshot::talk {

class Outbox {
  public:
    void append(ByteView bytes) { kept_.insert(kept_.end(), bytes.begin(), bytes.end()); }
    bool empty() const { return kept_.empty(); }
    std::size_t size() const { return kept_.size() - at_; }
    ByteView view() const { return ByteView(kept_).subspan(at_); }

    struct Flushed {
        net::IoStatus status = net::IoStatus::ok;  // ok: all gone; would_block: some is left; failed
        ByteCount bytes = 0;                       // bytes the connection took
    };
    Flushed flush(net::Connection& connection);
    void clear();

  private:
    std::vector<std::uint8_t> kept_;
    std::size_t at_ = 0;  // bytes of kept_ already gone
};

}  // namespace earshot::talk
