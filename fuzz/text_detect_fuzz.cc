// Whatever the bytes, the candidates and the ends of messages, and however they are cut: the verdict after them is the
// same, what is sticky stays, and a decoder that takes over in the middle gives the text the whole has. The first byte
// gives the cuts, the second the candidates, and 0x0B ends a message.
#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "text/detect.h"

namespace {

using namespace earshot;
using namespace earshot::text;

std::vector<const Encoding*> candidates_of(std::uint8_t choice) {
    const std::span<const Encoding> all = encodings();
    std::vector<const Encoding*> candidates;
    for (std::size_t i = 0; i < all.size(); ++i) {
        // 0: all there are; else a few, in an order that differs with the choice.
        if (choice == 0 || (i * 7 + choice) % 5 == 0) candidates.push_back(&all[(i + choice) % all.size()]);
    }
    return candidates;
}

class Stream {
  public:
    explicit Stream(std::span<const Encoding* const> candidates) : detector_(candidates) {}

    void add(ByteView bytes, bool message_ends) {
        const Verdict before = detector_.verdict();
        const Verdict after = detector_.add(bytes, message_ends);
        EARSHOT_CHECK(before.certainty != Certainty::sticky || before == after);
        EARSHOT_CHECK(after.encoding != nullptr);
        EARSHOT_CHECK(before.certainty == Certainty::undecided || after.certainty != Certainty::undecided);
        if (before.certainty != Certainty::sticky) EARSHOT_CHECK(detector_.taking_over(0).pending() <= 3);
    }
    Verdict verdict() const { return detector_.verdict(); }

  private:
    Detector detector_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    constexpr std::uint8_t kMessageEnd = 0x0B;
    std::uint32_t cuts = data[0];
    const auto candidates = candidates_of(data[1]);
    const ByteView raw(data + 2, size - 2);
    Stream whole(candidates);
    Stream pieces(candidates);
    for (std::size_t at = 0; at < raw.size();) {
        const auto end = std::find(raw.begin() + static_cast<std::ptrdiff_t>(at), raw.end(), kMessageEnd);
        const bool ends = end != raw.end();
        const ByteView message = raw.subspan(at, static_cast<std::size_t>(end - raw.begin()) - at);
        at += message.size() + 1;
        whole.add(message, ends);
        for (std::size_t done = 0; done < message.size();) {
            cuts = cuts * 1664525 + 1013904223;
            const std::size_t length = std::min<std::size_t>(message.size() - done, 1 + (cuts >> 24 & 15));
            // Of its own, so that reading beyond it is noticed.
            const std::vector<std::uint8_t> piece(message.begin() + static_cast<std::ptrdiff_t>(done),
                                                  message.begin() + static_cast<std::ptrdiff_t>(done + length));
            done += length;
            pieces.add(piece, false);
        }
        if (ends) pieces.add({}, true);
        EARSHOT_CHECK(whole.verdict() == pieces.verdict());
    }
    const bool ascii =
        std::all_of(raw.begin(), raw.end(), [](std::uint8_t byte) { return byte < 0x80 && byte != 0x1B; });
    EARSHOT_CHECK(!ascii || whole.verdict().certainty == Certainty::undecided);
    return 0;
}
