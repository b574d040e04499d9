#include "frame/chunk.h"

#include <algorithm>

namespace earshot::frame {

Step ChunkFramer::next(ByteView bytes) {
    if (bytes.empty()) return {};
    const std::size_t size = std::min(bytes.size(), max_message_);
    return {.kind = StepKind::message, .consumed = size, .payload_size = size};
}

}  // namespace earshot::frame
