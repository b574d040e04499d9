#include "app/terminal_charset.h"

#include <algorithm>
#include <vector>

#include "app/locale.h"
#include "text/encoder.h"
#include "text/encoding.h"
#include "text/iconv_codec.h"

namespace earshot::app {

namespace {

// The C library's rows first: what the Encoding Standard calls ISO-8859-1 has letters where such a terminal has
// controls.
const text::Encoding* encoding_of(std::string_view charset) {
    if (charset.empty()) return nullptr;
    if (const auto exact = text::user_encoding("iconv:" + std::string(charset))) return *exact;
    return text::find_encoding(charset);
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Bytes of the character of UTF-8 that begins so.
std::size_t size_of_character(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace

TerminalCharset::TerminalCharset(std::string_view name) {
    if (text::find_encoding(name) == &text::utf8()) return;
    encoding_ = encoding_of(name);
    if (!encoding_) return;
    has_controls_above_ = name.starts_with("ISO") || name.starts_with("iso");
    decoder_.emplace(*encoding_);
}

TerminalCharset TerminalCharset::of_user() { return TerminalCharset(user_charset(from_process)); }

std::string TerminalCharset::to_terminal(std::string_view text) const {
    if (is_utf8() || is_ascii(text)) return std::string(text);
    std::string out;
    std::vector<std::uint8_t> bytes;
    text::Encoder encoder(*encoding_);
    while (!text.empty()) {
        const std::size_t size = std::min(size_of_character(text.front()), text.size());
        const std::string_view character = text.substr(0, size);
        text.remove_prefix(size);
        if (size == 1) {
            out += static_cast<unsigned char>(character.front()) < 0x80 ? character.front() : '?';
            continue;
        }
        bytes.clear();
        const bool refused = encoder.encode(character, bytes).has_value();
        const bool steers = has_controls_above_ && bytes.size() == 1 && bytes[0] >= 0x80 && bytes[0] < 0xa0;
        if (refused || steers) {
            out.append(static_cast<std::size_t>(text::text_width(character, ambiguous())), '?');
        } else {
            out.append(bytes.begin(), bytes.end());
        }
    }
    return out;
}

std::string TerminalCharset::from_terminal(std::string_view bytes) {
    if (is_utf8()) return std::string(bytes);
    std::string text;
    decoder_->decode(as_bytes(bytes), text);
    return text;
}

text::Ambiguous TerminalCharset::ambiguous() const {
    if (is_utf8()) return text::Ambiguous::narrow;
    std::vector<std::uint8_t> bytes;
    const bool refused = text::Encoder(*encoding_).encode("中", bytes).has_value();
    return refused || bytes.size() < 2 ? text::Ambiguous::narrow : text::Ambiguous::wide;
}

std::string for_people(std::string_view text) {
    return is_ascii(text) ? std::string(text) : TerminalCharset::of_user().to_terminal(text);
}

}  // namespace earshot::app
