// Whatever the bytes and however they are cut: the same text, malformed units and runs; runs tile raw bytes and text;
// the text is UTF-8; at most three bytes are held. The first byte picks the encoding, the second the cuts.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/check.h"
#include "text/decoder.h"
#include "text/utf8_unit.h"

namespace earshot::text {
namespace {

struct Decoded {
    std::string text;
    std::vector<MalformedUnit> malformed;
    std::vector<Run> runs;

    friend bool operator==(const Decoded&, const Decoded&) = default;
};

// Each piece is copied to a block of just its size, so that a read past its end is seen.
template <typename... Extra>
std::string decode(const Encoding& encoding, ByteView raw, std::uint32_t cuts, Extra&... extra) {
    Decoder decoder(encoding);
    std::string text;
    for (std::size_t at = 0; at < raw.size();) {
        cuts = cuts * 1664525 + 1013904223;
        const std::size_t size =
            std::min<std::size_t>(raw.size() - at, cuts >> 28 == 0 ? 1 + (cuts >> 16 & 0x1FF) : 1 + (cuts >> 24 & 7));
        const std::vector<std::uint8_t> piece(raw.begin() + static_cast<std::ptrdiff_t>(at),
                                              raw.begin() + static_cast<std::ptrdiff_t>(at + size));
        decoder.decode(piece, text, extra...);
        at += size;
        EARSHOT_CHECK(decoder.pending() <= 3);
        EARSHOT_CHECK(decoder.position() + decoder.pending() == at);
    }
    decoder.flush(text, extra...);
    EARSHOT_CHECK(decoder.pending() == 0 && decoder.position() == raw.size());
    return text;
}

Decoded decode_whole(const Encoding& encoding, ByteView raw) {
    Decoded whole;
    Decoder decoder(encoding);
    const std::vector<std::uint8_t> exact(raw.begin(), raw.end());
    decoder.decode(exact, whole.text, whole.runs);
    decoder.flush(whole.text, whole.runs);
    std::string again;
    Decoder marking(encoding);
    marking.decode(exact, again, whole.malformed);
    marking.flush(again, whole.malformed);
    EARSHOT_CHECK(again == whole.text);
    return whole;
}

void check_tiles(const Decoded& decoded, ByteView raw) {
    std::size_t raw_at = 0;
    std::size_t text_at = 0;
    std::vector<MalformedUnit> errors;
    for (const Run& run : decoded.runs) {
        EARSHOT_CHECK(run.raw_size != 0 && run.raw_size % run.raw_unit == 0);
        EARSHOT_CHECK(run.raw_size / run.raw_unit * run.text_unit == run.text_size);
        if (run.kind == RunKind::error) {
            EARSHOT_CHECK(run.raw_size == run.raw_unit && run.raw_unit <= 4);
            MalformedUnit unit{raw_at, static_cast<std::uint32_t>(text_at), run.raw_unit, {}};
            std::memcpy(unit.bytes, raw.data() + raw_at, run.raw_unit);
            errors.push_back(unit);
        }
        raw_at += run.raw_size;
        text_at += run.text_size;
    }
    EARSHOT_CHECK(raw_at == raw.size() && text_at == decoded.text.size());
    EARSHOT_CHECK(errors == decoded.malformed);
}

void check_is_utf8(const std::string& text) {
    const ByteView bytes = as_bytes(text);
    for (std::size_t at = 0; at < bytes.size();) {
        const Utf8Unit unit = utf8_unit(bytes.data() + at, bytes.size() - at);
        EARSHOT_CHECK(unit.valid);
        at += unit.size;
    }
}

void check(const Encoding& encoding, ByteView raw, std::uint32_t cuts) {
    const Decoded whole = decode_whole(encoding, raw);
    check_tiles(whole, raw);
    check_is_utf8(whole.text);
    Decoded pieces;
    pieces.text = decode(encoding, raw, cuts, pieces.runs);
    EARSHOT_CHECK(decode(encoding, raw, cuts + 1, pieces.malformed) == pieces.text);
    EARSHOT_CHECK(decode(encoding, raw, cuts + 2) == pieces.text);
    EARSHOT_CHECK(pieces == whole);
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
    if (size < 2) return 0;
    check(chosen(data[0]), {data + 2, size - 2}, data[1]);
    return 0;
}
