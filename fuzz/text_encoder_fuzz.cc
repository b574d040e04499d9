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

// Characters that the standard's encoders write as others, which is what comes back: those that GB18030-2022 replaced,
// the minus sign, yen and overline where their bytes are ASCII, half-width katakana where there is only full-width.
bool is_written_as_another(char32_t code_point) {
    return (code_point >= 0xE78D && code_point <= 0xE864) || code_point == 0x2212 || code_point == 0xA5 ||
           code_point == 0x203E || (code_point >= 0xFF61 && code_point <= 0xFF9F);
}

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
    const ByteView written = as_bytes(taken);
    const ByteView read = as_bytes(back);
    std::size_t at = 0;
    for (std::size_t from = 0; from < written.size();) {
        EARSHOT_CHECK(at < read.size());
        const Utf8Unit before = utf8_unit(written.data() + from, written.size() - from);
        const Utf8Unit after = utf8_unit(read.data() + at, read.size() - at);
        EARSHOT_CHECK(after.valid);
        EARSHOT_CHECK(before.code_point == after.code_point || is_written_as_another(before.code_point));
        from += before.size;
        at += after.size;
    }
    EARSHOT_CHECK(at == read.size());
}

// EARSHOT_FUZZ_ENCODING=LABEL leaves the choice to nobody: for one encoding that is new.
const Encoding& chosen(std::uint8_t byte) {
    static const char* const label = std::getenv("EARSHOT_FUZZ_ENCODING");
    if (label != nullptr) return *find_encoding(label);
    return encodings()[byte % encodings().size()];
}

}  // namespace
}  // namespace earshot::text

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace earshot::text;
    if (size < 1) return 0;
    check(chosen(data[0]), std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
    return 0;
}
