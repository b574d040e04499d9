#include "view/console/held.h"

namespace earshot::view {

void Held::add(WallTime time, const model::Message& message) {
    // A small message costs more than its bytes; counted so that a flood of empty lines is bounded too.
    constexpr std::size_t kEntryCost = 64;
    entries_.push_back({message.seq, time, message.bytes, message.payload_at, message.payload_size});
    size_ += message.bytes.size() + kEntryCost;
    while (size_ > kLimit && entries_.size() > 1) {
        size_ -= entries_.front().bytes.size() + kEntryCost;
        entries_.pop_front();
        ++let_go_;
    }
}

}  // namespace earshot::view
