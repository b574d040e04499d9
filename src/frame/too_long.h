// What a framing says of a message that is longer than one may be: it is given up in pieces.
#pragma once

#include "frame/framer.h"

namespace earshot::frame {

// A piece of a message of more than `most` bytes. `continued`: not the first.
inline Step give_up(const char* why, std::size_t most, std::size_t consumed, bool continued) {
    return {.kind = StepKind::malformed,
            .consumed = consumed,
            .payload_size = consumed,
            .why = why,
            .most = most,
            .continued = continued};
}

// What is left at the end: a message, or where its beginning has been given up its last piece.
inline Step last_of(ByteView bytes, const char* why, std::size_t most, bool continued) {
    if (bytes.empty()) return {};
    if (continued) return give_up(why, most, bytes.size(), true);
    return {.kind = StepKind::message, .consumed = bytes.size(), .payload_size = bytes.size()};
}

}  // namespace earshot::frame
