// All single-byte encodings: ASCII below, a table of 128 code points above.
#include "text/tables/single_byte.h"

#include <algorithm>

#include "text/decode_loop.h"
#include "text/encode_loop.h"

namespace earshot::text {
namespace {

using tables::SingleByteTable;

const SingleByteTable& table_of(const Encoding& encoding) {
    return *static_cast<const SingleByteTable*>(encoding.table);
}

class SingleByteDecoder {
  public:
    static constexpr bool kAscii = true;

    SingleByteDecoder(const Encoding& encoding, std::uint8_t (&)[4]) : table_(table_of(encoding)) {}

    Unit unit(const std::uint8_t* at, std::size_t) {
        if (*at < 0x80) return Unit::of(1, *at);
        const char32_t code_point = table_[*at - 0x80U];
        return code_point == 0 ? Unit::malformed(1) : Unit::of(1, code_point);
    }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        const char32_t first = table_[*at - 0x80U];
        if (first == 0) return at;
        return first < 0x800 ? stretch<2>(at, end, out) : stretch<3>(at, end, out);
    }

  private:
    template <unsigned kText, typename Map>
    const std::uint8_t* stretch(const std::uint8_t* const begin, const std::uint8_t* end, Output<Map>& out) {
        const std::size_t most = std::min(static_cast<std::size_t>(end - begin), out.room() / kText);
        const std::uint8_t* const stop = begin + most;
        const std::uint8_t* at = begin;
        char* to = out.at();
        for (; at != stop && *at >= 0x80; ++at, to += kText) {
            const char32_t code_point = table_[*at - 0x80U];
            if ((kText == 2) != (code_point < 0x800) || code_point == 0) break;
            put_utf8(code_point, to);
        }
        out.wrote(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(to - out.at()), 1, kText);
        return at;
    }

    const SingleByteTable& table_;
};

class SingleByteEncoder {
  public:
    static constexpr bool kAscii = true;

    explicit SingleByteEncoder(const Encoding& encoding) : table_(table_of(encoding)) {}

    unsigned put(char32_t code_point, std::uint8_t* to) {
        if (code_point < 0x80) {
            to[0] = static_cast<std::uint8_t>(code_point);
            return 1;
        }
        const auto* found = std::find(table_.begin(), table_.end(), code_point);
        if (found == table_.end()) return 0;
        to[0] = static_cast<std::uint8_t>(0x80 + (found - table_.begin()));
        return 1;
    }

  private:
    const SingleByteTable& table_;
};

}  // namespace

constexpr DecodeOps kSingleByteDecode = decode_ops<SingleByteDecoder>();
constexpr EncodeOps kSingleByteEncode = encode_ops<SingleByteEncoder>();

}  // namespace earshot::text
