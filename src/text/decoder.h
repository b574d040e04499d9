// A streaming decoder: raw bytes in any pieces, UTF-8 out, the same whatever the pieces were (WHATWG Encoding Standard,
// replacement mode, no BOM handling). A value of a few words: it lives inside its conversation and may be copied to
// look ahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/malformed.h"
#include "text/encoding.h"

namespace earshot::text {

enum class RunKind : std::uint8_t {
    text,    // units of one shape: raw_unit bytes each gave text_unit bytes each
    error,   // one malformed unit; its text is one U+FFFD (3 bytes)
    silent,  // bytes that are no text: an ISO-2022-JP escape
};

// A stretch of units of one shape. Runs tile raw bytes and text exactly, without gap or overlap.
struct Run {
    std::uint32_t raw_size = 0;   // bytes of the stream
    std::uint32_t text_size = 0;  // bytes of UTF-8
    std::uint8_t raw_unit = 0;    // bytes a unit; a run holds raw_size / raw_unit units
    std::uint8_t text_unit = 0;
    RunKind kind = RunKind::text;

    friend bool operator==(const Run&, const Run&) = default;
};

class Decoder {
  public:
    explicit Decoder(const Encoding& encoding) : encoding_(&encoding) {}

    const Encoding& encoding() const { return *encoding_; }
    // Bytes taken in that belong to a unit not yet complete: 0..3. They are in held_bytes(), oldest first.
    std::size_t pending() const { return held_size_; }
    ByteView held_bytes() const { return {held_, held_size_}; }
    // Bytes of the stream whose units have been given out.
    ByteCount position() const { return position_; }
    // For one that takes over from another in the middle of a stream.
    void set_position(ByteCount position) { position_ = position; }

    // Appends the text of all whole units to `text`, one U+FFFD for each malformed unit.
    void decode(ByteView raw, std::string& text);
    // The same, and appends each malformed unit (text_at counts from the start of `text`).
    void decode(ByteView raw, std::string& text, std::vector<MalformedUnit>& malformed);
    // The same, and appends the offset map; where the last run in `runs` is of the same shape it grows, so that `runs`
    // beside `text` is the same however the bytes were cut.
    void decode(ByteView raw, std::string& text, std::vector<Run>& runs);

    // The stream (or the message) ends: what is held is malformed. Afterwards the decoder is as new, position kept.
    void flush(std::string& text);
    void flush(std::string& text, std::vector<MalformedUnit>& malformed);
    void flush(std::string& text, std::vector<Run>& runs);

  private:
    friend struct DecodeOps;
    const Encoding* encoding_;
    ByteCount position_ = 0;
    std::uint8_t held_[3] = {};
    std::uint8_t held_size_ = 0;
    std::uint8_t mode_[4] = {};  // an encoding's own state (ISO-2022-JP's sets, UTF-16's byte order ...)
};

}  // namespace earshot::text
