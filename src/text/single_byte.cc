// All single-byte encodings: ASCII below, above it a table of ready UTF-8; the way back is one table for all of them.
#include "text/tables/single_byte.h"

#include <algorithm>
#include <type_traits>

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
        const auto& [first, second, third, size] = table_.utf8[*at - 0x80U];
        if (size == 0) return Unit::malformed(1);
        return {1, size, RunKind::text, {first, second, third, 0}};
    }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        if constexpr (!std::is_same_v<Map, RunMap>) {
            if (end - at >= kBlock) return mixed(at, end, out);
        }
        const unsigned size = table_.utf8[*at - 0x80U][3];
        return size == 2 ? stretch<2>(at, end, out) : size == 3 ? stretch<3>(at, end, out) : at;
    }

  private:
    static constexpr int kBlock = 16;

    // Where nobody asks which bytes gave how much: ASCII and the rest alike, without a branch on which it is, as a
    // language that is written in the upper half has ASCII spaces between its words.
    template <typename Map>
    const std::uint8_t* mixed(const std::uint8_t* const begin, const std::uint8_t* end, Output<Map>& out) {
        const std::size_t blocks = std::min(static_cast<std::size_t>(end - begin) / kBlock, out.room() / (3 * kBlock));
        const std::uint8_t* const stop = begin + blocks * kBlock;
        const std::uint8_t* at = begin;
        char* to = out.at();
        for (bool wanted = true; at != stop && wanted;) {
            unsigned upper = 0;
            unsigned i = 0;
            for (; i < kBlock; ++i) {
                const std::uint8_t byte = at[i];
                const std::uint8_t* const text = table_.utf8[byte & 0x7FU].data();
                const unsigned ascii = byte < 0x80 ? 1 : 0;
                std::memcpy(to, text, 4);
                to[0] = ascii != 0 ? static_cast<char>(byte) : to[0];
                const unsigned size = ascii != 0 ? 1 : text[3];
                if (size == 0) [[unlikely]]
                    break;
                upper |= byte;
                to += size;
            }
            at += i;
            wanted = i == kBlock && upper >= 0x80;  // a block of ASCII: there is a faster way for it
        }
        out.wrote(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(to - out.at()), 1, 1);
        return at;
    }
    // Units that all have text of kText bytes.
    template <unsigned kText, typename Map>
    const std::uint8_t* stretch(const std::uint8_t* const begin, const std::uint8_t* end, Output<Map>& out) {
        const std::size_t most = std::min(static_cast<std::size_t>(end - begin), out.room() / kText);
        const std::uint8_t* const stop = begin + most;
        const std::uint8_t* at = begin;
        char* to = out.at();
        for (; at != stop && *at >= 0x80; ++at, to += kText) {
            const std::uint8_t* const text = table_.utf8[*at - 0x80U].data();
            if (text[3] != kText) break;
            std::memcpy(to, text, 4);
        }
        out.wrote(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(to - out.at()), 1, kText);
        return at;
    }

    const SingleByteTable& table_;
};

class SingleByteEncoder {
  public:
    static constexpr Ascii kAscii = Ascii::same;

    explicit SingleByteEncoder(const Encoding& encoding) : table_(table_of(encoding)) {}

    unsigned put(char32_t code_point, std::uint8_t* to) {
        constexpr unsigned kShift = tables::kSingleByteShift;
        if (code_point < 0x80) {
            to[0] = static_cast<std::uint8_t>(code_point);
            return 1;
        }
        if (code_point >= 0x10000) return 0;
        const std::size_t block = table_.blocks[tables::kSingleBytePages[code_point >> kShift]];
        to[0] = tables::kSingleByteBlocks[block << kShift | (code_point & ((1U << kShift) - 1))];
        return to[0] != 0 ? 1 : 0;
    }

  private:
    const SingleByteTable& table_;
};

}  // namespace

constexpr DecodeOps kSingleByteDecode = decode_ops<SingleByteDecoder>();
constexpr EncodeOps kSingleByteEncode = encode_ops<SingleByteEncoder>();

}  // namespace earshot::text
