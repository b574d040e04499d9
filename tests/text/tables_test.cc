#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>

#include "tests/text/text_fixture.h"
#include "text/tables/gb18030.h"
#include "text/tables/single_byte.h"

namespace earshot::text {
namespace {

class Digest {
  public:
    void u16(std::uint32_t value) { little_endian(value, 2); }
    void u32(std::uint32_t value) { little_endian(value, 4); }
    std::string hex() const {
        std::uint8_t digest[SHA256_DIGEST_LENGTH];
        SHA256(bytes_.data(), bytes_.size(), digest);
        return to_hex(digest);
    }

  private:
    void little_endian(std::uint32_t value, int bytes) {
        for (; bytes > 0; --bytes, value >>= 8) bytes_.push_back(static_cast<std::uint8_t>(value));
    }
    std::vector<std::uint8_t> bytes_;
};

TEST(Gb18030Table, ExpandsToTheStandardsIndex) {
    Digest digest;
    for (std::size_t lead = 0; lead < 126; ++lead) {
        for (std::size_t trail = 0x40; trail < 0xFF; ++trail) {
            if (trail != 0x7F) digest.u16(tables::kGb18030Index[lead * 192 + trail - 0x40]);
        }
    }
    EXPECT_EQ(digest.hex(), "FC4F5CF85ECB30229E4B47BBAEE2950B227EC7791ECD4BC75DE32E26F0222268");
}

TEST(Gb18030Table, HolesReadAsNone) {
    for (std::size_t lead = 0; lead < 126; ++lead) {
        EXPECT_EQ(tables::kGb18030Index[lead * 192 + 0x7F - 0x40], 0);
        EXPECT_EQ(tables::kGb18030Index[lead * 192 + 0xFF - 0x40], 0);
    }
}

TEST(Gb18030Table, RangesAreTheStandards) {
    Digest digest;
    for (const auto& range : tables::kGb18030Ranges) {
        digest.u32(range.pointer);
        digest.u32(range.code_point);
    }
    EXPECT_EQ(digest.hex(), "3460BEC80576AAF339C4E284191FB53E48F7C1BFAB738D8857EDE668A49CCD50");
}

TEST(SingleByteTables, HaveNoCodePointTwice) {
    for (const Encoding& row : encodings()) {
        if (row.table == nullptr) continue;
        tables::SingleByteTable sorted = *static_cast<const tables::SingleByteTable*>(row.table);
        std::sort(sorted.begin(), sorted.end());
        auto* const first = std::upper_bound(sorted.begin(), sorted.end(), 0);
        EXPECT_EQ(std::adjacent_find(first, sorted.end()), sorted.end()) << row.name;
    }
}

}  // namespace
}  // namespace earshot::text
