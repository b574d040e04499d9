// Whatever the bytes, the two encodings and the policy: any pieces give the same bytes, the same first misfit and the
// same counts; what stops has a misfit; into UTF-8 comes UTF-8. The first four bytes choose.
#include <algorithm>
#include <optional>
#include <string>

#include "base/check.h"
#include "text/recoder.h"

namespace earshot::text {
namespace {

struct Recoded {
    std::string bytes;
    std::optional<Misfit> first;
    ByteCount malformed = 0, lacking = 0;
    bool stopped = false;

    friend bool operator==(const Recoded&, const Recoded&) = default;
};

Recoded recoded(const Encoding& from, const Encoding& to, OnMisfit policy, ByteView raw, std::size_t piece) {
    Recoder recoder(from, to, policy);
    Recoded made;
    const auto keep = [&](ByteView bytes) { made.bytes += as_chars(bytes); };
    for (std::size_t at = 0; at < raw.size(); at += piece) {
        keep(recoder.recode(raw.subspan(at, std::min(piece, raw.size() - at))));
    }
    keep(recoder.end_source());
    keep(recoder.finish());
    made.first = recoder.first();
    made.malformed = recoder.malformed();
    made.lacking = recoder.lacking();
    made.stopped = recoder.has_stopped();
    return made;
}

void check(const Encoding& from, const Encoding& to, OnMisfit policy, ByteView raw, std::size_t piece) {
    const Recoded whole = recoded(from, to, policy, raw, raw.size() + 1);
    EARSHOT_CHECK(recoded(from, to, policy, raw, piece) == whole);
    EARSHOT_CHECK(recoded(from, to, policy, raw, 1) == whole);
    EARSHOT_CHECK(whole.first.has_value() == (whole.malformed + whole.lacking != 0));
    EARSHOT_CHECK(whole.stopped == (policy == OnMisfit::stop && whole.first));
    if (whole.first) {
        EARSHOT_CHECK(whole.first->raw_at < raw.size());
        for (unsigned i = 0; i < whole.first->size; ++i) {
            EARSHOT_CHECK(raw[whole.first->raw_at + i] == whole.first->bytes[i]);
        }
    }
    // What came out is text in the target's encoding.
    const Recoded again = recoded(to, utf8(), OnMisfit::stop, as_bytes(whole.bytes), 4096);
    EARSHOT_CHECK(!again.stopped);
}

}  // namespace
}  // namespace earshot::text

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace earshot::text;
    if (size < 4) return 0;
    const auto rows = encodings();
    check(rows[data[0] % rows.size()], rows[data[1] % rows.size()], static_cast<OnMisfit>(data[2] % 3),
          {data + 4, size - 4}, 1 + data[3] % 8U);
    return 0;
}
