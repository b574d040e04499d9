// A vector whose first values lie in it itself, so that what is read together lies together: for things of which there
// are many, and nearly always few values in each.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace earshot {

// The values are copied like bytes.
template <typename T, std::size_t kInside>
class InlineVector {
    static_assert(std::is_trivially_copyable_v<T> && kInside > 0);

  public:
    InlineVector() = default;
    InlineVector(InlineVector&& other) noexcept { *this = std::move(other); }
    InlineVector& operator=(InlineVector&& other) noexcept {
        std::copy(std::begin(other.inside_), std::end(other.inside_), inside_);
        outside_ = std::move(other.outside_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    T* data() { return size_ <= kInside ? inside_ : outside_.get(); }
    const T* data() const { return size_ <= kInside ? inside_ : outside_.get(); }
    T* begin() { return data(); }
    T* end() { return data() + size_; }
    const T* begin() const { return data(); }
    const T* end() const { return data() + size_; }
    T& operator[](std::size_t i) { return data()[i]; }
    const T& operator[](std::size_t i) const { return data()[i]; }
    T& front() { return data()[0]; }
    const T& front() const { return data()[0]; }
    T& back() { return data()[size_ - 1]; }

    void push_back(const T& value) {
        const T copy = value;
        resize(size_ + 1);
        back() = copy;
    }
    // Of something else.
    void append(std::span<const T> values) {
        const std::size_t before = size_;
        resize(before + values.size());
        std::copy(values.begin(), values.end(), data() + before);
    }
    // New ones are T(). Fewer than there are: not wanted by anybody so far.
    void resize(std::size_t size) {
        if (size <= size_) return;
        if (size > kInside && (size_ <= kInside || size > std::bit_ceil<std::size_t>(size_))) {
            auto more = std::make_unique<T[]>(std::bit_ceil(size));
            std::copy(begin(), end(), more.get());
            outside_ = std::move(more);
        }
        const std::size_t before = size_;
        size_ = static_cast<std::uint32_t>(size);
        std::fill(data() + before, end(), T());
    }

  private:
    std::uint32_t size_ = 0;
    T inside_[kInside]{};
    std::unique_ptr<T[]> outside_;  // all of them, where they are more; room for the next power of two
};

}  // namespace earshot
