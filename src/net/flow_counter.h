// Counts a conversation's plain data in the kernel while they pass a capture, instead of having the header of each
// segment copied to us: an eBPF program takes the place of the capture's filter. It lets a segment pass uncounted only
// where that is the next one in order and nothing else is to be said of it; any other one it hands to the capture, and
// counts no more until it is told to: so nothing that is worth a row is missed, and the order holds.
//
// Needs CAP_BPF (root has it); without it the capture sees every segment, as ever. Loopback's arrivals only: there each
// packet is seen once, and there it is worth it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/unique_fd.h"
#include "net/endpoint.h"
#include "trace/place.h"
#include "trace/segment.h"
#include "trace/stretch.h"

namespace earshot::net {

class FlowCounter {
  public:
    // What the program must know of the capture whose filter it replaces.
    struct Capture {
        int socket = -1;
        int network_offset = 0;           // of the IP header in a frame
        unsigned loopback = 0;            // index of loopback, where other interfaces are seen too; 0: it is seen alone
        int snaplen = 0;                  // bytes of a frame that is let through
        std::span<const Endpoint> peers;  // whose packets are let through: as the filter has it
    };
    // A flow's place in the table, shared by its two directions.
    using Slot = unsigned;
    static constexpr unsigned kSlots = 16;

    // All since the slot was taken, seen by the program and not handed to the capture.
    struct Tally {
        trace::Stretch counted;  // `bytes` and `pure_acks` modulo 2^32
        bool is_running = false;
        bool has_control = false;  // a SYN, FIN or RST has passed: it counts no more until it is watched anew
    };

    // Null where the kernel refuses; the capture's filter is then as it was.
    static std::unique_ptr<FlowCounter> attach(const Capture& capture);
    ~FlowCounter();
    FlowCounter(const FlowCounter&) = delete;
    FlowCounter& operator=(const FlowCounter&) = delete;

    // Follows the numbers of a flow from now on, counting nothing yet. `next`: by End, the number that each is known to
    // send next; it may be behind. None: another one has the place.
    std::optional<Slot> watch(const trace::Place& client, const trace::Place& server,
                              const std::array<std::uint32_t, 2>& next);
    void release(Slot slot);
    // Counts from now on what is plain, as long as that is all that comes, and at most kUnread segments each way after
    // the last start() or go_on(): who does not read the tally any more gets the segments again.
    void start(Slot slot);
    void go_on(Slot slot);
    void stop(Slot slot);
    Tally read(Slot slot) const;

    // So few that their bytes can be told apart modulo 2^32.
    static constexpr std::uint64_t kUnread = 60'000;

  private:
    friend struct FlowTable;
    explicit FlowCounter(struct FlowTable* table) : table_(table) {}
    struct FlowTable* table_;  // shared with the kernel
};

}  // namespace earshot::net
