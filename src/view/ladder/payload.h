// The text of the payload in a ladder's rows: each direction is decoded as one stream as long as its segments follow
// one another and were captured whole, so that a character cut by a segment's border is shown where it is complete.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/malformed.h"
#include "text/decoder.h"
#include "trace/row.h"

namespace earshot::view {

// What a payload is read in where a conversation's encoding is named so: a label, iconv:NAME, "auto" (UTF-8 as long as
// nothing else was found out) or "bytes". Null: bytes.
const text::Encoding* payload_encoding(std::string_view name);

// By the sender. Null: bytes, no text.
struct Encodings {
    const text::Encoding* from_client = &text::utf8();
    const text::Encoding* from_server = &text::utf8();
};

struct PayloadText {
    std::string text;  // UTF-8, U+FFFD for each malformed unit; empty where there is no text
    std::vector<MalformedUnit> malformed;
    const text::Encoding* encoding = nullptr;  // null: bytes
    // Decoding made something other than the bytes of it: who reads wants to know by which encoding.
    bool differs = false;
};

class PayloadReader {
  public:
    explicit PayloadReader(const Encodings& encodings)
        : streams_{Stream{encodings.from_client, {}, {}, false}, Stream{encodings.from_server, {}, {}, false}} {}

    void decode_as(trace::End from, const text::Encoding* encoding);
    // Every row goes through here, in order: what is not drawn moves the stream on as well.
    PayloadText read(const trace::Row& row);

  private:
    struct Stream {
        const text::Encoding* encoding;
        std::optional<text::Decoder> decoder;
        std::optional<std::uint32_t> next;  // the relative number that follows, where numbers are known
        bool in_step;                       // all before was taken
    };
    PayloadText read_segment(const trace::SegmentRow& row);

    std::array<Stream, 2> streams_;
};

// The start of a payload in at most `columns`, fit to be seen in one line: `你好\r\n`, `\xNN` for what does not decode,
// hex groups where there is no encoding; ends in `..` where something was cut away.
std::string payload_preview(const PayloadText& text, std::string_view bytes, int columns);
// All of it, in the same form.
std::string payload_shown(const PayloadText& text, std::string_view bytes);

}  // namespace earshot::view
