#include "frame/length.h"

#include "base/i18n.h"

namespace earshot::frame {
namespace {

const char* const kImpossible = msgid("the length field asks for less than nothing or more than a message may have");

}  // namespace

std::optional<std::size_t> LengthFramer::payload_size(ByteView header) const {
    const ByteView digits = header.subspan(field_.offset, field_.width);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        value = value << 8 | digits[field_.big_endian ? i : digits.size() - 1 - i];
    }
    const std::int64_t size = static_cast<std::int64_t>(value) + field_.adjust;
    if (size < 0 || static_cast<std::uint64_t>(size) > max_message_) return std::nullopt;
    return static_cast<std::size_t>(size);
}

Step LengthFramer::next(ByteView bytes) {
    const bool was_lost = lost_;
    if (whole_ == 0 && !lost_) {
        if (bytes.size() < header()) return {};
        const std::optional<std::size_t> size = payload_size(bytes.first(header()));
        if (!size) {
            lost_ = true;
            bytes = bytes.first(header());
        } else {
            whole_ = header() + *size;
        }
    }
    if (lost_) {
        if (bytes.empty()) return {};
        return {.kind = StepKind::malformed,
                .consumed = bytes.size(),
                .payload_size = bytes.size(),
                .why = kImpossible,
                .lost = true,
                .continued = was_lost};
    }
    if (bytes.size() < whole_) return {};
    const Step step{
        .kind = StepKind::message, .consumed = whole_, .payload_at = header(), .payload_size = whole_ - header()};
    whole_ = 0;
    return step;
}

Step LengthFramer::finish(ByteView bytes) {
    const Step step = next(bytes);
    if (step.kind != StepKind::need_more) return step;
    whole_ = 0;
    lost_ = false;
    if (bytes.empty()) return {};
    return {.kind = StepKind::malformed,
            .consumed = bytes.size(),
            .payload_size = bytes.size(),
            .why = msgid("the stream ended within a message, before the length that it announced")};
}

}  // namespace earshot::frame
