#include "frame/idle.h"

#include <utility>

#include "base/i18n.h"

namespace earshot::frame {
namespace {

const char* const kTooLong = msgid("no pause within the size a message may have");

}  // namespace

Step IdleFramer::give_up(std::size_t consumed, bool continued) const {
    return {.kind = StepKind::malformed,
            .consumed = consumed,
            .payload_size = consumed,
            .why = kTooLong,
            .most = max_message_,
            .continued = continued};
}

Step IdleFramer::next(ByteView bytes) {
    if (bytes.size() <= max_message_) return {};
    return give_up(max_message_, std::exchange(too_long_, true));
}

Step IdleFramer::finish(ByteView bytes) {
    const Step step = next(bytes);
    if (step.kind != StepKind::need_more) return step;
    const bool too_long = std::exchange(too_long_, false);
    if (bytes.empty()) return {};
    if (too_long) return give_up(bytes.size(), true);
    return {.kind = StepKind::message, .consumed = bytes.size(), .payload_size = bytes.size()};
}

}  // namespace earshot::frame
