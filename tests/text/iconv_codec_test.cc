#include "text/iconv_codec.h"

#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

const Encoding& charset(const std::string& name) {
    auto found = iconv_encoding("iconv:" + name);
    EXPECT_TRUE(found) << name;
    return found ? **found : utf8();
}

std::string read(const std::string& name, std::string_view hex) {
    EXPECT_TRUE(every_cut_agrees(charset(name), from_hex(hex))) << name << ' ' << hex;
    return decode_whole(charset(name), from_hex(hex)).text;
}

TEST(Iconv, ReadsAndWritesACharsetOutsideTheStandard) {
    EXPECT_EQ(read("IBM850", "61F5819B0A"), "a§üø\n");
    EXPECT_EQ(encoded_hex(charset("IBM850"), "a§üø\n"), "61F5819B0A");
    EXPECT_EQ(encoded_hex(charset("IBM850"), "好"), "");
}

TEST(Iconv, ReadsWhatIsNotAsciiBelow) {
    EXPECT_EQ(read("IBM037", "C88593939640"), "Hello ");
    EXPECT_EQ(encoded_hex(charset("IBM037"), "Hello "), "C88593939640");
    EXPECT_EQ(read("UTF-32LE", "41000000007D000000F60100"), "A紀\U0001F600");
    EXPECT_EQ(read("UTF-32LE", "41000000FFFFFFFF42000000"),
              "A\uFFFD"
              "B");
}

TEST(Iconv, NeverGivesABrokenUnitTheAsciiBehindIt) {
    EXPECT_EQ(read("EUC-TW", "C4E361C441"), read("EUC-TW", "C4E3") +
                                                "a\uFFFD"
                                                "A");
    EXPECT_EQ(read("GB18030", "8130814131"),
              "\uFFFD"
              "0丄1");
}

// In these charsets 5C is the sign of a currency, or 7E an overline: the other bytes are ASCII all the same.
TEST(Iconv, NeverGivesABrokenUnitTheLineFeedBehindItWhereOneByteIsNotAscii) {
    for (const char* name : {"JOHAB", "SJIS", "SHIFT_JISX0213", "IBM943", "IBM932"}) {
        EXPECT_EQ(read(name, "840A61"), "\uFFFD\na") << name;
    }
}

// The converter takes both bytes of A2E8 before it says that they are wrong.
TEST(Iconv, IsNotLedAstrayByAConverterThatTakesTooMuch) {
    EXPECT_EQ(read("UHC", "A2E841"),
              "\uFFFD"
              "A");
    EXPECT_EQ(read("UHC", "A2E8A2E8B0A1"), "\uFFFD\uFFFD가");
    EXPECT_EQ(read("UHC", "A2"), "\uFFFD");
}

TEST(Iconv, GivesAllCharactersOfAUnit) {
    EXPECT_EQ(read("BIG5-HKSCS", "88628866"), "\u00CA\u0304\u00CA");
    EXPECT_EQ(read("EUC-JISX0213", "A4F7"), "\u304B\u309A");
    // A letter and its mark are not joined to one, whichever way they come.
    EXPECT_EQ(read("CP1258", "41CC"), "A\u0300");
}

TEST(Iconv, IsOneRowForOneCharset) {
    EXPECT_EQ(&charset("ibm850"), &charset("IBM850"));
    EXPECT_STREQ(charset("ibm850").name, "iconv:IBM850");
    EXPECT_EQ(*user_encoding("Iconv:Ibm850"), &charset("IBM850"));
}

TEST(Iconv, RefusesWhatItDoesNotHaveOrCannotCarry) {
    for (const char* name : {"iconv:", "iconv:NO-SUCH", "iconv:IBM850//TRANSLIT", "iconv:ISO-2022-KR", "iconv:UTF-7",
                             "iconv:UTF-16", "iconv:UTF-32", "iconv:IBM930", "iconv:a\nb", "iconv"}) {
        const auto found = iconv_encoding(name);
        ASSERT_FALSE(found) << name;
        EXPECT_EQ(found.error().reason, Reason::usage);
        EXPECT_EQ(found.error().message.find('\n'), std::string::npos);
    }
    EXPECT_EQ(find_encoding("iconv:IBM850"), nullptr);
    EXPECT_EQ(*user_encoding("latin1"), find_encoding("latin1"));
    EXPECT_FALSE(user_encoding("latin11"));
}

TEST(Iconv, IsNamedWhereItHasWhatTheStandardLacks) {
    EXPECT_NE(user_encoding("koi8-t").error().message.find("did you mean iconv:koi8-t?"), std::string::npos);
    EXPECT_EQ(user_encoding("koi8-nt").error().message.find("did you mean"), std::string::npos);
}

TEST(Iconv, AgreesWithItselfOnAnyBytesHoweverTheyCome) {
    std::uint32_t seed = 5;
    for (const char* name : {"IBM850", "IBM037", "UHC", "JOHAB", "EUC-TW", "GB18030", "BIG5-HKSCS", "EUC-JISX0213",
                             "UTF-32BE", "UTF-16LE", "TCVN5712-1", "TSCII", "ISO_6937", "CP1255"}) {
        for (int round = 0; round < 40; ++round) {
            std::string raw;
            for (int i = 0; i < 24; ++i) {
                seed = seed * 1664525 + 1013904223;
                raw += static_cast<char>(seed >> 30 == 0 ? seed >> 16 & 0x7F : 0x80 | (seed >> 16 & 0x7F));
            }
            ASSERT_TRUE(every_cut_agrees(charset(name), raw)) << name << ' ' << to_hex(as_bytes(raw));
        }
    }
}

}  // namespace
}  // namespace earshot::text
