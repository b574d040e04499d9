#include "talk/text_reader.h"

#include <algorithm>

#include "text/iconv_codec.h"

namespace earshot::talk {

Result<TextChoice> TextChoice::parse(std::string_view name) {
    if (name == "auto") return TextChoice{Kind::detect, nullptr};
    if (name == "bytes") return TextChoice{Kind::bytes, nullptr};
    const auto encoding = text::user_encoding(name);
    if (!encoding) return encoding.error();
    return TextChoice{Kind::encoding, *encoding};
}

const char* TextChoice::name() const {
    switch (kind) {
        case Kind::detect:
            return "auto";
        case Kind::bytes:
            return "bytes";
        case Kind::encoding:
            return encoding->name;
    }
    return "";
}

TextReader::TextReader(TextChoice choice, std::span<const text::Encoding* const> candidates) : choice_(choice) {
    choose(choice, candidates);
}

void TextReader::replace_decoder(const text::Decoder& by) {
    const ByteCount given_out = decoder_ ? decoder_->position() : 0;
    if (decoder_ && decoder_->pending() > 0) {  // else what is carried already, unread, stays so
        const ByteView held = decoder_->held_bytes();
        carried_ = static_cast<std::uint8_t>(held.size());
        std::copy(held.begin(), held.end(), carry_);
    }
    decoder_ = by;
    decoder_->set_position(given_out - std::min<ByteCount>(given_out, decoder_->pending()));
}

void TextReader::choose(TextChoice choice, std::span<const text::Encoding* const> candidates) {
    choice_ = choice;
    decided_ = false;
    detector_.reset();
    switch (choice.kind) {
        case TextChoice::Kind::bytes:
            decoder_.reset();
            carried_ = 0;
            break;
        case TextChoice::Kind::encoding:
            replace_decoder(text::Decoder(*choice.encoding));
            break;
        case TextChoice::Kind::detect:
            replace_decoder(text::Decoder(text::utf8()));
            detector_ = std::make_unique<text::Detector>(candidates);
            detector_->add(ByteView(carry_, carried_));
            break;
    }
}

std::optional<TextReader::Change> TextReader::detect(ByteView payload, bool flush) {
    if (!detector_) return std::nullopt;
    std::optional<Change> change;
    const bool had_begun = detector_->has_begun();
    const text::Verdict verdict = detector_->add(payload, flush);
    decided_ = verdict.certainty != text::Certainty::undecided;
    if (verdict.encoding != &decoder_->encoding()) {
        change = Change{verdict.encoding, had_begun};
        replace_decoder(detector_->taking_over(held()));
    }
    if (verdict.certainty == text::Certainty::sticky) detector_.reset();
    return change;
}

std::optional<TextReader::Change> TextReader::read(ByteView payload, bool flush, std::string& text,
                                                   std::vector<MalformedUnit>& malformed) {
    if (!decoder_) return std::nullopt;
    const auto change = detect(payload, flush);
    decoder_->decode(ByteView(carry_, carried_), text, malformed);
    carried_ = 0;
    decoder_->decode(payload, text, malformed);
    if (flush) decoder_->flush(text, malformed);
    return change;
}

TextReader::Look TextReader::look(ByteView payload, std::string& text, std::vector<MalformedUnit>& malformed) const {
    if (!decoder_) return {};
    text::Decoder copy = *decoder_;
    if (detector_) {
        text::Detector detector = *detector_;
        if (detector.add(payload).encoding != &copy.encoding()) {
            copy = detector.taking_over(held());
            copy.decode(decoder_->held_bytes(), text, malformed);
        }
    }
    copy.decode(ByteView(carry_, carried_), text, malformed);
    copy.decode(payload, text, malformed);
    return {&copy.encoding(), copy.pending()};
}

}  // namespace earshot::talk
