#include "app/payload_encodings.h"

#include "talk/text_reader.h"

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

}  // namespace earshot::app
