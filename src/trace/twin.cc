#include "trace/twin.h"

#include <algorithm>
#include <utility>

namespace earshot::trace {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kRemembered = 512;   // packets that a new one is held against; twins follow each other closely
constexpr auto kNear = milliseconds(50);   // whoever looks the same so soon may be believed to be the same
constexpr auto kAtOnce = milliseconds(1);  // no retransmission comes so soon after an opening
constexpr int kEnoughLonely = 4;           // then no twins are expected

WallTime time_of(const Packet& packet) { return *packet.segment.seen_at(); }

// Everything that a packet keeps on its way. Checksums are left out: with offload only the second view has them.
bool is_same_segment(const Packet& a, const Packet& b) {
    const Segment &x = a.segment, &y = b.segment;
    return x.seq == y.seq && x.ack == y.ack && x.length == y.length && x.flags == y.flags && a.ip_id == b.ip_id &&
           x.window == y.window && a.from == b.from && a.to == b.to && x.options == y.options && x.payload == y.payload;
}

// By what twins have in common and others rarely have.
std::size_t bucket_of(const Packet& packet, std::size_t buckets) {
    std::uint64_t mixed = std::uint64_t{packet.segment.seq} << 32 | packet.segment.ack;
    mixed += (std::uint64_t{packet.from.port} << 32) + packet.to.port + packet.segment.length;
    mixed *= 0x9e3779b97f4a7c15;  // 2^64 divided by the golden ratio: spreads neighbours over all
    return static_cast<std::size_t>(mixed >> 32) % buckets;
}

}  // namespace

TwinFinder::Kin TwinFinder::kin_of(const Seen& first, const Packet& second, WallTime time) const {
    if (!is_same_segment(first.packet, second)) return Kin::stranger;
    const auto apart = std::chrono::abs(time - first.time);
    // What is sent again looks the same where neither packets are numbered nor clocks stamped; resets have no stamp.
    const bool numbered = first.packet.ip_id.value_or(0) != 0;
    const bool stamped = first.packet.segment.options.timestamps.has_value();
    const bool is_marked = numbered || stamped || second.segment.has(kRst);
    if (apart > (is_marked ? furthest_ : std::min<std::chrono::nanoseconds>(furthest_, kNear))) return Kin::stranger;
    const Passage before = first.packet.passage, after = second.passage;
    const bool elsewhere =
        (first.packet.interface != 0 && second.interface != 0 && first.packet.interface != second.interface) ||
        first.packet.hops != second.hops;
    if (before == Passage::outgoing && after == Passage::incoming) {
        return first.paired ? (elsewhere ? Kin::same_way : Kin::stranger) : Kin::far_end;
    }
    if (before != Passage::unknown && after != Passage::unknown) {
        // Seen coming in and going out again, or twice the same way: on another interface it is the same packet, on the
        // same one the network has doubled it.
        return elsewhere || before != after ? Kin::same_way : Kin::stranger;
    }
    if (first.paired) return Kin::stranger;
    // Nobody says which way they passed. A system numbers its packets anew when it sends again (IPv4's identification);
    // where there is no such number, or after a while, only a capture that is known to show all twice is believed, and
    // to be known as one it must show an opening twice.
    if (numbered && apart <= kNear) return Kin::far_end;
    const bool opening = second.segment.has(kSyn) && (apart <= kAtOnce || numbered || stamped);
    return twins_ > 0 || opening ? Kin::far_end : Kin::stranger;
}

TwinFinder::TwinFinder(std::chrono::nanoseconds patience)
    : patience_(patience), furthest_(std::max<std::chrono::nanoseconds>(patience, kNear)) {}

// Of several the oldest: identical packets pair in their order.
TwinFinder::Seen* TwinFinder::oldest_kin(const Packet& packet, WallTime now, std::size_t bucket, Kin& kin) {
    Seen* found = nullptr;
    for (std::uint64_t number = newest_[bucket]; number > forgotten_;) {
        Seen& first = seen_[static_cast<std::size_t>(number - forgotten_ - 1)];
        if (const Kin is = kin_of(first, packet, now); is != Kin::stranger) {
            found = &first;
            kin = is;
        }
        number = first.before;
    }
    return found;
}

void TwinFinder::add(Packet packet) {
    const WallTime now = time_of(packet);
    const std::size_t bucket = bucket_of(packet, newest_.size());
    Kin kin = Kin::stranger;
    if (Seen* const first = oldest_kin(packet, now, bucket, kin)) {
        ++twins_;
        lonely_ = 0;
        if (kin == Kin::far_end) {
            first->paired = true;
            first->packet.segment.sent_at = first->time;
            first->packet.segment.arrived_at = now;
        }
    } else {
        seen_.push_back({std::move(packet), now, newest_[bucket]});
        newest_[bucket] = forgotten_ + seen_.size();
    }
    settle(now);
}

void TwinFinder::settle(WallTime now) {
    while (given_ < seen_.size()) {
        const Seen& next = seen_[given_];
        const bool in_vain = !next.paired && std::chrono::abs(now - next.time) >= patience_;
        if (!next.paired && !in_vain && lonely_ < kEnoughLonely) break;
        if (in_vain) ++lonely_;
        ready_.push_back(next.packet);
        ++given_;
    }
    while (given_ > 0 && (seen_.size() > kRemembered || now - seen_.front().time > furthest_)) {
        seen_.pop_front();
        ++forgotten_;
        --given_;
    }
}

void TwinFinder::tick(WallTime now) { settle(now); }

void TwinFinder::finish() {
    for (; given_ < seen_.size(); ++given_) ready_.push_back(seen_[given_].packet);
}

std::vector<Packet> TwinFinder::take() { return std::exchange(ready_, {}); }

}  // namespace earshot::trace
