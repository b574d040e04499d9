#include <gtest/gtest.h>

#include "tests/text/text_fixture.h"

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
        if (row.table == nullptr) continue;
        for (unsigned byte = 0; byte < 256; ++byte) {
            const std::string raw(1, static_cast<char>(byte));
            const Decoded decoded = decode_whole(row, raw);
            if (!decoded.malformed.empty()) continue;
            EXPECT_EQ(encoded_hex(row, decoded.text), to_hex(as_bytes(raw))) << row.name;
        }
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
