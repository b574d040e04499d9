#include "app/payload_encodings.h"

#include <algorithm>

#include "app/locale.h"
#include "talk/text_reader.h"
#include "text/candidates.h"
#include "text/iconv_codec.h"

namespace earshot::app {

Result<PayloadEncodings> PayloadEncodings::of(const std::string& client, const std::string& server,
                                              const std::vector<const text::Encoding*>& candidates) {
    PayloadEncodings made;
    const std::string* labels[] = {&client, &server};
    for (std::size_t i = 0; i < 2; ++i) {
        const auto choice = talk::TextChoice::parse(*labels[i]);
        if (!choice) return choice.error();
        made.ends_[i].encoding = choice->encoding;
        if (choice->kind != talk::TextChoice::Kind::detect) continue;
        made.ends_[i].detector.emplace(candidates);
        made.ends_[i].encoding = made.ends_[i].detector->verdict().encoding;
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

std::vector<const text::Encoding*> candidates_of(const Options& options) {
    std::vector<const text::Encoding*> found;
    for (const std::string& label : options.detect) {
        found.push_back(*text::user_encoding(label));  // checked when it was given
    }
    return found.empty() ? text::candidates_for(characters_locale(from_process)) : found;
}

Result<PayloadEncodings> payload_encodings(const Options& options, const Effective& holds, trace::End self,
                                           const std::vector<const text::Encoding*>& candidates) {
    const auto label = [](const std::string& held, const std::optional<std::string>& named) {
        return held == "bytes" && !named ? std::string("auto") : held;
    };
    const std::string sent = label(holds.send_encoding, options.send_encoding);
    const std::string received = label(holds.recv_encoding, options.recv_encoding);
    // At a tap `received` is what clients send, on both sides of it.
    const bool calls = self == trace::End::client && options.verb != Verb::tap;
    return PayloadEncodings::of(calls ? sent : received, calls ? received : sent, candidates);
}

bool is_repeated(const trace::SegmentRow& row) {
    return std::any_of(row.marks.begin(), row.marks.end(), [](const trace::Marked& mark) {
        return mark.remark == trace::Remark::retransmission || mark.remark == trace::Remark::fast_retransmission;
    });
}

}  // namespace earshot::app
