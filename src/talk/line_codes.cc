#include "talk/line_codes.h"

#include <algorithm>

#include "text/encoder.h"

namespace earshot::talk {

frame::LineCodes line_codes(const text::Encoding& encoding) {
    frame::LineCodes codes;
    if (&encoding == &text::utf8()) return codes;
    std::vector<std::uint8_t> feed;
    std::vector<std::uint8_t> back;
    if (text::Encoder(encoding).encode("\n", feed) || text::Encoder(encoding).encode("\r", back)) return codes;
    if (feed.empty() || feed.size() > codes.line_feed.size() || feed.size() != back.size()) return codes;
    codes = {.unit = static_cast<std::uint8_t>(feed.size()), .line_feed = {}, .carriage_return = {}};
    std::copy(feed.begin(), feed.end(), codes.line_feed.begin());
    std::copy(back.begin(), back.end(), codes.carriage_return.begin());
    return codes;
}

frame::LineCodes line_codes(const TextChoice& choice) {
    if (choice.kind == TextChoice::Kind::encoding) return line_codes(*choice.encoding);
    frame::LineCodes codes;
    codes.mark_decides = choice.kind == TextChoice::Kind::detect;
    return codes;
}

}  // namespace earshot::talk
