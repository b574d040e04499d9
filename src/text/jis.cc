#include "text/jis.h"

#include <bit>

namespace earshot::text {

unsigned jis_pointer(char32_t code_point) {
    if (code_point == U'\u2212') code_point = U'\uFF0D';
    if (code_point > 0xFFFF) return kNoPlace;
    const std::size_t block = tables::kJisReverseBlock[code_point >> 6];
    const std::uint64_t mask = tables::kJisReverseMask[block];
    const std::uint64_t bit = std::uint64_t{1} << (code_point & 63);
    if ((mask & bit) == 0) return kNoPlace;
    const auto before = static_cast<unsigned>(std::popcount(mask & (bit - 1)));
    return tables::kJisPointer[tables::kJisReverseBegin[block] + before];
}

}  // namespace earshot::text
