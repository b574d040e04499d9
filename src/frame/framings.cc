#include "frame/framings.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/i18n.h"
#include "frame/chunk.h"
#include "frame/delim.h"
#include "frame/fixed.h"
#include "frame/idle.h"
#include "frame/length.h"
#include "frame/line.h"

namespace earshot::frame {
namespace {

using Made = Result<std::unique_ptr<Framer>>;

constexpr std::size_t kLongestDelimiter = 65536;              // bytes; each costs five of memory
constexpr std::uint64_t kLongestQuiet = 24ULL * 3600 * 1000;  // ms: a day, far beyond any use
constexpr std::int64_t kLargestAdjust = 0xffff'ffff;          // as much as the widest field can say

Error wrong(std::string message) { return {Reason::usage, std::move(message)}; }

// What the user typed, safe and short enough to stand in a message.
std::string shown(std::string_view typed) {
    constexpr std::size_t kMost = 60;
    std::string out;
    for (const char c : typed.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
    if (typed.size() > kMost) out += "...";
    return out;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Made make_line(std::string_view, std::size_t max_message) { return Made(std::make_unique<LineFramer>(max_message)); }

Made make_chunk(std::string_view, std::size_t max_message) { return Made(std::make_unique<ChunkFramer>(max_message)); }

std::optional<std::uint8_t> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

Made make_delim(std::string_view hex, std::size_t max_message) {
    if (hex.size() / 2 > kLongestDelimiter) {
        return wrong(tr_format("the delimiter may have at most {} bytes", kLongestDelimiter));
    }
    std::vector<std::uint8_t> delimiter;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        const auto high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
        if (!high || !low) return wrong(tr_format("\"{}\" is no byte in hex", shown(hex.substr(i, 2))));
        delimiter.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
    }
    if (hex.size() % 2 != 0) return wrong(tr("the delimiter is written with two hex digits a byte, like 0d0a"));
    if (delimiter.empty()) return wrong(tr("the delimiter is empty"));
    return Made(std::make_unique<DelimFramer>(std::move(delimiter), max_message));
}

Made make_fixed(std::string_view arguments, std::size_t max_message) {
    const auto size = parse_number<std::uint64_t>(arguments);
    if (!size || *size == 0 || *size > max_message) {
        return wrong(
            tr_format("\"{}\" is no size from 1 to {} bytes, which a message may have", shown(arguments), max_message));
    }
    return Made(std::make_unique<FixedFramer>(*size));
}

Made make_idle(std::string_view arguments, std::size_t max_message) {
    const auto quiet = parse_number<std::uint64_t>(arguments);
    if (!quiet || *quiet == 0 || *quiet > kLongestQuiet) {
        return wrong(tr_format("\"{}\" is no time from 1 to {} milliseconds", shown(arguments), kLongestQuiet));
    }
    return Made(std::make_unique<IdleFramer>(Millis(*quiet), max_message));
}

std::optional<LengthField> parse_field(std::string_view name) {
    if (name == "u8") return LengthField{.width = 1, .big_endian = true};
    if (name == "u16be") return LengthField{.width = 2, .big_endian = true};
    if (name == "u16le") return LengthField{.width = 2, .big_endian = false};
    if (name == "u32be") return LengthField{.width = 4, .big_endian = true};
    if (name == "u32le") return LengthField{.width = 4, .big_endian = false};
    return std::nullopt;
}

// One of "offset=N" and "adjust=N" into `field`.
Status parse_setting(std::string_view setting, std::size_t max_message, LengthField& field) {
    const std::size_t equals = setting.find('=');
    const std::string_view key = setting.substr(0, equals);
    const std::string_view value = equals == setting.npos ? std::string_view() : setting.substr(equals + 1);
    if (key == "offset") {
        const auto offset = parse_number<std::uint64_t>(value);
        if (!offset || *offset > max_message) {
            return wrong(tr_format("offset \"{}\" is no number from 0 to {}", shown(value), max_message));
        }
        field.offset = *offset;
        return Ok{};
    }
    if (key == "adjust") {
        const auto adjust = parse_number<std::int64_t>(value.starts_with('+') ? value.substr(1) : value);
        if (!adjust || *adjust > kLargestAdjust || *adjust < -kLargestAdjust || value.starts_with("+-")) {
            return wrong(
                tr_format("adjust \"{}\" is no number from -{} to {}", shown(value), kLargestAdjust, kLargestAdjust));
        }
        field.adjust = *adjust;
        return Ok{};
    }
    return wrong(tr_format("unknown setting \"{}\"; known: offset=N, adjust=N", shown(setting)));
}

Made make_length(std::string_view arguments, std::size_t max_message) {
    const std::string_view name = arguments.substr(0, arguments.find(','));
    std::optional<LengthField> field = parse_field(name);
    if (!field) return wrong(tr_format("unknown field \"{}\"; known: u8 u16be u16le u32be u32le", shown(name)));
    std::string_view rest = arguments.substr(name.size());
    while (!rest.empty()) {
        rest.remove_prefix(1);  // the comma
        const std::string_view setting = rest.substr(0, rest.find(','));
        if (const Status parsed = parse_setting(setting, max_message, *field); !parsed) return parsed.error();
        rest.remove_prefix(setting.size());
    }
    return Made(std::make_unique<LengthFramer>(*field, max_message));
}

constexpr std::array kFramings{
    Framing{"line", "line", "line", msgid("a message ends at a line feed; a carriage return before it goes with it"),
            make_line},
    Framing{"chunk", "chunk", "chunk", msgid("what one read gave is a message"), make_chunk},
    Framing{"delim", "delim:HEX", "delim:0d0a", msgid("a message ends with these bytes"), make_delim},
    Framing{"fixed", "fixed:N", "fixed:16", msgid("every message has N bytes"), make_fixed},
    Framing{"length", "length:u8|u16be|u16le|u32be|u32le[,offset=N,adjust=N]", "length:u16be",
            msgid("a field, after offset bytes, says how many bytes follow it; adjust is added"), make_length},
    Framing{"idle", "idle:MS", "idle:50", msgid("a message ends where the peer is silent for so many milliseconds"),
            make_idle},
};

std::string known_forms() {
    std::string out;
    for (const Framing& framing : kFramings) {
        if (!out.empty()) out += ' ';
        out += framing.syntax;
    }
    return out;
}

const Framing* find(std::string_view name) {
    for (const Framing& framing : kFramings) {
        if (framing.name == name) return &framing;
    }
    return nullptr;
}

}  // namespace

std::span<const Framing> framings() { return kFramings; }

Result<std::unique_ptr<Framer>> make_framer(std::string_view name, ByteCount max_message) {
    if (max_message == 0 || max_message > kLargestMessage) {
        return wrong(tr_format("a message may be limited to 1 to {} bytes, not to {}", kLargestMessage, max_message));
    }
    const std::size_t colon = name.find(':');
    const Framing* const framing = find(name.substr(0, colon));
    if (!framing) return wrong(tr_format("unknown framing \"{}\"; known: {}", shown(name), known_forms()));
    if ((colon != name.npos) != framing->has_arguments()) {
        return wrong(tr_format("framing \"{}\" is written {}", shown(name), framing->syntax));
    }
    const std::string_view arguments = colon == name.npos ? std::string_view() : name.substr(colon + 1);
    Made made = framing->make(arguments, static_cast<std::size_t>(max_message));
    if (made) return made;
    return wrong(tr_format("framing \"{}\": {}; it is written {}", shown(name), made.error().message, framing->syntax));
}

}  // namespace earshot::frame
