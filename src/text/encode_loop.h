// The loop around a codec's encoder: reads UTF-8 strictly, copies ASCII, names what cannot be carried.
//
// A codec has
//     explicit Codec(const Encoding&)                             (for encode_ops)
//     static constexpr bool kAscii                                ASCII is itself
//     unsigned put(char32_t code_point, std::uint8_t* to)         bytes written (at most 8), 0: it has none for it
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>

#include "text/ascii.h"
#include "text/codec.h"
#include "text/utf8_unit.h"

namespace earshot::text {

template <typename Codec>
class EncodeLoop {
  public:
    EncodeLoop(Codec codec, std::vector<std::uint8_t>& bytes) : codec_(std::move(codec)), bytes_(bytes) {}
    ~EncodeLoop() { spill(); }
    EncodeLoop(const EncodeLoop&) = delete;
    EncodeLoop& operator=(const EncodeLoop&) = delete;

    std::optional<Refusal> encode(std::string_view text) {
        const ByteView raw = as_bytes(text);
        const std::uint8_t* at = raw.data();
        const std::uint8_t* const end = at + raw.size();
        while (at != end) {
            if (used_ > kSize) spill();
            if (Codec::kAscii && *at < 0x80) {
                at += ascii(at, end);
                continue;
            }
            const Utf8Unit unit = utf8_unit(at, static_cast<std::size_t>(end - at));
            const auto text_at = static_cast<std::size_t>(at - raw.data());
            if (!unit.valid) return Refusal{text_at, 0xFFFD, true};
            const unsigned size = codec_.put(unit.code_point, buffer_ + used_);
            if (size == 0) return Refusal{text_at, unit.code_point, false};
            used_ += size;
            at += unit.size;
        }
        return std::nullopt;
    }

  private:
    static constexpr std::size_t kSize = 4096;
    static constexpr std::size_t kSlack = 64;

    std::size_t ascii(const std::uint8_t* at, const std::uint8_t* end) {
        const auto left = static_cast<std::size_t>(end - at);
        if (left >= kAsciiBlock) {
            const std::size_t count = copy_ascii_block(at, buffer_ + used_);
            if (count < kAsciiBlock) {
                used_ += count;
                return count;
            }
        }
        const std::size_t count = ascii_length(at, end);
        if (count <= kSlack / 2) {
            std::memcpy(buffer_ + used_, at, count);
            used_ += count;
        } else {
            spill();
            bytes_.insert(bytes_.end(), at, at + count);
        }
        return count;
    }
    void spill() {
        bytes_.insert(bytes_.end(), buffer_, buffer_ + used_);
        used_ = 0;
    }

    Codec codec_;
    std::vector<std::uint8_t>& bytes_;
    std::size_t used_ = 0;
    std::uint8_t buffer_[kSize + kSlack];  // not initialised: see output.h
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
