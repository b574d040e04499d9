// Sorts a capture's packets into TCP conversations, numbered as Wireshark numbers them (tcp.stream), and says which end
// of each is the client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "trace/packet.h"

namespace earshot::trace {

struct Stream {
    std::size_t number = 0;  // from 0, in the order of the first packets
    Place client, server;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;  // of payload, both ways, retransmitted ones too
    WallTime first{}, last{};
    // Which end is the client will not change any more: the opening was seen, or so much without one that the first
    // sender stays it.
    bool ends_known = false;
    bool opening_seen = false;  // a SYN, with or without ACK
};

class Streams {
  public:
    static constexpr std::uint64_t kUndecided = 64;  // packets after which a SYN does not turn the ends round any more

    // Which conversation the packet belongs to. A SYN with another initial number than its sender's last one opens a
    // new conversation between the same two places. Sets segment.from by what is known of the ends so far: packets
    // taken before ends_known may have to be given from anew (end_of).
    const Stream& add(Packet& packet);
    const std::vector<Stream>& all() const { return streams_; }

  private:
    struct Base {
        std::optional<std::uint32_t> lower, higher;  // each place's first sequence number, SYN counted
    };
    void open(const Packet& packet, std::pair<Place, Place> pair);
    void note_ends(Stream& stream, const Packet& packet);

    std::vector<Stream> streams_;
    std::vector<Base> bases_;                                   // beside streams_
    std::map<std::pair<Place, Place>, std::size_t> newest_of_;  // places in order -> the last stream between them
};

// Which end of its stream sent the packet.
End end_of(const Stream& stream, const Packet& packet);

}  // namespace earshot::trace
