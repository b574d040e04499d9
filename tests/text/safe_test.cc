#include "text/safe.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <random>

#include "text/code_point.h"

namespace earshot::text {
namespace {

std::string plain(std::string_view text, std::vector<MalformedUnit> malformed = {}) {
    std::string out;
    append_safe(text, malformed, {}, out);
    return out;
}
std::string coloured(std::string_view text, std::vector<MalformedUnit> malformed = {}) {
    std::string out;
    append_safe(text, malformed, {.reverse_video = true}, out);
    return out;
}
MalformedUnit unit(std::uint32_t text_at, std::initializer_list<std::uint8_t> bytes) {
    MalformedUnit result{.text_at = text_at, .size = static_cast<std::uint8_t>(bytes.size())};
    std::copy(bytes.begin(), bytes.end(), result.bytes);
    return result;
}

TEST(SafeText, LeavesPlainTextAsItIs) {
    for (const char* text : {"", "a", "hello, world: 12345678\n\tx", "C:\\path\\", "你好，世界",
                             "é 한국어 👨‍👩‍👧 \xef\xbf\xbd"}) {
        EXPECT_EQ(plain(text), text);
        EXPECT_EQ(coloured(text), text);
    }
}

TEST(SafeText, ShowsWhatSteersATerminal) {
    EXPECT_EQ(plain("\x1b[2J"), "\\x1b[2J");
    EXPECT_EQ(plain("\xc2\x9b"
                    "2J"),
              "\\u{9b}2J");
    EXPECT_EQ(plain("\x7f\b\a"), "\\x7f\\x08\\x07");
    EXPECT_EQ(plain(std::string_view("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(coloured("a\x1b]0;x\a"), "a\x1b[7m\\x1b\x1b[27m]0;x\x1b[7m\\x07\x1b[27m");
}

TEST(SafeText, ShowsWhatHidesOrReorders) {
    EXPECT_EQ(plain("abc\u202e"), "abc\\u{202e}");
    for (char32_t value : {0xadU,   0x61cU,   0x115fU,  0x1160U, 0x180eU, 0x200bU, 0x200eU, 0x200fU, 0x2028U, 0x2029U,
                           0x202aU, 0x202eU,  0x2060U,  0x2064U, 0x2066U, 0x2069U, 0x3164U, 0xfeffU, 0xffa0U, 0xfff9U,
                           0xfffbU, 0xe0000U, 0xe007fU, 0x80U,   0x9fU,   0U,      0x1fU,   0x7fU}) {
        std::string text = "12345678";
        append_code_point(text, value);
        EXPECT_EQ(plain(text).substr(8, 1), "\\") << std::hex << static_cast<unsigned>(value);
    }
    for (char32_t value :
         {0xa0U, 0xacU, 0xaeU, 0x200aU, 0x2010U, 0x2027U, 0x202fU, 0x2070U, 0x3163U, 0xfffcU, 0xe0100U}) {
        std::string text = "x";
        append_code_point(text, value);
        EXPECT_EQ(plain(text), text) << std::hex << static_cast<unsigned>(value);
    }
}

TEST(SafeText, KeepsJoinersUnlessStrict) {
    std::string out;
    append_safe("a\u200db\u200cc", {}, {.strict_joiners = true}, out);
    EXPECT_EQ(out, "a\\u{200d}b\\u{200c}c");
}

TEST(SafeText, DropsACarriageReturnOnlyBeforeALineFeed) {
    EXPECT_EQ(plain("a\r\nb\rc\r"), "a\nb\\x0dc\\x0d");
    EXPECT_EQ(safe_line("a\r\n\tb"), "a\\x0d\\x0a\\x09b");
}

TEST(SafeText, TellsMalformedBytesFromAReplacementCharacterThatWasSent) {
    const std::string text = "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd!";
    EXPECT_EQ(plain(text, {unit(3, {0x81, 0xff}), unit(6, {0xc8})}), "\xef\xbf\xbd\\x81\\xff\\xc8!");
    EXPECT_EQ(coloured(text, {unit(3, {0x81, 0xff}), unit(6, {0xc8})}), "\xef\xbf\xbd\x1b[7m\\x81\\xff\\xc8\x1b[27m!");
    const std::vector<MalformedUnit> malformed{unit(0, {0xc8})};
    EXPECT_EQ(safe_spans("\xef\xbf\xbd\a", malformed, {}),
              (std::vector<SafeSpan>{{"\\xc8", Mark::malformed}, {"\\x07", Mark::escaped}}));
}

TEST(SafeText, IgnoresMalformedUnitsThatPointNowhere) {
    EXPECT_EQ(plain("abc", {unit(1, {0xc8}), unit(3, {0xc8}), unit(900, {0xc8})}), "abc");
}

TEST(SafeText, ShowsBytesThatAreNoUtf8) { EXPECT_EQ(plain("a\xe4\xbd\xff\x80z"), "a\\xe4\\xbd\\xff\\x80z"); }

TEST(SafeText, DoublesABackslashThatWouldPassForAMark) {
    EXPECT_EQ(plain("\\x1b"), "\\\\x1b");
    EXPECT_EQ(plain("\\u{202e}"), "\\\\u{202e}");
    EXPECT_EQ(plain("\\\\x1b"), "\\\\\\\\x1b");
    EXPECT_EQ(plain("\\\x1b"), "\\\\\\x1b");
    EXPECT_EQ(plain("\\\xef\xbf\xbd", {unit(1, {0xc8})}), "\\\\\\xc8");
    EXPECT_EQ(plain("\\n \\xg \\u"), "\\n \\xg \\u");
    EXPECT_EQ(coloured("\\x1b"), "\\x1b");
}

// The marks without colour can be taken back to exactly what was there: nothing a peer sends looks like a mark.
std::string read_back(std::string_view shown) {
    std::string out;
    for (std::size_t at = 0; at < shown.size();) {
        std::size_t end = shown.find_first_not_of('\\', at);
        if (end == std::string_view::npos) end = shown.size();
        if (end == at) {
            out.push_back(shown[at++]);
            continue;
        }
        const std::string_view rest = shown.substr(end);
        const bool byte = rest.size() > 2 && rest[0] == 'x' && isxdigit(rest[1]) && isxdigit(rest[2]);
        const bool point = rest.starts_with("u{");
        if (!byte && !point) {
            out.append(end - at, '\\');
            at = end;
            continue;
        }
        out.append((end - at) / 2, '\\');
        const bool doubled = (end - at) % 2 == 0;
        at = end;
        if (doubled) continue;
        if (byte) {
            out.push_back(static_cast<char>(std::stoi(std::string(rest.substr(1, 2)), nullptr, 16)));
            at += 3;
        } else {
            append_code_point(out, static_cast<char32_t>(std::stoul(std::string(rest.substr(2)), nullptr, 16)));
            at = shown.find('}', at) + 1;
        }
    }
    return out;
}

std::string random_text(std::mt19937& random) {
    static const std::string_view kPieces[] = {
        "\\",       "x1b", "u{", "u{9b}", "\x1b", "\xc2\x9b", "\u202e", "a", "你",     "\u200d", "\xe4\xbd",    "\xff",
        "12345678", "\t",  "\n", "é",     "}",    "x",        "\x7f",   "👨", "\ufffd", "c8",     "\xed\xa0\x80"};
    std::string text;
    for (auto n = random() % 12; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
    return text;
}

TEST(SafeText, PlainMarksReadBackToTheSameBytes) {
    std::mt19937 random(3);
    for (int i = 0; i < 20'000; ++i) {
        const std::string text = random_text(random);
        ASSERT_EQ(read_back(plain(text)), text);
    }
}

TEST(SafeText, NeverLetsAControlThroughAndAgreesWithItsSpans) {
    std::mt19937 random(4);
    for (int i = 0; i < 20'000; ++i) {
        const std::string text = random_text(random);
        const std::string shown = plain(text);
        for (std::size_t at = 0; at < shown.size();) {
            const CodePoint point = code_point_at(shown, at);
            ASSERT_TRUE(point.valid);
            ASSERT_TRUE(point.value == '\n' || point.value == '\t' || !is_unsafe(point.value, false));
            at += point.size;
        }
        std::string joined;
        for (const SafeSpan& span : safe_spans(text, {}, {})) joined += span.text;
        ASSERT_EQ(joined, shown);
        std::string without = coloured(text);
        for (const char* sgr : {"\x1b[7m", "\x1b[27m"}) {
            for (std::size_t at; (at = without.find(sgr)) != std::string::npos;) without.erase(at, strlen(sgr));
        }
        ASSERT_EQ(without.find('\x1b'), std::string::npos);
    }
}

TEST(SafeText, IsOneScanOfPlainText) {
    std::string ascii(16 << 20, 'a'), cjk;
    while (cjk.size() < ascii.size()) cjk += "你好世界";
    for (const std::string& text : {ascii, cjk}) {
        std::string out;
        out.reserve(text.size());
        const auto start = std::chrono::steady_clock::now();
        append_safe(text, {}, {}, out);
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        RecordProperty("milliseconds_16MiB", std::to_string(took.count()));
        EXPECT_LT(took.count(), 1000);
    }
}

}  // namespace
}  // namespace earshot::text
