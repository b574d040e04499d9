#include "base/checksum.h"

#include <gtest/gtest.h>

namespace earshot {
namespace {

std::vector<std::uint8_t> sum(const char* name, std::string_view of) {
    std::vector<std::uint8_t> bytes;
    append_checksum(*find_checksum(name), as_bytes(of), bytes);
    return bytes;
}

using Bytes = std::vector<std::uint8_t>;

// The check values of the catalogues of CRCs: over "123456789".
TEST(Checksum, GivesThePublishedCheckValues) {
    EXPECT_EQ(sum("crc16modbus", "123456789"), (Bytes{0x37, 0x4B}));
    EXPECT_EQ(sum("crc32", "123456789"), (Bytes{0xCB, 0xF4, 0x39, 0x26}));
}

TEST(Checksum, AddsAndXorsInOneByte) {
    EXPECT_EQ(sum("sum8", "\xFF\x02"), Bytes{0x01});
    EXPECT_EQ(sum("xor8", "GPGLL,5300.97914,N,00259.98174,E,125926,A"), Bytes{0x28});
    EXPECT_EQ(sum("xor8", ""), Bytes{0});
}

TEST(Checksum, KnowsEachByItsName) {
    for (const Checksum& one : checksums()) EXPECT_EQ(find_checksum(one.name), &one);
    EXPECT_EQ(find_checksum("crc8"), nullptr);
}

}  // namespace
}  // namespace earshot
