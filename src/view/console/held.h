// What a conversation has said lately, as bytes: for /again, /find and a change of mind about the encoding.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/memory_bound.h"
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
    std::size_t size() const { return size_; }        // bytes of memory
    // The oldest go until it takes so much at most; gives how many.
    std::uint64_t shrink(std::size_t most);
    void clear() { shrink(0); }

  private:
    void drop_oldest();

    std::deque<Entry> entries_;
    std::size_t size_ = 0;
    std::uint64_t let_go_ = 0;
};

// The size that none of these may exceed, so that all together take so much at most: the largest give way.
std::size_t largest_allowed(std::vector<std::size_t> sizes, ByteCount most);

// What all conversations of a view hold, counted with what waits for callers (--max-memory), where that is bounded.
class HeldTogether {
  public:
    void share(std::shared_ptr<MemoryBound> bound) {
        bound_ = std::move(bound);
        claim_.emplace(bound_);
    }
    // One of them has become another size.
    void changed(std::size_t before, std::size_t now) {
        if (claim_) claim_->set(claim_->bytes() - before + now);
    }
    bool is_too_much() const { return bound_ && bound_->is_half_taken() && claim_->bytes() > bound_->most() / 16; }
    // Where it is too much, or memory is short. `each(visit)` calls visit(Held&) for each. Gives how many messages
    // went.
    template <typename Each>
    std::uint64_t give_way(Each each) {
        const ByteCount too_much = excess();
        if (too_much == 0) return 0;
        std::vector<std::size_t> sizes;
        each([&](const Held& held) { sizes.push_back(held.size()); });
        const std::size_t most = largest_allowed(std::move(sizes), claim_->bytes() - too_much);
        std::uint64_t let_go = 0;
        each([&](Held& held) {
            const std::size_t before = held.size();
            let_go += held.shrink(most);
            changed(before, held.size());
        });
        return let_go;
    }

  private:
    ByteCount excess() const;

    std::shared_ptr<MemoryBound> bound_;  // null: it is not counted
    std::optional<MemoryClaim> claim_;
};

}  // namespace earshot::view
