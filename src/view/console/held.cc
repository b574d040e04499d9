#include "view/console/held.h"

#include <algorithm>
#include <limits>

namespace earshot::view {

namespace {
// A small message costs more than its bytes; counted so that a flood of empty lines is bounded too.
constexpr std::size_t kEntryCost = 64;
}  // namespace

void Held::add(WallTime time, const model::Message& message) {
    entries_.push_back({message.seq, time, message.bytes, message.payload_at, message.payload_size});
    size_ += message.bytes.size() + kEntryCost;
    while (size_ > kLimit && entries_.size() > 1) drop_oldest();
}

void Held::drop_oldest() {
    size_ -= entries_.front().bytes.size() + kEntryCost;
    entries_.pop_front();
    ++let_go_;
}

std::uint64_t Held::shrink(std::size_t most) {
    const std::uint64_t before = let_go_;
    while (size_ > most) drop_oldest();
    return let_go_ - before;
}

std::size_t largest_allowed(std::vector<std::size_t> sizes, ByteCount most) {
    std::sort(sizes.begin(), sizes.end());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const ByteCount share = most / (sizes.size() - i);
        if (sizes[i] > share) return static_cast<std::size_t>(share);
        most -= sizes[i];
    }
    return std::numeric_limits<std::size_t>::max();
}

// An eighth at a time, so that not every message makes all be looked at.
ByteCount HeldTogether::excess() const {
    if (!bound_) return 0;
    const ByteCount held = bound_->held(), enough = bound_->most() / 8 * 3;
    ByteCount excess = bound_->excess();
    if (is_too_much()) excess = std::max(excess, held > enough ? held - enough : 0);
    return std::min<ByteCount>(excess, claim_->bytes());
}

}  // namespace earshot::view
