// Callers of all shards together, for --max-clients: each takes a place before he is let in and frees it when he has
// gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "net/connection.h"
#include "talk/shard.h"

namespace earshot::app {

// Thread-safe.
class Places {
  public:
    explicit Places(std::uint64_t most) : most_(most) {}
    bool take() {
        if (taken_.fetch_add(1) < most_ || most_ == 0) return true;
        free(1);
        return false;
    }
    void free(std::uint64_t count) { taken_.fetch_sub(count); }
    std::uint64_t taken() const { return taken_.load(); }
    // What is told of one for whom there was none.
    Error none_for(const net::Endpoint& peer) const;

  private:
    const std::uint64_t most_;  // 0: as many as come
    std::atomic<std::uint64_t> taken_ = 0;
};

// Those of them that the callers of one shard have, on its thread. Who was called for a caller's sake has none.
class ShardPlaces {
  public:
    // Both outlive this.
    ShardPlaces(Places& places, talk::Shard& shard) : places_(places), shard_(shard) {}

    // Lets him into the shard. Errors: there is no place, and `caller` has not been taken; nor has he where there is no
    // memory for him, which Shard::adopt throws.
    Status adopt(std::unique_ptr<net::Connection>& caller);
    // Frees the places of those who have gone.
    void recount();

  private:
    Places& places_;
    talk::Shard& shard_;
    std::size_t taken_ = 0;
};

}  // namespace earshot::app
