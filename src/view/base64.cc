#include "view/base64.h"

#include <array>

namespace earshot::view {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 64;

// Two digits for each 12 bits: half the look-ups of one digit for each 6, in 8 KiB.
constexpr auto kPairs = [] {
    std::array<std::array<char, 2>, 4096> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 6], kDigits[i & 63]};
    return pairs;
}();

constexpr auto kValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < kDigits.size(); ++i) {
        values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

}  // namespace

void append_base64(std::string& out, ByteView bytes) {
    const std::size_t start = out.size(), whole = bytes.size() / 3 * 3;
    out.resize(start + (bytes.size() + 2) / 3 * 4);
    char* to = out.data() + start;
    for (std::size_t i = 0; i < whole; i += 3, to += 4) {
        const std::uint32_t bits = static_cast<std::uint32_t>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
        std::memcpy(to, kPairs[bits >> 12].data(), 2);
        std::memcpy(to + 2, kPairs[bits & 0xfff].data(), 2);
    }
    const std::size_t rest = bytes.size() - whole;
    if (rest == 0) return;
    const std::uint32_t bits =
        static_cast<std::uint32_t>(bytes[whole] << 16) | (rest == 2 ? std::uint32_t(bytes[whole + 1]) << 8 : 0);
    std::memcpy(to, kPairs[bits >> 12].data(), 2);
    to[2] = rest == 2 ? kDigits[bits >> 6 & 63] : '=';
    to[3] = '=';
}

std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) ++padding, text.remove_suffix(1);
    std::vector<std::uint8_t> bytes(text.size() / 4 * 3 + (padding == 0 ? 0 : 3 - padding));
    std::uint8_t* to = bytes.data();
    std::uint32_t bits = 0;
    unsigned count = 0;  // of `bits` not yet given
    for (const char c : text) {
        const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
        if (value == kNoDigit) return std::nullopt;
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *to++ = static_cast<std::uint8_t>(bits >> count);
        }
    }
    if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
    return bytes;
}

}  // namespace earshot::view
