// The text side of a pipe: another encoding on the wire than in the files, and peer bytes made safe for a terminal.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "app/line_ends.h"
#include "net/transform.h"
#include "talk/text_reader.h"
#include "text/encoder.h"

namespace earshot::app {

// What `auto` has found out about a peer, from the receiving direction to the sending one.
struct Heard {
    const text::Encoding* encoding = nullptr;  // null: not known yet
};

// What a terminal is shown: `bytes` is read as UTF-8.
talk::TextChoice as_text(const talk::TextChoice& choice);
// How many bytes at the end of `text` begin a character that is not complete.
std::size_t cut_character(std::string_view text);
// What is wrong with the standard input, at an offset in it.
Error not_utf8(ByteCount offset);
Error cut_at_end(ByteCount offset);

// From the wire to UTF-8. Malformed bytes are an Error with their offset in the stream. With `for_terminal` nothing is
// an error: everything is shown, safely; `choice` may then be `bytes`, read as UTF-8.
class DecodingTransform final : public net::Transform {
  public:
    DecodingTransform(const talk::TextChoice& choice, std::span<const text::Encoding* const> candidates,
                      bool for_terminal, Heard& heard);
    Status apply(ByteView in, std::vector<std::uint8_t>& out) override;
    Status finish(std::vector<std::uint8_t>& out) override;

  private:
    Status take(ByteView in, bool flush, std::vector<std::uint8_t>& out);

    talk::TextReader reader_;
    bool for_terminal_;
    Heard& heard_;
    std::string text_;
    std::vector<MalformedUnit> malformed_;
    bool carriage_return_ = false;  // the last piece ended in CR: the next one says whether it belongs to a line's end
};

// From UTF-8 to the wire. Malformed UTF-8 and what the encoding lacks are Errors with their offset in the input, that
// is before its line ends were changed.
class EncodingTransform final : public net::Transform {
  public:
    EncodingTransform(const talk::TextChoice& choice, LineEnds ends, const Heard& heard);
    Status apply(ByteView in, std::vector<std::uint8_t>& out) override;
    Status finish(std::vector<std::uint8_t>& out) override;

  private:
    const Heard& heard_;
    text::Encoder encoder_;
    LineEnds ends_;
    bool follows_;        // `auto`: what the peer was heard to speak
    std::string held_;    // a character cut by the end of a piece
    ByteCount done_ = 0;  // bytes of the input encoded
};

}  // namespace earshot::app
