#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>

#include "tests/text/text_fixture.h"
#include "text/codec.h"
#include "text/tables/big5.h"
#include "text/tables/euc_kr.h"
#include "text/tables/gb18030.h"
#include "text/tables/jis.h"
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

TEST(Big5Table, ExpandsToTheStandardsIndex) {
    Digest digest;
    for (std::size_t lead = 0; lead < 126; ++lead) {
        for (std::size_t trail = 0x40; trail < 0xFF; ++trail) {
            if (trail > 0x7E && trail < 0xA1) continue;
            const std::uint32_t entry = tables::kBig5Index[lead * 192 + trail - 0x40];
            const std::size_t letters = tables::kBig5Letters.size();
            if (entry == 0 || entry >= 0x800)
                digest.u32(entry);
            else if (entry <= letters)
                digest.u32(tables::kBig5Letters[entry - 1]);
            else
                digest.u32(0x20000U + tables::kBig5Astral[entry - 1 - letters]);
        }
    }
    EXPECT_EQ(digest.hex(), "6A1D3A91D2B196BA7FD84A2813509539834DC500D6E2214E4CA4143287298920");
}

TEST(Big5Table, HolesReadAsNone) {
    for (std::size_t lead = 0; lead < 126; ++lead) {
        for (std::size_t trail = 0x7F; trail < 0xA1; ++trail)
            EXPECT_EQ(tables::kBig5Index[lead * 192 + trail - 0x40], 0);
        EXPECT_EQ(tables::kBig5Index[lead * 192 + 0xFF - 0x40], 0);
    }
}

TEST(EucKrTable, ExpandsToTheStandardsIndex) {
    Digest digest;
    for (std::size_t lead = 0; lead < 126; ++lead) {
        for (std::size_t trail = 0x41; trail < 0xFF; ++trail)
            digest.u16(tables::kEucKrIndex[lead * 192 + trail - 0x40]);
    }
    EXPECT_EQ(digest.hex(), "5DCDB2DF739D690617DF4CDA682AB548E0E9B55D7C9C73F05E6715CE16296132");
}

TEST(EucKrTable, HolesReadAsNone) {
    for (std::size_t lead = 0; lead < 126; ++lead) {
        EXPECT_EQ(tables::kEucKrIndex[lead * 192], 0);
        EXPECT_EQ(tables::kEucKrIndex[lead * 192 + 0xFF - 0x40], 0);
    }
}

// The user's rows stand in the table and not in the standard's index, which has their code points computed.
TEST(JisTables, ExpandToTheStandardsIndexes) {
    Digest jis0208;
    for (std::size_t pointer = 0; pointer < 11280; ++pointer) {
        const std::size_t trail = pointer % 188;
        const std::uint16_t code_point = tables::kJis0208[pointer / 188 * 192 + trail + (trail < 63 ? 0 : 1)];
        const bool of_the_user = pointer >= 8836 && pointer <= 10715;
        if (of_the_user) {
            ASSERT_EQ(code_point, 0xE000 + pointer - 8836);
        }
        jis0208.u16(of_the_user ? 0 : code_point);
    }
    EXPECT_EQ(jis0208.hex(), "ED7AA2ABC794FD872C1CE4A2C39B87445E83AE05D7ED74F0781CE73C6537CF44");
    Digest jis0212;
    for (std::size_t pointer = 0; pointer < 94 * 94; ++pointer) {
        const std::size_t place = pointer - 94 * tables::kJis0212FirstRow;
        jis0212.u16(place < tables::kJis0212.size() ? tables::kJis0212[place] : 0);
    }
    EXPECT_EQ(jis0212.hex(), "56B913F58AC3F729D3DFC48D14C1F849F6DDF81FB4A1355EDAF3CD17932E2A69");
}

TEST(JisTables, HolesReadAsNone) {
    for (std::size_t lead = 0; lead < 60; ++lead) {
        for (const std::size_t trail : {0x7F, 0xFD, 0xFE, 0xFF})
            EXPECT_EQ(tables::kJis0208[lead * 192 + trail - 0x40], 0);
    }
}

TEST(SingleByteTables, HaveNoTextTwice) {
    for (const Encoding& row : encodings()) {
        if (row.decode != &kSingleByteDecode) continue;
        auto sorted = static_cast<const tables::SingleByteTable*>(row.table)->utf8;
        std::sort(sorted.begin(), sorted.end());
        auto* const first = std::upper_bound(sorted.begin(), sorted.end(), std::array<std::uint8_t, 4>{});
        EXPECT_EQ(std::adjacent_find(first, sorted.end()), sorted.end()) << row.name;
    }
}

}  // namespace
}  // namespace earshot::text
