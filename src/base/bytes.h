// Bytes as they travelled: views of them, and an immutable block that events share.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace earshot {

// Bytes are never text: where text is meant, it is UTF-8 in a std::string_view.
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;
using ByteCount = std::uint64_t;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_chars(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// An immutable block of bytes with a count of its holders: the one copy of received bytes in user space. Copying a
// handle is cheap and may happen on any thread; the block lives until its last handle goes.
class SharedBytes {
  public:
    SharedBytes() = default;
    static SharedBytes copy_of(ByteView bytes);
    // One block made of two pieces one after the other.
    static SharedBytes copy_of(ByteView first, ByteView second);

    SharedBytes(const SharedBytes& other) noexcept : block_(other.block_) { hold(); }
    SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    SharedBytes& operator=(SharedBytes other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~SharedBytes() { release(); }

    ByteView view() const { return block_ ? ByteView(block_->bytes(), block_->size) : ByteView(); }
    std::size_t size() const { return block_ ? block_->size : 0; }
    bool empty() const { return size() == 0; }
    friend bool operator==(const SharedBytes& a, const SharedBytes& b) {
        return a.size() == b.size() && (a.empty() || std::memcmp(a.view().data(), b.view().data(), a.size()) == 0);
    }

  private:
    struct Block {
        std::atomic<std::uint32_t> holders{1};
        std::size_t size = 0;
        std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(this + 1); }
    };
    void hold() {
        if (block_) block_->holders.fetch_add(1, std::memory_order_relaxed);
    }
    void release();

    Block* block_ = nullptr;
};

}  // namespace earshot
