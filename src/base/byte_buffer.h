// Bytes that are written one behind the other: what is to be sent while it is put together. Other than a vector it does
// not set room to zero that is written at once. It keeps its room when it is cleared.
#pragma once

#include <algorithm>
#include <memory>

#include "base/bytes.h"

namespace earshot {

class ByteBuffer {
  public:
    // Room for so many more bytes at the end, for the caller to write; good until the next call.
    std::uint8_t* grow(std::size_t bytes) {
        if (capacity_ - size_ < bytes) make_room(bytes);
        size_ += bytes;
        return room_.get() + size_ - bytes;
    }
    void append(ByteView bytes) {
        if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
    }
    // Only the first so many stay.
    void shrink(std::size_t size) { size_ = size; }
    // The first so many go, the others move up.
    void drop(std::size_t bytes) {
        size_ -= bytes;
        if (size_ > 0) std::memmove(room_.get(), room_.get() + bytes, size_);
    }
    void clear() { size_ = 0; }
    // Its room goes too.
    void release() {
        room_.reset();
        size_ = capacity_ = 0;
    }
    // Room for so many in all, and no more.
    void reserve(std::size_t bytes) {
        if (bytes > capacity_) move_into(bytes);
    }

    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    ByteView view() const { return {room_.get(), size_}; }

  private:
    void make_room(std::size_t bytes) { move_into(std::max({size_ + bytes, 2 * capacity_, std::size_t(256)})); }
    void move_into(std::size_t capacity) {
        std::unique_ptr<std::uint8_t[]> room(new std::uint8_t[capacity]);
        if (size_ > 0) std::memcpy(room.get(), room_.get(), size_);
        room_ = std::move(room);
        capacity_ = capacity;
    }

    std::unique_ptr<std::uint8_t[]> room_;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace earshot
