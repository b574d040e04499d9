// The memory that FlowCounter and its program in the kernel share: one map of one value, mapped into both.
#pragma once

#include <cstdint>
#include <vector>

#include "net/bpf_code.h"
#include "net/flow_counter.h"

namespace earshot::net {

enum FlowHold : std::uint32_t { kHeld = 1, kHadControl = 2 };  // nothing is counted unless it is 0

// Cache lines are kept apart by who writes them: the ends of a connection often run on two processors.
struct FlowSlot {
    struct Key {                // as it stands in the packets of one direction
        std::uint32_t ports;    // source, destination
        std::uint32_t from[4];  // IPv4: the first
        std::uint32_t to[4];
        std::uint32_t unused[3];
    };
    struct Last {
        std::uint64_t time;    // CLOCK_TAI; 0: none
        std::uint32_t ack;     // as in the header
        std::uint16_t window;  // the same
        std::uint16_t length;  // payload of the last one that had any
    };
    struct alignas(64) Way {
        std::uint64_t place;      // low half: the number after the last one counted; high half: bytes counted. One step
        std::uint64_t segments;   // counted
        std::uint64_t limit;      // of them
        std::uint32_t pure_acks;  // counted
        std::uint32_t next;       // the number expected, after whatever came
        Last counted, any;        // the last segment that was counted, and the last one whatever became of it
    };
    std::uint32_t family;  // 4, 6; 0: free. Written last
    std::uint32_t hold;
    std::uint64_t unused;
    Key keys[2];
    Way ways[2];
};
static_assert(sizeof(FlowSlot) == 256);

struct FlowTable {
    FlowSlot slots[FlowCounter::kSlots];
};
static_assert(sizeof(FlowTable) == 4096);

// The same as the program computes it.
inline FlowCounter::Slot flow_slot(std::uint16_t a, std::uint16_t b) { return (a ^ b) & (FlowCounter::kSlots - 1U); }

// `map`: the descriptor of the table.
BpfCode flow_program(const FlowCounter::Capture& capture, int map);

}  // namespace earshot::net
