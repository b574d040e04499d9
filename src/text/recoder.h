// From one encoding to another, in a stream, with a say in what becomes of what does not fit: malformed bytes on the
// way in, characters that the target lacks on the way out. The pure half of `earshot recode`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/malformed.h"
#include "text/decoder.h"
#include "text/encoder.h"

namespace earshot::text {

enum class OnMisfit : std::uint8_t {
    stop,     // everything before it has been given out, nothing after it
    replace,  // as the Encoding Standard does: U+FFFD for malformed bytes, &#N; for a character that the target lacks
              // (for U+FFFD too)
    escape,   // \xNN for each malformed byte, \u{N} in hex for a character that the target lacks
};

// Something that did not fit.
struct Misfit {
    ByteCount raw_at = 0;     // bytes from the start of its source
    char32_t code_point = 0;  // the character that the target lacks; 0: malformed bytes
    std::uint8_t size = 0;    // of malformed bytes: 1..4
    bool is_cut = false;      // malformed because the source ends in the middle of it
    std::uint8_t bytes[4] = {};

    bool is_malformed() const { return size != 0; }
    friend bool operator==(const Misfit&, const Misfit&) = default;
};

// Takes sources (files) one after the other, each in any pieces; what comes out does not depend on the pieces. Every
// call gives the bytes that are due; they live until the next call. A byte order mark is a character as any other.
class Recoder {
  public:
    Recoder(const Encoding& from, const Encoding& to, OnMisfit policy);

    ByteView recode(ByteView raw);
    // The source ends: a unit not complete is malformed. The offsets of the next one count from 0.
    ByteView end_source();
    // The end of all: back to the target's initial state. Due after a stop too.
    ByteView finish();

    const Encoding& from() const { return decoder_.encoding(); }
    const Encoding& to() const { return encoder_.encoding(); }
    // OnMisfit::stop met the misfit that first() tells; or the target lacks even the characters that stand for another.
    bool has_stopped() const { return stopped_; }
    // The first of all, whatever the policy.
    const std::optional<Misfit>& first() const { return first_; }
    ByteCount malformed() const { return malformed_count_; }  // units, not bytes
    ByteCount lacking() const { return lacking_count_; }

  private:
    ByteView take(ByteView raw, bool ends);
    bool encode(std::string_view text, std::size_t text_at, ByteView raw);
    bool meet(const MalformedUnit& unit, bool cut);
    bool meet(char32_t character, std::size_t text_at, ByteView raw);
    bool put(std::string_view ascii);
    ByteCount source_offset(std::size_t text_at, ByteView raw) const;

    Decoder decoder_, before_;  // before_: as it was when the piece in hand came
    Encoder encoder_;
    OnMisfit policy_;
    bool to_utf8_;
    bool stopped_ = false;
    ByteCount source_at_ = 0;  // the decoder's position where this source began
    std::string text_;
    std::vector<MalformedUnit> malformed_;
    std::vector<std::uint8_t> bytes_;
    std::optional<Misfit> first_;
    ByteCount malformed_count_ = 0, lacking_count_ = 0;
};

}  // namespace earshot::text
