#include "frame/idle.h"

#include <utility>

#include "base/i18n.h"

namespace earshot::frame {
namespace {

const char* const kTooLong = msgid("no pause within the size a message may have");

}  // namespace

Step IdleFramer::next(ByteView bytes) {
    if (bytes.size() <= max_message_) return {};
    too_long_ = true;
    return {.kind = StepKind::malformed, .consumed = max_message_, .payload_size = max_message_, .why = kTooLong};
}

Step IdleFramer::finish(ByteView bytes) {
    const Step step = next(bytes);
    if (step.kind != StepKind::need_more) return step;
    const bool too_long = std::exchange(too_long_, false);
    if (bytes.empty()) return {};
    if (too_long)
        return {.kind = StepKind::malformed, .consumed = bytes.size(), .payload_size = bytes.size(), .why = kTooLong};
    return {.kind = StepKind::message, .consumed = bytes.size(), .payload_size = bytes.size()};
}

}  // namespace earshot::frame
