#include "view/ladder/payload_encodings.h"

#include <algorithm>

#include "text/iconv_codec.h"

namespace earshot::view {

Result<PayloadEncodings> PayloadEncodings::of(const std::string& client, const std::string& server,
                                              const std::vector<const text::Encoding*>& candidates) {
    PayloadEncodings made;
    const std::string* labels[] = {&client, &server};
    for (std::size_t i = 0; i < 2; ++i) {
        One& one = made.ends_[i];
        if (*labels[i] == "bytes") continue;
        if (*labels[i] == "auto") {
            one.encoding = one.detector.emplace(candidates).verdict().encoding;
            continue;
        }
        const auto named = text::user_encoding(*labels[i]);
        if (!named) return named.error();
        one.encoding = *named;
    }
    return made;
}

bool PayloadEncodings::add(trace::End from, ByteView payload) {
    One& one = ends_[index(from)];
    if (!one.detector || payload.empty()) return false;
    const text::Encoding* found = one.detector->add(payload).encoding;
    const bool changed = found != one.encoding;
    one.encoding = found;
    return changed;
}

bool PayloadEncodings::is_repeated(const trace::SegmentRow& row) {
    return std::any_of(row.marks.begin(), row.marks.end(), [](const trace::Marked& mark) {
        return mark.remark == trace::Remark::retransmission || mark.remark == trace::Remark::fast_retransmission;
    });
}

}  // namespace earshot::view
