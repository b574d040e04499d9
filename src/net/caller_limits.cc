#include "net/caller_limits.h"

#include <sys/random.h>

#include <algorithm>
#include <chrono>

#include "base/i18n.h"

namespace earshot::net {

namespace {

// 64Ki addresses, 1 MiB: who has more of them at his command is for --max-rate.
constexpr std::size_t kSets = 16 * 1024, kWays = 4;

std::array<std::uint64_t, 2> make_secret() {
    std::array<std::uint64_t, 2> secret{};
    if (::getrandom(secret.data(), sizeof secret, GRND_NONBLOCK) != sizeof secret) {
        secret[0] = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    }
    secret[1] |= 1;
    return secret;
}

Error refusal(std::string message) { return {Reason::limit, std::move(message)}; }

}  // namespace

std::uint64_t caller_key(const Endpoint& peer) {
    std::uint64_t key = 0;
    const std::size_t size = peer.family() == Endpoint::Family::ipv4 ? 4 : 8;
    for (std::size_t i = 0; i < size; ++i) key = key << 8 | peer.address_bytes()[i];
    // ff00::/8 is multicast, where nobody calls from.
    return size == 4 ? key | 0xFFFF'FFFF'0000'0000 : key;
}

// He who was let in, for as long as he is here.
struct CallerLimits::Seat {
    Seat() = default;
    ~Seat() {
        if (limits) limits->leave(key);
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    std::shared_ptr<CallerLimits> limits;  // once he is counted
    std::uint64_t key = 0;
};

std::size_t CallerLimits::Scatter::operator()(std::uint64_t key) const {
    std::uint64_t mixed = key ^ secret[0];
    for (int round = 0; round < 2; ++round) {
        mixed *= secret[1];
        mixed ^= mixed >> 32;
        mixed += secret[0];
    }
    return static_cast<std::size_t>(mixed ^ mixed >> 29);
}

std::shared_ptr<CallerLimits> CallerLimits::make(const CallerLimitOptions& options) {
    return std::shared_ptr<CallerLimits>(new CallerLimits(options));
}

CallerLimits::CallerLimits(const CallerLimitOptions& options)
    : options_(options), scatter_{make_secret()}, present_(0, scatter_) {
    if (options.rate_per_address.is_limited()) recent_.resize(kSets * kWays);
}

// The address's own pace, or that of one who has waited longest and is forgotten for it. To forget lets somebody in too
// early; it never keeps anybody out.
Pace& CallerLimits::recent(std::uint64_t key) {
    Recent* const set = recent_.data() + scatter_(key) % kSets * kWays;
    Recent* const found = std::find_if(set, set + kWays, [key](const Recent& each) { return each.key == key; });
    if (found != set + kWays) return found->pace;
    Recent* const oldest = std::min_element(
        set, set + kWays, [](const Recent& a, const Recent& b) { return a.pace.full_at() < b.pace.full_at(); });
    *oldest = Recent{key, {}};
    return oldest->pace;
}

Result<CallerLimits::Place> CallerLimits::enter(const Endpoint& peer, SteadyTime now) {
    const std::lock_guard lock(mutex_);
    const bool counts = peer.is_ip() && options_.max_per_address != 0;
    const std::uint64_t key = peer.is_ip() ? caller_key(peer) : 0;
    if (counts) {
        const auto here = present_.find(key);
        if (here != present_.end() && here->second >= options_.max_per_address) {
            return refusal(tr_format("{} was not let in: his address has {} callers here already (--max-per-address)",
                                     peer.text(), here->second));
        }
    }
    if (options_.rate.is_limited() && !all_.has_room(options_.rate, now)) {
        return refusal(tr_format("{} was not let in: callers come too fast (--max-rate)", peer.text()));
    }
    if (peer.is_ip() && options_.rate_per_address.is_limited()) {
        Pace& pace = recent(key);
        if (!pace.has_room(options_.rate_per_address, now)) {
            return refusal(
                tr_format("{} was not let in: his address calls too often (--max-rate-per-address)", peer.text()));
        }
        pace.spend(options_.rate_per_address, now);
    }
    if (options_.rate.is_limited()) all_.spend(options_.rate, now);
    if (!counts) return Place();
    auto seat = std::make_shared<Seat>();
    ++present_[key];
    seat->limits = shared_from_this();
    seat->key = key;
    return Place(std::move(seat));
}

void CallerLimits::leave(std::uint64_t key) {
    const std::lock_guard lock(mutex_);
    const auto here = present_.find(key);
    if (--here->second == 0) present_.erase(here);
}

std::size_t CallerLimits::addresses_present() const {
    const std::lock_guard lock(mutex_);
    return present_.size();
}

}  // namespace earshot::net
