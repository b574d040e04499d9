#include "tests/text/text_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "text/codec.h"
#include "text/utf8_unit.h"

namespace earshot::text {

std::string from_hex(std::string_view hex) {
    std::string raw;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        raw += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
    }
    return raw;
}

std::string to_hex(ByteView bytes) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string hex;
    for (const std::uint8_t byte : bytes) {
        hex += kDigits[byte >> 4];
        hex += kDigits[byte & 15];
    }
    return hex;
}

std::string utf8_of(char32_t code_point) {
    char bytes[4];
    return {bytes, put_utf8(code_point, bytes)};
}

std::string code_points_of(std::string_view text) {
    std::string result;
    const ByteView bytes = as_bytes(text);
    for (std::size_t at = 0; at < bytes.size();) {
        const Utf8Unit unit = utf8_unit(bytes.data() + at, bytes.size() - at);
        EXPECT_TRUE(unit.valid) << "decoded text is not UTF-8";
        if (!unit.valid) return result;
        char hex[16];
        std::snprintf(hex, sizeof hex, "%s%X", at == 0 ? "" : " ", static_cast<unsigned>(unit.code_point));
        result += hex;
        at += unit.size;
    }
    return result;
}

Decoded decode_cut(const Encoding& encoding, std::string_view raw, const std::vector<std::size_t>& cuts) {
    Decoded mapped;
    Decoded marked;
    std::string plain;
    Decoder by_runs(encoding);
    Decoder by_malformed(encoding);
    Decoder by_text(encoding);
    const auto feed = [&](std::size_t from, std::size_t to) {
        const ByteView piece = as_bytes(raw.substr(from, to - from));
        by_runs.decode(piece, mapped.text, mapped.runs);
        by_malformed.decode(piece, marked.text, marked.malformed);
        by_text.decode(piece, plain);
        EXPECT_LE(by_text.pending(), 3U);
        EXPECT_EQ(by_text.position() + by_text.pending(), to);
        EXPECT_EQ(as_chars(by_text.held_bytes()), raw.substr(to - by_text.pending(), by_text.pending()));
    };
    std::size_t from = 0;
    for (const std::size_t cut : cuts) {
        feed(from, cut);
        from = cut;
    }
    feed(from, raw.size());
    by_runs.flush(mapped.text, mapped.runs);
    by_malformed.flush(marked.text, marked.malformed);
    by_text.flush(plain);
    EXPECT_EQ(by_text.pending(), 0U);
    EXPECT_EQ(by_text.position(), raw.size());
    EXPECT_EQ(plain, mapped.text);
    EXPECT_EQ(plain, marked.text);
    mapped.malformed = marked.malformed;
    return mapped;
}

Decoded decode_whole(const Encoding& encoding, std::string_view raw) { return decode_cut(encoding, raw, {}); }

bool tiles(const Decoded& decoded, std::string_view raw) {
    std::size_t raw_at = 0;
    std::size_t text_at = 0;
    std::vector<MalformedUnit> errors;
    for (const Run& run : decoded.runs) {
        if (run.raw_size == 0 || run.raw_unit == 0 || run.raw_size % run.raw_unit != 0) return false;
        if (run.raw_size / run.raw_unit * run.text_unit != run.text_size) return false;
        if (run.kind == RunKind::error) {
            if (run.raw_size != run.raw_unit || run.raw_unit > 4 || decoded.text.substr(text_at, 3) != "\uFFFD")
                return false;
            MalformedUnit unit{raw_at, static_cast<std::uint32_t>(text_at), run.raw_unit, {}};
            std::copy_n(raw.data() + raw_at, run.raw_unit, unit.bytes);
            errors.push_back(unit);
        }
        raw_at += run.raw_size;
        text_at += run.text_size;
    }
    return raw_at == raw.size() && text_at == decoded.text.size() && errors == decoded.malformed;
}

bool every_cut_agrees(const Encoding& encoding, std::string_view raw) {
    const Decoded whole = decode_whole(encoding, raw);
    if (!tiles(whole, raw)) return false;
    std::vector<std::size_t> each_byte;
    for (std::size_t cut = 1; cut < raw.size(); ++cut) {
        if (decode_cut(encoding, raw, {cut}) != whole) return false;
        each_byte.push_back(cut);
    }
    return decode_cut(encoding, raw, each_byte) == whole;
}

bool holds_ascii(const Encoding& encoding) { return encoded_hex(encoding, "a") == "61"; }

std::string encoded_hex(const Encoding& encoding, std::string_view text) {
    Encoder encoder(encoding);
    std::vector<std::uint8_t> bytes;
    if (encoder.encode(text, bytes)) return {};
    encoder.finish(bytes);
    return to_hex(bytes);
}

}  // namespace earshot::text
