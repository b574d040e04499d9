// Gives each packet once where a capture saw it twice: leaving and arriving (loopback, `any`), or on two interfaces on
// its way (a bridge, a router). The two views become one segment with both times; a real retransmission stays two.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/clock.h"
#include "trace/packet.h"

namespace earshot::trace {

// Packets go in in the order of the capture and come out in the order of their first view. A packet waits for its twin
// for `patience` at most, by the time of later packets or of tick(); where twins do not come, nothing waits any more.
class TwinFinder {
  public:
    // Views of one machine are microseconds apart, and whoever watches should not wait.
    static constexpr std::chrono::milliseconds kLive{20};
    // Views of both ends, merged into one file, are as far apart as the ends are: half the way around the world and
    // back. No SYN is sent again so soon.
    static constexpr std::chrono::milliseconds kMerged{600};

    explicit TwinFinder(std::chrono::nanoseconds patience = kLive);

    void add(Packet packet);
    void tick(WallTime now);  // live: time goes by without packets
    void finish();            // nothing follows: nothing waits
    std::vector<Packet> take();
    // Whether one waits: tick() is needed.
    bool is_waiting() const { return given_ < seen_.size(); }
    std::uint64_t twins() const { return twins_; }

  private:
    struct Seen {
        Packet packet;
        WallTime time;
        std::uint64_t before;  // the one before it in its bucket: its number, from 1; 0: none
        bool paired = false;
    };
    enum class Kin : std::uint8_t { stranger, far_end, same_way };

    Kin kin_of(const Seen& first, const Packet& second, WallTime time) const;
    Seen* oldest_kin(const Packet& packet, WallTime now, std::size_t bucket, Kin& kin);
    void settle(WallTime now);

    std::chrono::nanoseconds patience_;
    std::chrono::nanoseconds furthest_;  // two views that are further apart are of two packets
    std::deque<Seen> seen_;              // those before given_ are kept only to know their twins by
    std::uint64_t forgotten_ = 0;        // how many have been in seen_ before its first
    // The newest of each bucket, by its number, from 1 (0: none): packets of a bulk transfer are many, and all but one
    // are no twins of a new one.
    std::array<std::uint64_t, 1024> newest_{};
    std::size_t given_ = 0;
    std::vector<Packet> ready_;
    std::uint64_t twins_ = 0;
    int lonely_ = 0;  // packets in a row that waited in vain
};

}  // namespace earshot::trace
