#include "text/encoder.h"

#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

TEST(Encoder, StopsBeforeWhatItCannotCarryAndNamesIt) {
    Encoder encoder(named("gbk"));
    std::vector<std::uint8_t> bytes = {0x2E};
    EXPECT_EQ(encoder.encode("你好\U0001F600吗", bytes), (Refusal{6, U'\U0001F600', false}));
    EXPECT_EQ(to_hex(bytes), "2EC4E3BAC3");
}

TEST(Encoder, NamesBrokenUtf8AsSuch) {
    for (const Encoding& encoding : encodings()) {
        for (const char* broken : {"ab\xC3", "ab\xE4\xBDz", "ab\xFF", "ab\xED\xA0\x80", "ab\xC0\x80"}) {
            std::vector<std::uint8_t> bytes;
            EXPECT_EQ(Encoder(encoding).encode(broken, bytes), (Refusal{2, 0xFFFD, true})) << encoding.name;
            EXPECT_EQ(to_hex(bytes), encoded_hex(encoding, "ab")) << encoding.name;
        }
    }
}

TEST(Encoder, AsciiIsItselfInEveryLength) {
    for (const Encoding& encoding : encodings()) {
        if (!holds_ascii(encoding)) continue;
        std::string text;
        for (int size = 0; size < 5000; size += 1 + size / 16) {
            text.assign(static_cast<std::size_t>(size), 'q');
            std::vector<std::uint8_t> bytes;
            ASSERT_EQ(Encoder(encoding).encode(text, bytes), std::nullopt);
            ASSERT_EQ(as_chars(bytes), text) << encoding.name;
        }
    }
}

TEST(Encoder, LongMixedTextGoesThroughWhole) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "你好" + std::string(static_cast<std::size_t>(i % 40), 'x');
    for (const char* name : {"gbk", "gb18030", "utf-8"}) {
        std::vector<std::uint8_t> bytes;
        ASSERT_EQ(Encoder(named(name)).encode(text, bytes), std::nullopt);
        EXPECT_EQ(decode_whole(named(name), as_chars(bytes)).text, text) << name;
    }
}

// The standard's encoders write a few characters as others.
bool is_written_as_another(const Encoding& encoding, char32_t code_point) {
    const std::string_view name = encoding.name;
    // The private-use code points that GB18030-2022 replaced share their bytes with what replaced them.
    if (name.starts_with("gb")) return code_point >= 0xE78D && code_point <= 0xE864;
    if (!name.ends_with("jp") && !name.ends_with("jis")) return false;
    if (code_point == 0x2212) return true;
    if (name == "iso-2022-jp") return code_point >= 0xFF61 && code_point <= 0xFF9F;
    return code_point == 0xA5 || code_point == 0x203E;
}

TEST(Encoder, WhatItCarriesComesBack) {
    for (const Encoding& encoding : encodings()) {
        std::size_t carried = 0;
        for (char32_t code_point = 0; code_point < 0x110000; code_point += code_point < 0x10000 ? 1 : 257) {
            if (code_point >= 0xD800 && code_point < 0xE000) continue;
            Encoder encoder(encoding);
            std::vector<std::uint8_t> bytes;
            const std::string text = utf8_of(code_point);
            if (encoder.encode(text, bytes)) continue;
            encoder.finish(bytes);
            ++carried;
            const std::string back = decode_whole(encoding, as_chars(bytes)).text;
            ASSERT_TRUE(back == text || is_written_as_another(encoding, code_point))
                << encoding.name << ' ' << code_points_of(text);
        }
        EXPECT_GE(carried, 211U) << encoding.name;
    }
}

}  // namespace
}  // namespace earshot::text
