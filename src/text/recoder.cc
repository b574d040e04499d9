#include "text/recoder.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "text/code_point.h"

namespace earshot::text {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::string_view kReplacement = "\uFFFD";

std::string hex_reference(char32_t value) {
    std::string digits;
    for (; value != 0 || digits.empty(); value >>= 4) digits.insert(digits.begin(), kHex[value & 15]);
    return "\\u{" + digits + "}";
}

std::string decimal_reference(char32_t value) { return "&#" + std::to_string(static_cast<std::uint32_t>(value)) + ";"; }

std::string byte_codes(const MalformedUnit& unit) {
    std::string codes;
    for (std::size_t i = 0; i < unit.size; ++i) {
        codes += "\\x";
        codes += kHex[unit.bytes[i] >> 4];
        codes += kHex[unit.bytes[i] & 15];
    }
    return codes;
}

}  // namespace

Recoder::Recoder(const Encoding& from, const Encoding& to, OnMisfit policy)
    : decoder_(from), before_(from), encoder_(to), policy_(policy), to_utf8_(&to == &utf8()) {}

ByteView Recoder::recode(ByteView raw) { return take(raw, false); }

ByteView Recoder::end_source() {
    const ByteView last = take({}, true);
    source_at_ = decoder_.position();
    return last;
}

ByteView Recoder::finish() {
    bytes_.clear();
    encoder_.finish(bytes_);
    return bytes_;
}

ByteView Recoder::take(ByteView raw, bool ends) {
    text_.clear();
    malformed_.clear();
    bytes_.clear();
    if (stopped_) return {};
    before_ = decoder_;
    if (ends) {
        decoder_.flush(text_, malformed_);
    } else {
        decoder_.decode(raw, text_, malformed_);
    }
    if (to_utf8_ && (malformed_.empty() || policy_ == OnMisfit::replace)) {
        for (const MalformedUnit& unit : malformed_) meet(unit, ends);
        return as_bytes(text_);  // as it came from the decoder: valid UTF-8
    }
    const std::string_view text = text_;
    std::size_t at = 0;
    for (const MalformedUnit& unit : malformed_) {
        if (!encode(text.substr(at, unit.text_at - at), at, raw)) return bytes_;
        if (!meet(unit, ends)) return bytes_;
        at = unit.text_at + kReplacement.size();
    }
    encode(text.substr(at), at, raw);
    return bytes_;
}

// `text` is a part of text_, from text_at on. False: stopped.
bool Recoder::encode(std::string_view text, std::size_t text_at, ByteView raw) {
    while (const std::optional<Refusal> refusal = encoder_.encode(text, bytes_)) {
        EARSHOT_CHECK(!refusal->malformed);
        const CodePoint character = code_point_at(text, refusal->text_at);
        if (!meet(character.value, text_at + refusal->text_at, raw)) return false;
        text_at += refusal->text_at + character.size;
        text.remove_prefix(refusal->text_at + character.size);
    }
    return true;
}

// False: stopped.
bool Recoder::meet(const MalformedUnit& unit, bool cut) {
    if (!first_) {
        first_.emplace(Misfit{unit.raw_at - source_at_, 0, unit.size, cut, {}});
        std::memcpy(first_->bytes, unit.bytes, sizeof unit.bytes);
    }
    ++malformed_count_;
    switch (policy_) {
        case OnMisfit::stop:
            break;
        case OnMisfit::replace:
            if (to_utf8_ || !encoder_.encode(kReplacement, bytes_)) return true;
            return put(decimal_reference(U'\uFFFD'));
        case OnMisfit::escape:
            return put(byte_codes(unit));
    }
    stopped_ = true;
    return false;
}

// False: stopped.
bool Recoder::meet(char32_t character, std::size_t text_at, ByteView raw) {
    if (!first_) first_.emplace(Misfit{source_offset(text_at, raw), character, 0, false, {}});
    ++lacking_count_;
    switch (policy_) {
        case OnMisfit::stop:
            break;
        case OnMisfit::replace:
            // ASCII is refused only where it would be an escape (ISO-2022-JP); there the standard says U+FFFD.
            return put(decimal_reference(character < 0x80 ? U'\uFFFD' : character));
        case OnMisfit::escape:
            return put(hex_reference(character));
    }
    stopped_ = true;
    return false;
}

// What stands for another thing is ASCII, which every encoding of the standard carries.
bool Recoder::put(std::string_view ascii) {
    stopped_ = encoder_.encode(ascii, bytes_).has_value();
    return !stopped_;
}

// Where the character at `text_at` of text_ begins in its source. Asked once in a run, so it decodes the piece again,
// with the map this time, instead of everybody's paying for the map.
ByteCount Recoder::source_offset(std::size_t text_at, ByteView raw) const {
    Decoder again = before_;
    std::string text;
    std::vector<Run> runs;
    again.decode(raw, text, runs);
    ByteCount raw_at = before_.position() - source_at_;
    for (const Run& run : runs) {
        if (text_at < run.text_size) return raw_at + text_at / run.text_unit * run.raw_unit;
        text_at -= run.text_size;
        raw_at += run.raw_size;
    }
    return raw_at;
}

}  // namespace earshot::text
