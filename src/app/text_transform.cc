#include "app/text_transform.h"

#include <algorithm>

#include "base/i18n.h"
#include "text/safe.h"
#include "view/hex.h"

namespace earshot::app {

namespace {

void append(std::string_view text, std::vector<std::uint8_t>& out) {
    const ByteView bytes = as_bytes(text);
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

talk::TextChoice as_text(const talk::TextChoice& choice) {
    if (choice.kind != talk::TextChoice::Kind::bytes) return choice;
    return {talk::TextChoice::Kind::encoding, &text::utf8()};
}

std::size_t cut_character(std::string_view text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
        const auto byte = static_cast<std::uint8_t>(text[text.size() - back]);
        if (byte < 0x80) return 0;
        if (byte < 0xC0) continue;
        const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
        return length > back ? back : 0;
    }
    return 0;
}

Error not_utf8(ByteCount offset) {
    return {Reason::malformed,
            tr_format("the input is not UTF-8 at offset {}; --encoding bytes sends it as it is", offset)};
}

Error cut_at_end(ByteCount offset) {
    return {Reason::malformed, tr_format("the input ends in the middle of a character, at offset {}", offset)};
}

DecodingTransform::DecodingTransform(const talk::TextChoice& choice, std::span<const text::Encoding* const> candidates,
                                     bool for_terminal, Heard& heard)
    : reader_(as_text(choice), candidates), for_terminal_(for_terminal), heard_(heard) {}

Status DecodingTransform::apply(ByteView in, std::vector<std::uint8_t>& out) { return take(in, false, out); }
Status DecodingTransform::finish(std::vector<std::uint8_t>& out) { return take({}, true, out); }

Status DecodingTransform::take(ByteView in, bool flush, std::vector<std::uint8_t>& out) {
    text_.clear();
    malformed_.clear();
    if (carriage_return_) text_ += '\r';
    const std::size_t before = text_.size();
    reader_.read(in, flush, text_, malformed_);
    if (reader_.is_decided()) heard_.encoding = reader_.encoding();
    if (for_terminal_) {
        carriage_return_ = !flush && text_.size() > before && text_.ends_with('\r');
        if (carriage_return_ || (before > 0 && text_.size() == before && !flush)) text_.pop_back();
        std::string safe;
        text::append_safe(text_, malformed_, {.reverse_video = true}, safe);
        append(safe, out);
        return Ok{};
    }
    if (malformed_.empty()) {
        append(text_, out);
        return Ok{};
    }
    const MalformedUnit& bad = malformed_.front();
    append(std::string_view(text_).substr(0, bad.text_at), out);
    return Error{Reason::malformed,
                 tr_format("received bytes are not {}: {} at offset {}; --encoding bytes passes them as they are",
                           reader_.encoding()->name, view::hex_groups(ByteView(bad.bytes, bad.size)), bad.raw_at)};
}

EncodingTransform::EncodingTransform(const talk::TextChoice& choice, LineEnds ends, const Heard& heard)
    : heard_(heard),
      encoder_(choice.encoding ? *choice.encoding : text::utf8()),
      ends_(ends),
      follows_(choice.kind == talk::TextChoice::Kind::detect) {}

Status EncodingTransform::apply(ByteView in, std::vector<std::uint8_t>& out) {
    if (follows_ && heard_.encoding && heard_.encoding != &encoder_.encoding()) {
        encoder_.finish(out);
        encoder_ = text::Encoder(*heard_.encoding);
    }
    std::string_view text = as_chars(in);
    std::string joined;
    if (!held_.empty()) {
        joined = held_ + std::string(text);
        text = joined;
    }
    const std::size_t cut = cut_character(text);
    const std::string rest(text.substr(text.size() - cut));
    text.remove_suffix(cut);
    const LineEnds before = ends_;
    std::string ended;
    if (ends_.change_something()) ends_.rewrite(text, ended);
    const auto refusal = encoder_.encode(ends_.change_something() ? ended : text, out);
    const ByteCount refused_at = refusal ? done_ + before.source_size(text, refusal->text_at) : 0;
    if (refusal && refusal->malformed) return not_utf8(refused_at);
    if (refusal) {
        return Error{Reason::unencodable,
                     tr_format("{} cannot carry U+{:04X}, at offset {} of the input", encoder_.encoding().name,
                               static_cast<std::uint32_t>(refusal->code_point), refused_at)};
    }
    done_ += text.size();
    held_ = rest;
    return Ok{};
}

Status EncodingTransform::finish(std::vector<std::uint8_t>& out) {
    encoder_.finish(out);
    if (held_.empty()) return Ok{};
    return cut_at_end(done_);
}

}  // namespace earshot::app
