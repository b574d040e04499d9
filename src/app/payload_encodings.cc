#include "app/payload_encodings.h"

#include "app/locale.h"
#include "text/candidates.h"
#include "text/iconv_codec.h"

namespace earshot::app {

std::vector<const text::Encoding*> candidates_of(const Options& options) {
    std::vector<const text::Encoding*> found;
    for (const std::string& label : options.detect) {
        found.push_back(*text::user_encoding(label));  // checked when it was given
    }
    return found.empty() ? text::candidates_for(characters_locale(from_process)) : found;
}

Result<view::PayloadEncodings> payload_encodings(const Options& options, const Effective& holds, trace::End self,
                                                 const std::vector<const text::Encoding*>& candidates) {
    const auto label = [](const std::string& held, const std::optional<std::string>& named) {
        return held == "bytes" && !named ? std::string("auto") : held;
    };
    const std::string sent = label(holds.send_encoding, options.send_encoding);
    const std::string received = label(holds.recv_encoding, options.recv_encoding);
    // At a tap `received` is what clients send, on both sides of it.
    const bool calls = self == trace::End::client && options.verb != Verb::tap;
    return view::PayloadEncodings::of(calls ? sent : received, calls ? received : sent, candidates);
}

}  // namespace earshot::app
