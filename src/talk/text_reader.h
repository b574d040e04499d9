// The text of a conversation's received bytes: a decoder whose state lasts as long as the conversation, and behind
// `auto` the detector that chooses it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/malformed.h"
#include "base/result.h"
#include "text/decoder.h"
#include "text/detect.h"

namespace earshot::talk {

// How a direction's bytes are read or written: one encoding, `auto`, or `bytes` (no text at all).
struct TextChoice {
    enum class Kind : std::uint8_t { encoding, detect, bytes };
    Kind kind = Kind::encoding;
    const text::Encoding* encoding = nullptr;  // set for Kind::encoding

    // From a label, "iconv:NAME", "auto" or "bytes". Errors: usage, naming the label.
    static Result<TextChoice> parse(std::string_view name);
    const char* name() const;  // "gbk", "auto", "bytes"
};

// A message as the conversation's decoder has read it, once for all who want it.
struct MessageText {
    std::string text;                      // UTF-8, one U+FFFD for each malformed unit
    std::vector<MalformedUnit> malformed;  // in order of text_at
};

class TextReader {
  public:
    // `candidates` are those of `auto` beside UTF-8; they outlive the reader.
    TextReader(TextChoice choice, std::span<const text::Encoding* const> candidates);

    struct Change {
        const text::Encoding* to;
        bool reread;  // earlier bytes were decoded otherwise and had more than ASCII in them
    };
    // Decodes `payload` behind what is held; `flush`: a message ends here and so does its text. A change of mind of
    // `auto` comes before the text, which is then already in the new encoding.
    std::optional<Change> read(ByteView payload, bool flush, std::string& text, std::vector<MalformedUnit>& malformed);
    // What `payload` would be, were it all: its encoding, and how many bytes of a character would be held.
    struct Look {
        const text::Encoding* encoding = nullptr;
        std::size_t held = 0;
    };
    Look look(ByteView payload, std::string& text, std::vector<MalformedUnit>& malformed) const;

    // Another choice from here on. Bytes of a character not yet complete are read again by the new decoder.
    void choose(TextChoice choice, std::span<const text::Encoding* const> candidates);

    bool makes_text() const { return choice_.kind != TextChoice::Kind::bytes; }
    const TextChoice& choice() const { return choice_; }
    // The encoding in force; null for `bytes`.
    const text::Encoding* encoding() const { return decoder_ ? &decoder_->encoding() : nullptr; }
    std::size_t held() const { return decoder_ ? decoder_->pending() + carried_ : 0; }
    // `auto` is looking at bytes beyond ASCII and may yet read them otherwise.
    bool is_in_doubt() const { return detector_ && detector_->has_begun(); }
    // `auto` will find that `payload` opens the stream with a byte order mark of UTF-16, or ends one.
    bool begins_with_mark(ByteView payload) const { return detector_ && detector_->is_mark_of_utf16(payload); }
    // `auto` has seen enough to know: what a reply should be encoded in.
    bool is_decided() const { return choice_.kind != TextChoice::Kind::detect || decided_; }

  private:
    std::optional<Change> detect(ByteView payload, bool flush);
    // `by` goes on where the decoder in force has given out text, and reads the bytes that this one holds.
    void replace_decoder(const text::Decoder& by);

    TextChoice choice_;
    bool decided_ = false;
    std::uint8_t carried_ = 0;  // bytes in carry_: held by a decoder that was replaced, for the next one to read
    std::uint8_t carry_[3] = {};
    std::optional<text::Decoder> decoder_;
    std::unique_ptr<text::Detector> detector_;  // while `auto` may still change its mind
};

}  // namespace earshot::talk
