// Whatever the bytes and however they are cut: the verdict after them is the same, and what is sticky stays. The first
// byte gives the cuts.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "text/detect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace earshot;
    using namespace earshot::text;
    if (size < 1) return 0;
    std::uint32_t cuts = data[0];
    const ByteView raw(data + 1, size - 1);
    Detector whole({});
    whole.add(raw);
    Detector pieces({});
    for (std::size_t at = 0; at < raw.size();) {
        cuts = cuts * 1664525 + 1013904223;
        const std::size_t length = std::min<std::size_t>(raw.size() - at, 1 + (cuts >> 24 & 15));
        const std::vector<std::uint8_t> piece(raw.begin() + static_cast<std::ptrdiff_t>(at),
                                              raw.begin() + static_cast<std::ptrdiff_t>(at + length));
        const Verdict before = pieces.verdict();
        const Verdict after = pieces.add(piece);
        EARSHOT_CHECK(before.certainty != Certainty::sticky || before == after);
        at += length;
    }
    EARSHOT_CHECK(whole.verdict() == pieces.verdict());
    const bool ascii = std::all_of(raw.begin(), raw.end(), [](std::uint8_t byte) { return byte < 0x80; });
    EARSHOT_CHECK(!ascii || whole.verdict().certainty == Certainty::undecided);
    return 0;
}
