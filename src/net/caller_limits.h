// How many callers one address may have here and how often callers may come: --max-per-address, --max-rate,
// --max-rate-per-address. Shared by all doors of a listener and asked once for each caller, before he costs anything.
// What it remembers is bounded, whoever calls: addresses that are here, and a table of fixed size for those that were.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/pace.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace earshot::net {

struct CallerLimitOptions {
    std::uint64_t max_per_address = 0;  // callers at once, handshakes under way included; 0: no limit
    Rate rate;                          // new callers, of all addresses together
    Rate rate_per_address;

    bool any() const { return max_per_address != 0 || rate.is_limited() || rate_per_address.is_limited(); }
};

// What counts as one address: an IPv4 address, or the /64 of an IPv6 one, which is what one household is given.
std::uint64_t caller_key(const Endpoint& peer);

// Thread-safe. Times may come from several clocks' readings, a little out of order.
class CallerLimits final : public std::enable_shared_from_this<CallerLimits> {
  public:
    // Held by whoever was let in; his place is free again when it is gone. Null: nobody counts him.
    using Place = std::shared_ptr<const void>;

    static std::shared_ptr<CallerLimits> make(const CallerLimitOptions& options);

    // Errors: limit, with what was exceeded. Who is refused uses up nothing. A Unix peer has no address: only the rate
    // of all is his.
    Result<Place> enter(const Endpoint& peer, SteadyTime now);

    // For tests: how many addresses are counted now.
    std::size_t addresses_present() const;

  private:
    struct Seat;
    // Strangers choose their addresses: without a secret they could choose those that share a place in a table.
    struct Scatter {
        std::array<std::uint64_t, 2> secret;
        std::size_t operator()(std::uint64_t key) const;
    };
    struct Recent {
        std::uint64_t key = 0;
        Pace pace;  // one that is full says nothing about its key
    };

    explicit CallerLimits(const CallerLimitOptions& options);
    Pace& recent(std::uint64_t key);
    void leave(std::uint64_t key);

    const CallerLimitOptions options_;
    const Scatter scatter_;
    mutable std::mutex mutex_;
    Pace all_;
    std::unordered_map<std::uint64_t, std::uint64_t, Scatter> present_;  // callers by address
    std::vector<Recent> recent_;                                         // sets of kWays; empty without that limit
};

}  // namespace earshot::net
