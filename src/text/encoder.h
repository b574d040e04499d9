// A streaming encoder: UTF-8 in, the encoding's bytes out. What it cannot carry is refused and named, never replaced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "text/encoding.h"

namespace earshot::text {

struct Refusal {
    std::size_t text_at = 0;  // bytes of UTF-8 before the character
    char32_t code_point = 0;  // U+FFFD with malformed = true where the UTF-8 itself is broken
    bool malformed = false;

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

class Encoder {
  public:
    explicit Encoder(const Encoding& encoding) : encoding_(&encoding) {}
    const Encoding& encoding() const { return *encoding_; }

    // Appends the bytes of `text` to `bytes`. Where a character cannot be carried, stops before it and says where:
    // everything before it has been appended, nothing after it. `text` holds whole characters.
    std::optional<Refusal> encode(std::string_view text, std::vector<std::uint8_t>& bytes);
    // Appends what brings the encoding back to its initial state (ISO-2022-JP's escape to ASCII); call it after every
    // message.
    void finish(std::vector<std::uint8_t>& bytes);

  private:
    friend struct EncodeOps;
    const Encoding* encoding_;
    std::uint8_t mode_ = 0;
};

}  // namespace earshot::text
