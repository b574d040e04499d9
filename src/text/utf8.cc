// UTF-8: text is its own raw bytes, so decoding is checking and copying.
#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/utf8_unit.h"

namespace earshot::text {
namespace {

class Utf8Decoder {
  public:
    static constexpr bool kAscii = true;

    Utf8Decoder(const Encoding&, std::uint8_t (&)[4]) {}

    Unit unit(const std::uint8_t* at, std::size_t size) {
        const Utf8Unit found = utf8_unit(at, size);
        if (found.size == 0) return Unit::incomplete();
        return found.valid ? Unit::of(found.size, found.code_point) : Unit::malformed(found.size);
    }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        const std::uint8_t lead = *at;
        if (lead >= 0xE0 && lead < 0xF0) return same<3>(at, three_byte_end(at, end), out);
        if (lead >= 0xC2 && lead < 0xE0) return same<2>(at, two_byte_end(at, end), out);
        return at;
    }

  private:
    static constexpr std::ptrdiff_t kPiece =
        3 << 12;  // what is checked is still near when it is copied; whole units of 3

    template <unsigned kUnit, typename Map>
    const std::uint8_t* same(const std::uint8_t* at, const std::uint8_t* stopped, Output<Map>& out) {
        if (stopped != at) out.same(at, static_cast<std::size_t>(stopped - at), kUnit);
        return stopped;
    }
    static const std::uint8_t* three_byte_end(const std::uint8_t* at, const std::uint8_t* end) {
        if (end - at > kPiece) end = at + kPiece;
        at = four_at_once(at, end);
        while (end - at >= 3 && (at[0] & 0xF0) == 0xE0 && (at[1] & 0xC0) == 0x80 && (at[2] & 0xC0) == 0x80) {
            if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F)) break;
            at += 3;
        }
        return at;
    }
    static const std::uint8_t* two_byte_end(const std::uint8_t* at, const std::uint8_t* end) {
        if (end - at > kPiece) end = at + kPiece;
        while (end - at >= 2 && at[0] >= 0xC2 && at[0] < 0xE0 && (at[1] & 0xC0) == 0x80) at += 2;
        return at;
    }
    // Four units of three bytes a step, while no lead is one of the two that narrow their second byte.
    static const std::uint8_t* four_at_once(const std::uint8_t* at, const std::uint8_t* end) {
#if defined(__SSE2__)
        constexpr int kFour = 0xFFF;
        const auto repeat = [](int lead, int tail) {
            const auto a = static_cast<char>(lead);
            const auto b = static_cast<char>(tail);
            return _mm_setr_epi8(a, b, b, a, b, b, a, b, b, a, b, b, 0, 0, 0, 0);
        };
        const __m128i mask = repeat(0xF0, 0xC0);
        const __m128i shape = repeat(0xE0, 0x80);
        const __m128i narrow_low = _mm_set1_epi8(static_cast<char>(0xE0));
        const __m128i narrow_high = _mm_set1_epi8(static_cast<char>(0xED));
        for (; end - at >= 16; at += 12) {
            const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
            const __m128i fits = _mm_cmpeq_epi8(_mm_and_si128(block, mask), shape);
            const __m128i narrow = _mm_or_si128(_mm_cmpeq_epi8(block, narrow_low), _mm_cmpeq_epi8(block, narrow_high));
            if ((_mm_movemask_epi8(_mm_andnot_si128(narrow, fits)) & kFour) != kFour) break;
        }
#else
        static_cast<void>(end);
#endif
        return at;
    }
};

class Utf8Encoder {
  public:
    static constexpr Ascii kAscii = Ascii::same;
    explicit Utf8Encoder(const Encoding&) {}
    unsigned put(char32_t code_point, std::uint8_t* to) { return put_utf8(code_point, to); }
};

}  // namespace

constexpr DecodeOps kUtf8Decode = decode_ops<Utf8Decoder>();
constexpr EncodeOps kUtf8Encode = encode_ops<Utf8Encoder>();

}  // namespace earshot::text
