// A number that its one thread changes and any other may read: figures for who watches a running program.
#pragma once

#include <atomic>
#include <cstdint>

namespace earshot {

// A plain addition for its writer; a reader sees some value it has had, in no order with other counts.
class Count {
  public:
    void add(std::uint64_t by = 1) { value_.store(value() + by, std::memory_order_relaxed); }
    void subtract(std::uint64_t by = 1) { value_.store(value() - by, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_ = 0;
};

}  // namespace earshot
