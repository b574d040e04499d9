#include "frame/line.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/i18n.h"
#include "frame/too_long.h"

namespace earshot::frame {
namespace {

const char* const kTooLong = msgid("the line is longer than a message may be");

}  // namespace

void LineFramer::set_line_codes(const LineCodes& codes) {
    if (codes == codes_) return;
    codes_ = codes;
    set_max_message(limit_);
    scanned_ = 0;
}

void LineFramer::set_max_message(std::size_t max_message) {
    limit_ = max_message;
    most_ = std::max<std::size_t>(limit_ - limit_ % codes_.unit, codes_.unit);
}

// False: one more byte is needed to tell.
bool LineFramer::look_for_mark(ByteView bytes) {
    if (bytes.empty() || (bytes.size() == 1 && bytes[0] >= 0xFE)) return false;
    LineCodes found;
    if (bytes.size() > 1 && (bytes[0] ^ bytes[1]) == 1 && bytes[0] >= 0xFE) {
        const std::size_t low = bytes[0] == 0xFE ? 1 : 0;
        found = {.unit = 2, .line_feed = {}, .carriage_return = {}};
        found.line_feed[low] = '\n';
        found.carriage_return[low] = '\r';
    }
    set_line_codes(found);
    return true;
}

// Where the first whole LF in `bytes` begins; kNone: nowhere. A code unit that is cut at the end is looked at again.
std::size_t LineFramer::find_unit(ByteView bytes) {
    const std::size_t unit = codes_.unit;
    const std::size_t end = bytes.size() - bytes.size() % unit;
    const auto& feed = codes_.line_feed;
    const auto telling = static_cast<std::size_t>(
        std::find_if(feed.begin(), feed.begin() + codes_.unit - 1, [](std::uint8_t byte) { return byte != 0; }) -
        feed.begin());
    while (scanned_ < end) {
        const void* const found = std::memchr(bytes.data() + scanned_, feed[telling], end - scanned_);
        if (!found) break;
        const auto at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
        const std::size_t begin = at - at % unit;
        if (std::memcmp(bytes.data() + begin, feed.data(), unit) == 0) return begin;
        scanned_ = begin + unit;
    }
    scanned_ = end;
    return kNone;
}

// The same where a unit is a byte.
std::size_t LineFramer::find_byte(ByteView bytes) {
    if (scanned_ < bytes.size()) {  // else the limit has been lowered meanwhile
        const void* const found = std::memchr(bytes.data() + scanned_, codes_.line_feed[0], bytes.size() - scanned_);
        if (found) return static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
    }
    scanned_ = bytes.size();
    return kNone;
}

bool LineFramer::is_carriage_return(const std::uint8_t* at) const {
    if (codes_.unit == 1) return *at == codes_.carriage_return[0];
    return std::memcmp(at, codes_.carriage_return.data(), codes_.unit) == 0;
}

Step LineFramer::next(ByteView bytes) {
    if (codes_.mark_decides && !look_for_mark(bytes)) return {};
    const std::size_t unit = codes_.unit;
    // The LF of a line that is just short enough stands at most_.
    const ByteView looked_at = bytes.first(std::min(bytes.size(), most_ + unit));
    if (const std::size_t at = unit == 1 ? find_byte(looked_at) : find_unit(looked_at); at != kNone) {
        scanned_ = 0;
        if (std::exchange(too_long_, false)) return give_up(kTooLong, most_, at + unit, true);
        const bool cr = at > 0 && is_carriage_return(bytes.data() + at - unit);
        return {.kind = StepKind::message, .consumed = at + unit, .payload_size = cr ? at - unit : at};
    }
    if (scanned_ <= most_) return {};
    scanned_ -= most_;
    return give_up(kTooLong, most_, most_, std::exchange(too_long_, true));
}

Step LineFramer::finish(ByteView bytes) {
    if (const Step step = next(bytes); step.kind != StepKind::need_more) return step;
    if (bytes.size() > most_) {  // ends in a part of a code unit
        scanned_ = 0;
        return give_up(kTooLong, most_, most_, std::exchange(too_long_, true));
    }
    scanned_ = 0;
    return last_of(bytes, kTooLong, most_, std::exchange(too_long_, false));
}

}  // namespace earshot::frame
