// One code point of UTF-8 at a place in a text: what width, graphemes and safe display walk with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace earshot::text {

struct CodePoint {
    char32_t value = 0xfffd;
    std::uint8_t size = 1;  // bytes; a byte that is no UTF-8 counts by itself
    bool valid = false;
};

// The code point that begins at byte `at` < text.size().
inline CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
    const std::size_t left = text.size() - at;
    const auto follows = [&](std::size_t i) { return i < left && (byte(i) & 0xc0) == 0x80; };
    const char32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    if (lead < 0xc2 || lead > 0xf4 || !follows(1)) return {};
    const char32_t second = byte(1) & 0x3f;
    if (lead < 0xe0) return {(lead & 0x1f) << 6 | second, 2, true};
    if (!follows(2)) return {};
    const char32_t third = byte(2) & 0x3f;
    if (lead < 0xf0) {
        const char32_t value = (lead & 0x0f) << 12 | second << 6 | third;
        if (value < 0x800 || (value >= 0xd800 && value < 0xe000)) return {};
        return {value, 3, true};
    }
    if (!follows(3)) return {};
    const char32_t value = (lead & 0x07) << 18 | second << 12 | third << 6 | (byte(3) & 0x3f);
    if (value < 0x10000 || value > 0x10ffff) return {};
    return {value, 4, true};
}

// The code point that ends before byte `at` > 0; cuts the text as code_point_at does.
inline CodePoint code_point_before(std::string_view text, std::size_t at) {
    for (std::size_t back = 1; back <= 4 && back <= at; ++back) {
        if ((static_cast<std::uint8_t>(text[at - back]) & 0xc0) == 0x80) continue;
        const CodePoint found = code_point_at(text, at - back);
        return found.size == back ? found : CodePoint{};
    }
    return {};
}

// Appends it as UTF-8; what is no code point becomes U+FFFD.
inline void append_code_point(std::string& text, char32_t value) {
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) value = 0xfffd;
    const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (value < 0x80) {
        put(value);
    } else if (value < 0x800) {
        put(0xc0 | value >> 6);
        put(0x80 | (value & 0x3f));
    } else if (value < 0x10000) {
        put(0xe0 | value >> 12);
        put(0x80 | (value >> 6 & 0x3f));
        put(0x80 | (value & 0x3f));
    } else {
        put(0xf0 | value >> 18);
        put(0x80 | (value >> 12 & 0x3f));
        put(0x80 | (value >> 6 & 0x3f));
        put(0x80 | (value & 0x3f));
    }
}

}  // namespace earshot::text
