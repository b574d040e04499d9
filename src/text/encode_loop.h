// The loop around a codec's encoder: reads UTF-8 strictly, copies ASCII, names what cannot be carried.
//
// A codec has
//     explicit Codec(const Encoding&)                             (for encode_ops)
//     static constexpr Ascii kAscii                               what becomes of ASCII
//     unsigned put(char32_t code_point, std::uint8_t* to)         bytes written (at most 8), 0: it has none for it
//     std::size_t ascii(const std::uint8_t* at, const std::uint8_t* end, std::uint8_t* to)
//         where ASCII has a way of its own: takes what it can at once, kAsciiSize bytes a letter; gives back how many
//         letters
#pragma once

#include <algorithm>
#include <utility>

#include "text/ascii.h"
#include "text/codec.h"
#include "text/utf8_unit.h"

namespace earshot::text {

// ASCII is itself; has a way of its own in the codec; is to be put like any character.
enum class Ascii { same, own, put };

// Where the bytes go: a buffer on the stack, as in output.h.
class EncodeBuffer {
  public:
    explicit EncodeBuffer(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
    ~EncodeBuffer() { spill(); }
    EncodeBuffer(const EncodeBuffer&) = delete;
    EncodeBuffer& operator=(const EncodeBuffer&) = delete;

  protected:
    static constexpr std::size_t kSize = 4096;
    static constexpr std::size_t kSlack = 64;

    // Copies the ASCII that [at, end) begins with, or the first of it; gives back how much.
    std::size_t same_ascii(const std::uint8_t* at, const std::uint8_t* end) {
        if (static_cast<std::size_t>(end - at) >= kAsciiBlock) {
            const std::size_t count = copy_ascii_block(at, buffer_ + used_);
            if (count < kAsciiBlock) {
                used_ += count;
                return count;
            }
        }
        return long_ascii(at, end);
    }
    void spill();

    std::size_t used_ = 0;
    std::uint8_t buffer_[kSize + kSlack];  // not initialised

  private:
    std::size_t long_ascii(const std::uint8_t* at, const std::uint8_t* end);

    std::vector<std::uint8_t>& bytes_;
};

template <typename Codec>
class EncodeLoop : EncodeBuffer {
  public:
    EncodeLoop(Codec codec, std::vector<std::uint8_t>& bytes) : EncodeBuffer(bytes), codec_(std::move(codec)) {}

    std::optional<Refusal> encode(std::string_view text) {
        const ByteView raw = as_bytes(text);
        const std::uint8_t* at = raw.data();
        const std::uint8_t* const end = at + raw.size();
        while (at != end) {
            if (used_ > kSize) spill();
            if (*at < 0x80) {
                if (const std::size_t count = ascii(at, end)) {
                    at += count;
                    continue;
                }
            }
            const std::uint8_t* const stopped = characters(at, end);
            if (stopped != at) {
                at = stopped;
                continue;
            }
            const Utf8Unit unit = utf8_unit(at, static_cast<std::size_t>(end - at));
            const auto text_at = static_cast<std::size_t>(at - raw.data());
            if (!unit.valid) return Refusal{text_at, 0xFFFD, true};
            const unsigned size = put(unit.code_point, buffer_ + used_);
            if (size == 0) return Refusal{text_at, unit.code_point, false};
            used_ += size;
            at += unit.size;
        }
        return std::nullopt;
    }

  private:
    // As many characters of two and three bytes of UTF-8 as there are, single ASCII between, while they can be carried
    // and there is room; gives back where it stopped.
    const std::uint8_t* characters(const std::uint8_t* at, const std::uint8_t* const end) {
        std::uint8_t* to = buffer_ + used_;
        std::uint8_t* const full = buffer_ + kSize;
        while (end - at >= 4 && to <= full) {
            const std::uint32_t three = at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16;
            char32_t code_point = at[0];
            unsigned length = 1;
            if ((three & 0xC0C0F0) == 0x8080E0) {
                code_point = (three & 0x0F) << 12 | (three >> 2 & 0xFC0) | (three >> 16 & 0x3F);
                length = 3;
                if (code_point < 0x800 || (code_point & 0xF800) == 0xD800) break;
            } else if ((three & 0xC0E0) == 0x80C0) {
                code_point = (three & 0x1F) << 6 | (three >> 8 & 0x3F);
                length = 2;
                if (code_point < 0x80) break;
            } else if (code_point >= 0x80 || (Codec::kAscii != Ascii::put && at[1] < 0x80)) {
                break;  // there is a faster way for more ASCII than this
            }
            const unsigned size = codec_.put(code_point, to);
            if (size == 0) break;
            to += size;
            at += length;
        }
        used_ = static_cast<std::size_t>(to - buffer_);
        return at;
    }
    [[gnu::noinline]] unsigned put(char32_t code_point, std::uint8_t* to) { return codec_.put(code_point, to); }
    // ASCII that has a way of its own; gives back how much was taken.
    std::size_t ascii(const std::uint8_t* at, const std::uint8_t* end) {
        if constexpr (Codec::kAscii == Ascii::same) return same_ascii(at, end);
        if constexpr (Codec::kAscii == Ascii::own) {
            const std::size_t room = (kSize + kSlack - used_) / Codec::kAsciiSize;
            const std::size_t count =
                codec_.ascii(at, at + std::min(static_cast<std::size_t>(end - at), room), buffer_ + used_);
            used_ += Codec::kAsciiSize * count;
            return count;
        }
        return 0;
    }

    Codec codec_;
};

// For encodings without a state of their own.
template <typename Codec>
constexpr EncodeOps encode_ops() {
    return {[](Encoder& encoder, std::string_view text, std::vector<std::uint8_t>& bytes) {
                return EncodeLoop<Codec>(Codec(encoder.encoding()), bytes).encode(text);
            },
            [](Encoder&, std::vector<std::uint8_t>&) {}};
}

}  // namespace earshot::text
