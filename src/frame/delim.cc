#include "frame/delim.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/i18n.h"
#include "frame/too_long.h"

namespace earshot::frame {
namespace {

const char* const kTooLong = msgid("no delimiter within the size a message may have");

std::vector<std::uint32_t> borders(const std::vector<std::uint8_t>& text) {
    std::vector<std::uint32_t> border(text.size() + 1, 0);
    std::uint32_t length = 0;
    for (std::size_t at = 1; at < text.size(); ++at) {
        while (length > 0 && text[at] != text[length]) length = border[length];
        if (text[at] == text[length]) ++length;
        border[at + 1] = length;
    }
    return border;
}

}  // namespace

DelimFramer::DelimFramer(std::vector<std::uint8_t> delimiter, std::size_t max_message)
    : delimiter_(std::move(delimiter)), border_(borders(delimiter_)), limit_(max_message), max_message_(max_message) {
    EARSHOT_CHECK(!delimiter_.empty());
}

void DelimFramer::set_line_codes(const LineCodes& codes) {
    const std::size_t unit = delimiter_.size() % codes.unit == 0 ? codes.unit : 1;
    if (unit == unit_) return;
    unit_ = unit;
    set_max_message(limit_);
    scanned_ = matched_ = 0;
}

void DelimFramer::set_max_message(std::size_t max_message) {
    limit_ = max_message;
    max_message_ = std::max(limit_ - limit_ % unit_, unit_);
}

// True where the delimiter is complete, its last byte being the one before scanned_.
bool DelimFramer::scan(ByteView bytes) {
    const std::size_t size = delimiter_.size();
    while (scanned_ < bytes.size()) {
        if (matched_ == 0) {
            const void* const found = std::memchr(bytes.data() + scanned_, delimiter_[0], bytes.size() - scanned_);
            if (!found) {
                scanned_ = bytes.size();
                return false;
            }
            scanned_ = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data()) + 1;
            matched_ = 1;
        } else {
            const std::uint8_t byte = bytes[scanned_++];
            while (matched_ > 0 && byte != delimiter_[matched_]) matched_ = border_[matched_];
            if (byte == delimiter_[matched_]) ++matched_;
        }
        if (matched_ == size) {
            if (stands_right()) return true;
            matched_ = border_[size];
        }
    }
    return false;
}

Step DelimFramer::next(ByteView bytes) {
    // The delimiter of a message that is just short enough begins at max_message_.
    if (scan(bytes.first(std::min(bytes.size(), max_message_ + delimiter_.size())))) {
        const std::size_t consumed = std::exchange(scanned_, 0);
        matched_ = 0;
        if (std::exchange(too_long_, false)) return give_up(kTooLong, max_message_, consumed, true);
        return {.kind = StepKind::message, .consumed = consumed, .payload_size = consumed - delimiter_.size()};
    }
    // The earliest place where the delimiter can still begin decides, not how much has been looked at.
    if (scanned_ - matched_ <= max_message_) return {};
    scanned_ -= max_message_;
    return give_up(kTooLong, max_message_, max_message_, std::exchange(too_long_, true));
}

Step DelimFramer::finish(ByteView bytes) {
    const Step step = next(bytes);
    if (step.kind != StepKind::need_more) return step;
    if (bytes.size() > max_message_) {  // ends in a part of a delimiter that would have come just in time
        scanned_ = matched_ = 0;
        return give_up(kTooLong, max_message_, max_message_, std::exchange(too_long_, true));
    }
    scanned_ = matched_ = 0;
    return last_of(bytes, kTooLong, max_message_, std::exchange(too_long_, false));
}

}  // namespace earshot::frame
