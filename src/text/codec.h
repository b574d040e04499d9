// What stands behind a row of the table of encodings: how a family decodes and encodes. A family is a codec (a class
// with the functions that decode_loop.h and encode_loop.h name) made into these tables of functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/decoder.h"
#include "text/encoder.h"

namespace earshot::text {

// One function a kind of output, so that nobody pays for a map he does not want. `ends`: the stream ends after `raw`.
struct DecodeOps {
    void (*text)(Decoder&, ByteView raw, bool ends, std::string& text);
    void (*malformed)(Decoder&, ByteView raw, bool ends, std::string& text, std::vector<MalformedUnit>& malformed);
    void (*runs)(Decoder&, ByteView raw, bool ends, std::string& text, std::vector<Run>& runs);

    struct State {
        ByteCount& position;
        std::uint8_t (&held)[3];
        std::uint8_t& held_size;
        std::uint8_t (&mode)[4];
    };
    static State state(Decoder& decoder) {
        return {decoder.position_, decoder.held_, decoder.held_size_, decoder.mode_};
    }
};

struct EncodeOps {
    std::optional<Refusal> (*encode)(Encoder&, std::string_view text, std::vector<std::uint8_t>& bytes);
    void (*finish)(Encoder&, std::vector<std::uint8_t>& bytes);

    static std::uint8_t& mode(Encoder& encoder) { return encoder.mode_; }
};

// One decoded unit, its text in place: at most four bytes of UTF-8 in every encoding of the standard.
struct Unit {
    std::uint8_t raw_size = 0;  // 0: the unit is not complete, more bytes are needed
    std::uint8_t text_size = 0;
    RunKind kind = RunKind::text;
    std::uint8_t text[12] = {};  // an iconv charset may have three characters for a unit

    static constexpr Unit incomplete() { return {}; }
    static constexpr Unit silent(unsigned raw_size) {
        return {static_cast<std::uint8_t>(raw_size), 0, RunKind::silent, {}};
    }
    static constexpr Unit malformed(unsigned raw_size) {
        return {static_cast<std::uint8_t>(raw_size), 3, RunKind::error, {0xEF, 0xBF, 0xBD, 0}};
    }
    static constexpr Unit of(unsigned raw_size, char32_t code_point);
};

// Writes `code_point` as UTF-8 at `to`, where four bytes must be free; gives back how many it took.
template <typename Byte>
constexpr unsigned put_utf8(char32_t code_point, Byte* to) {
    const auto byte = [](char32_t bits) { return static_cast<Byte>(bits); };
    const auto tail = [&](unsigned shift) { return byte(0x80 | (code_point >> shift & 0x3F)); };
    if (code_point < 0x80) {
        to[0] = byte(code_point);
        return 1;
    }
    if (code_point < 0x800) {
        to[0] = byte(0xC0 | code_point >> 6);
        to[1] = tail(0);
        return 2;
    }
    if (code_point < 0x10000) {
        to[0] = byte(0xE0 | code_point >> 12);
        to[1] = tail(6);
        to[2] = tail(0);
        return 3;
    }
    to[0] = byte(0xF0 | code_point >> 18);
    to[1] = tail(12);
    to[2] = tail(6);
    to[3] = tail(0);
    return 4;
}

constexpr Unit Unit::of(unsigned raw_size, char32_t code_point) {
    Unit unit;
    unit.raw_size = static_cast<std::uint8_t>(raw_size);
    unit.text_size = static_cast<std::uint8_t>(put_utf8(code_point, unit.text));
    return unit;
}

// The families. Each is defined in the file of its name.
extern const DecodeOps kUtf8Decode;
extern const EncodeOps kUtf8Encode;
extern const DecodeOps kUtf16beDecode;
extern const EncodeOps kUtf16beEncode;
extern const DecodeOps kUtf16leDecode;
extern const EncodeOps kUtf16leEncode;
extern const DecodeOps kGb18030Decode;  // gbk decodes by it too
extern const EncodeOps kGb18030Encode;
extern const EncodeOps kGbkEncode;
extern const DecodeOps kBig5Decode;
extern const EncodeOps kBig5Encode;
extern const DecodeOps kEucKrDecode;
extern const EncodeOps kEucKrEncode;
extern const DecodeOps kShiftJisDecode;
extern const EncodeOps kShiftJisEncode;
extern const DecodeOps kEucJpDecode;
extern const EncodeOps kEucJpEncode;
extern const DecodeOps kIso2022JpDecode;
extern const EncodeOps kIso2022JpEncode;
extern const DecodeOps kSingleByteDecode;  // Encoding::table is a tables::SingleByteTable
extern const EncodeOps kSingleByteEncode;

// Scores for detection, in tenths a unit (see Encoding::score).
int score_utf8(ByteView unit);
int score_gbk(ByteView unit);
int score_big5(ByteView unit);
int score_euc_kr(ByteView unit);
int score_shift_jis(ByteView unit);
int score_euc_jp(ByteView unit);
int score_iso_2022_jp(ByteView unit);

}  // namespace earshot::text
