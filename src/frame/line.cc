#include "frame/line.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/i18n.h"

namespace earshot::frame {
namespace {

const char* const kTooLong = msgid("the line is longer than a message may be");

Step malformed(std::size_t consumed) {
    return {.kind = StepKind::malformed, .consumed = consumed, .payload_size = consumed, .why = kTooLong};
}

}  // namespace

Step LineFramer::next(ByteView bytes) {
    // The LF of a line that is just short enough stands at max_message_.
    const std::size_t end = std::min(bytes.size(), max_message_ + 1);
    if (scanned_ < end) {
        const void* const found = std::memchr(bytes.data() + scanned_, '\n', end - scanned_);
        if (found) {
            const auto at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
            scanned_ = 0;
            if (std::exchange(too_long_, false)) return malformed(at + 1);
            const bool cr = at > 0 && bytes[at - 1] == '\r';
            return {.kind = StepKind::message, .consumed = at + 1, .payload_size = cr ? at - 1 : at};
        }
        scanned_ = end;
    }
    if (scanned_ <= max_message_) return {};
    scanned_ -= max_message_;
    too_long_ = true;
    return malformed(max_message_);
}

Step LineFramer::finish(ByteView bytes) {
    const Step step = next(bytes);
    if (step.kind != StepKind::need_more) return step;
    scanned_ = 0;
    const bool too_long = std::exchange(too_long_, false);
    if (bytes.empty()) return {};
    if (too_long) return malformed(bytes.size());
    return {.kind = StepKind::message, .consumed = bytes.size(), .payload_size = bytes.size()};
}

}  // namespace earshot::frame
