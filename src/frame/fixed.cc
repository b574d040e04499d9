#include "frame/fixed.h"

#include "base/i18n.h"

namespace earshot::frame {

Step FixedFramer::next(ByteView bytes) {
    if (bytes.size() < size_) return {};
    return {.kind = StepKind::message, .consumed = size_, .payload_size = size_};
}

Step FixedFramer::finish(ByteView bytes) {
    if (bytes.empty() || bytes.size() >= size_) return next(bytes);
    return {.kind = StepKind::malformed,
            .consumed = bytes.size(),
            .payload_size = bytes.size(),
            .why = msgid("the stream ended within a message of fixed size")};
}

}  // namespace earshot::frame
