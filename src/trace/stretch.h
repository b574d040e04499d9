// A stretch of plain data in order that was counted where it passed (net/flow_counter) instead of being handed over
// segment by segment. Every one of its segments has been seen and found to be the next one of its sender.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "trace/segment.h"

namespace earshot::trace {

struct Stretch {
    struct Way {                     // what one end sent
        std::uint64_t segments = 0;  // with payload
        std::uint64_t bytes = 0;     // of payload
        std::uint64_t pure_acks = 0;
        // Of the last one: as in the header, absolute and not scaled.
        std::uint32_t next = 0;  // one past its last number
        std::uint32_t ack = 0;
        std::uint16_t window = 0;
        std::uint32_t last_length = 0;  // payload of the last one that had any
        std::optional<WallTime> last;   // when it passed; none: nothing was sent this way

        std::uint64_t count() const { return segments + pure_acks; }
        bool is_empty() const { return count() == 0 && bytes == 0; }
    };
    std::array<Way, 2> ways;  // by End

    const Way& from(End end) const { return ways[static_cast<std::size_t>(end)]; }
    Way& from(End end) { return ways[static_cast<std::size_t>(end)]; }
};

}  // namespace earshot::trace
