#include "base/bytes.h"

#include <new>

namespace earshot {

SharedBytes SharedBytes::copy_of(ByteView bytes) { return copy_of(bytes, {}); }

SharedBytes SharedBytes::copy_of(ByteView first, ByteView second) {
    SharedBytes made;
    const std::size_t size = first.size() + second.size();
    if (size == 0) return made;
    made.block_ = new (::operator new(sizeof(Block) + size)) Block;
    made.block_->size = size;
    if (!first.empty()) std::memcpy(made.block_->bytes(), first.data(), first.size());
    if (!second.empty()) std::memcpy(made.block_->bytes() + first.size(), second.data(), second.size());
    return made;
}

void SharedBytes::release() {
    if (block_ && block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        block_->~Block();
        ::operator delete(block_);
    }
    block_ = nullptr;
}

}  // namespace earshot
