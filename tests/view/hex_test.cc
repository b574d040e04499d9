#include "view/hex.h"

#include <gtest/gtest.h>

namespace earshot::view {
namespace {

std::string read(std::string_view entry) {
    const auto bytes = parse_hex(entry);
    return bytes ? hex_groups(*bytes) : "error";
}

TEST(HexEntry, TakesGroupsAsBytes) { EXPECT_EQ(read("0 1 2"), "00 01 02"); }
TEST(HexEntry, TakesRunsOfEvenLength) { EXPECT_EQ(read("0103FF"), "01 03 ff"); }
TEST(HexEntry, TakesPrefixesCommasAndColons) { EXPECT_EQ(read("0x01,0x02:aa:BB, 0xc"), "01 02 aa bb 0c"); }
TEST(HexEntry, RefusesAnOddRunAndAnythingElse) {
    for (const char* wrong : {"", "  ", "123", "0x", "zz", "1 2 g", "+nope", "01 +", "\xE4\xBD\xA0"}) {
        EXPECT_EQ(read(wrong), "error") << wrong;
    }
}
// The check values of the CRC catalogue: over the ASCII digits 1 to 9.
TEST(HexEntry, AppendsChecksumsOfAllBefore) {
    EXPECT_EQ(read("313233343536373839+crc16modbus"), "31 32 33 34 35 36 37 38 39 37 4b");
    EXPECT_EQ(read("313233343536373839 +crc32"), "31 32 33 34 35 36 37 38 39 cb f4 39 26");
    EXPECT_EQ(read("01 ff 02+sum8"), "01 ff 02 02");
    EXPECT_EQ(read("01 ff 02+xor8+sum8"), "01 ff 02 fc fe");
}

TEST(HexDump, ShowsOffsetHexAndPrintableAscii) {
    std::string out;
    append_hex_dump(as_bytes("0123456789abcdef\x1bz"), 0x10, out);
    EXPECT_EQ(out,
              "000010  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n"
              "000020  1b 7a                                             .z\n");
}

}  // namespace
}  // namespace earshot::view
