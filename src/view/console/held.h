// What a conversation has said lately, as bytes: for /again, /find and a change of mind about the encoding.
#pragma once

#include <cstdint>
#include <deque>

#include "base/bytes.h"
#include "base/clock.h"
#include "model/event.h"

namespace earshot::view {

// The last kLimit bytes of received messages; what is older is let go, and counted.
class Held {
  public:
    static constexpr std::size_t kLimit = 256 * 1024;  // bytes; interface.md

    struct Entry {
        std::uint64_t seq = 0;
        WallTime time{};
        SharedBytes bytes;
        std::uint32_t payload_at = 0, payload_size = 0;

        ByteView payload() const { return bytes.view().subspan(payload_at, payload_size); }
    };

    void add(WallTime time, const model::Message& message);
    const std::deque<Entry>& entries() const { return entries_; }
    std::uint64_t let_go() const { return let_go_; }  // messages

  private:
    std::deque<Entry> entries_;
    std::size_t size_ = 0;
    std::uint64_t let_go_ = 0;
};

}  // namespace earshot::view
