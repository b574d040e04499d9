// What a shard counts while it goes about its work. Its thread writes, any thread may read.
#pragma once

#include <array>

#include "base/count.h"
#include "base/result.h"

namespace earshot::talk {

struct Tally {
    Count accepted, called;                 // conversations that began: who began them
    std::array<Count, kReasonCount> ended;  // conversations that are over, by Reason
    Count received, sent;                   // bytes
    Count queued;                           // bytes waiting now to be sent
    Count read_paused;                      // conversations that are not read now
    Count missed;                           // messages that callers who read too slowly did not get
    Count given_up;                         // messages that waited for callers when memory was short
};

}  // namespace earshot::talk
