// Whatever the text: the encoder takes it up to what it names, names it rightly, and what it wrote decodes to what it
// took. The first byte picks the encoding.
#include <cstdlib>
#include <string>
#include <vector>

#include "base/check.h"
#include "text/decoder.h"
#include "text/encoder.h"
#include "text/utf8_unit.h"

namespace earshot::text {
namespace {

// Code points that share their bytes with another, which is what comes back: those that GB18030-2022 replaced.
bool shares_bytes(char32_t code_point) { return code_point >= 0xE78D && code_point <= 0xE864; }

void check(const Encoding& encoding, const std::string& text) {
    Encoder encoder(encoding);
    std::vector<std::uint8_t> bytes;
    const std::optional<Refusal> refusal = encoder.encode(text, bytes);
    std::string taken = text;
    if (refusal) {
        EARSHOT_CHECK(refusal->text_at < text.size());
        const Utf8Unit unit = utf8_unit(as_bytes(text).data() + refusal->text_at, text.size() - refusal->text_at);
        EARSHOT_CHECK(unit.valid != refusal->malformed);
        EARSHOT_CHECK(refusal->code_point == (unit.valid ? unit.code_point : 0xFFFD));
        taken.resize(refusal->text_at);
    }
    encoder.finish(bytes);
    std::string back;
    std::vector<MalformedUnit> malformed;
    Decoder decoder(encoding);
    decoder.decode(bytes, back, malformed);
    decoder.flush(back, malformed);
    EARSHOT_CHECK(malformed.empty());
    if (back == taken) return;
    // The replaced ones come back as their successors, of three bytes like them.
    EARSHOT_CHECK(back.size() == taken.size());
    for (std::size_t at = 0; at < back.size(); ++at) {
        if (back[at] == taken[at]) continue;
        while ((taken[at] & 0xC0) == 0x80) --at;
        EARSHOT_CHECK(shares_bytes(utf8_unit(as_bytes(taken).data() + at, taken.size() - at).code_point));
        at += 2;
    }
}

}  // namespace
}  // namespace earshot::text

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace earshot::text;
    if (size < 1) return 0;
    const auto rows = encodings();
    check(rows[data[0] % rows.size()], std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
    return 0;
}
