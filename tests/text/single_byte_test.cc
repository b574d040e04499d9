#include <gtest/gtest.h>

#include <algorithm>

#include "tests/text/text_fixture.h"
#include "text/codec.h"

namespace earshot::text {
namespace {

TEST(Windows1252, ReadsItsUpperHalfInBothLengths) {
    const std::string raw = from_hex("63616680E98182999CFF");
    EXPECT_EQ(code_points_of(decode_whole(named("latin1"), raw).text), "63 61 66 20AC E9 81 201A 2122 153 FF");
    EXPECT_TRUE(every_cut_agrees(named("latin1"), raw));
}

TEST(Windows1252, HolesAreTheControlsOfTheirValue) {
    EXPECT_EQ(code_points_of(decode_whole(named("windows-1252"), from_hex("818D8F909D")).text), "81 8D 8F 90 9D");
}

TEST(SingleByte, EveryByteGoesThereAndBack) {
    for (const Encoding& row : encodings()) {
        if (row.decode != &kSingleByteDecode) continue;
        for (unsigned byte = 0; byte < 256; ++byte) {
            const std::string raw(1, static_cast<char>(byte));
            const Decoded decoded = decode_whole(row, raw);
            if (!decoded.malformed.empty()) continue;
            EXPECT_EQ(encoded_hex(row, decoded.text), to_hex(as_bytes(raw))) << row.name;
        }
    }
}

TEST(SingleByte, ThereAreTwentyEight) {
    const auto rows = encodings();
    EXPECT_EQ(
        std::count_if(rows.begin(), rows.end(), [](const Encoding& row) { return row.decode == &kSingleByteDecode; }),
        28);
}

// One letter of each set that its neighbours lack or have elsewhere.
TEST(SingleByte, EachReadsByItsOwnTable) {
    const struct {
        const char* label;
        const char* hex;
        const char* code_points;
    } cases[] = {{"ibm866", "80AFE0F0", "410 43F 440 401"},
                 {"iso-8859-2", "A1B1", "104 105"},
                 {"iso-8859-3", "A1A5FE", "126 FFFD 15D"},
                 {"iso-8859-5", "B0F0", "410 2116"},
                 {"iso-8859-6", "C7A1", "627 FFFD"},
                 {"iso-8859-7", "A4AAE1", "20AC 37A 3B1"},
                 {"iso-8859-8", "E0FDFB", "5D0 200E FFFD"},
                 {"logical", "E0FD", "5D0 200E"},
                 {"latin6", "BD", "2015"},
                 {"iso-8859-15", "A4BD", "20AC 153"},
                 {"iso-8859-16", "A4DE", "20AC 21A"},
                 {"koi8-r", "C1E1", "430 410"},
                 {"koi8-u", "A4AEBE", "454 45E 40E"},
                 {"macintosh", "C6DEDFF0", "2206 FB01 FB02 F8FF"},
                 {"tis-620", "81A1FB", "81 E01 E5B"},
                 {"windows-1251", "CFF0A8", "41F 440 401"},
                 {"windows-1253", "D2E1AA", "FFFD 3B1 FFFD"},
                 {"iso-8859-9", "DDFD80", "130 131 20AC"},
                 {"windows-1255", "CAE0D9", "5BA 5D0 FFFD"},
                 {"windows-1258", "CCFE", "300 20AB"},
                 {"x-mac-ukrainian", "A2FF", "490 20AC"}};
    for (const auto& [label, hex, code_points] : cases) {
        EXPECT_EQ(code_points_of(decode_whole(named(label), from_hex(hex)).text), code_points) << label;
        EXPECT_TRUE(every_cut_agrees(named(label), from_hex(hex))) << label;
    }
}

// Long enough for blocks, with ASCII, all lengths of text and bytes without a character at every place of a block.
TEST(SingleByte, TextIsTheSameWhateverStandsWhereInABlock) {
    for (const char* label : {"iso-8859-3", "macintosh", "windows-874"}) {
        std::string raw;
        std::uint32_t seed = 1;
        for (int i = 0; i < 9000; ++i) {
            seed = seed * 1664525 + 1013904223;
            raw += static_cast<char>(seed >> 28 < 4 ? seed >> 17 & 0x7F : 0x80 | (seed >> 17 & 0x7F));
        }
        std::string expected;
        for (const char byte : raw) expected += decode_whole(named(label), std::string(1, byte)).text;
        const Decoded whole = decode_whole(named(label), raw);
        EXPECT_EQ(whole.text, expected) << label;
        EXPECT_TRUE(tiles(whole, raw)) << label;
        EXPECT_EQ(decode_cut(named(label), raw, {1, 2, 19, 4000, 4015}), whole) << label;
    }
}

TEST(SingleByte, RefusesWhatItLacks) {
    Encoder encoder(named("windows-1252"));
    std::vector<std::uint8_t> bytes;
    EXPECT_EQ(encoder.encode("né 好", bytes), (Refusal{4, U'好', false}));
    EXPECT_EQ(to_hex(bytes), "6EE920");
}

}  // namespace
}  // namespace earshot::text
