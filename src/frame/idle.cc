#include "frame/idle.h"

#include <utility>

#include "base/i18n.h"
#include "frame/too_long.h"

namespace earshot::frame {
namespace {

const char* const kTooLong = msgid("no pause within the size a message may have");

}  // namespace

Step IdleFramer::next(ByteView bytes) {
    if (bytes.size() <= max_message_) return {};
    return give_up(kTooLong, max_message_, max_message_, std::exchange(too_long_, true));
}

Step IdleFramer::finish(ByteView bytes) {
    const Step step = next(bytes);
    if (step.kind != StepKind::need_more) return step;
    return last_of(bytes, kTooLong, max_message_, std::exchange(too_long_, false));
}

}  // namespace earshot::frame
