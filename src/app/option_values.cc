#include "app/option_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/i18n.h"

namespace earshot::app {

namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

Error usage_error(std::string message) {
    for (char& c : message) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    return Error{Reason::usage, std::move(message)};
}

Result<Millis> parse_seconds(std::string_view text) {
    constexpr double kLongest = 315'360'000;  // ten years
    double seconds = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
    if (text.empty() || read.ec != std::errc() || read.ptr != end || !std::isfinite(seconds) || seconds < 0 ||
        seconds > kLongest) {
        return usage_error(tr_format("\"{}\" is no number of seconds: write 0 or more, as in 2 or 0.25", text));
    }
    const auto milliseconds = static_cast<std::int64_t>(std::llround(seconds * 1000));
    return Millis(seconds > 0 ? std::max<std::int64_t>(milliseconds, 1) : 0);
}

namespace {

// "64", "64K", "64 KiB"; `most` bytes at most, which is what too large a number is as well. No value: not so written.
std::optional<ByteCount> read_size(std::string_view text, std::string_view units, ByteCount most) {
    ByteCount number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit = trimmed(text.substr(static_cast<std::size_t>(read.ptr - text.data())));
    if (read.ec != std::errc()) return std::nullopt;
    if (unit.empty()) return std::min(number, most);
    const char letter = static_cast<char>(unit.front() & ~0x20);
    const std::size_t power = units.find(letter);
    if (power == std::string_view::npos || (unit.size() > 1 && unit.substr(1) != "iB")) return std::nullopt;
    const std::size_t shift = 10 * (power + 1);
    return number > most >> shift ? most : number << shift;
}

}  // namespace

Result<ByteCount> parse_size(std::string_view text) {
    constexpr ByteCount kLargest = ByteCount(2) << 30;
    const auto size = read_size(text, "KMG", kLargest + 1);
    if (!size) {
        return usage_error(
            tr_format("\"{}\" is no number of bytes: write it plain or with K, M, G, KiB, MiB or GiB", text));
    }
    if (*size == 0 || *size > kLargest) {
        return usage_error(tr_format("{} is out of range: write 1 byte to 2 GiB", text));
    }
    return *size;
}

Result<ByteCount> parse_memory(std::string_view text) {
    constexpr ByteCount kLeast = 1 << 20, kLargest = ByteCount(1) << 50;
    if (text == "none") return ByteCount(0);
    const auto size = read_size(text, "KMGT", kLargest + 1);
    if (!size) {
        return usage_error(tr_format("\"{}\" is no amount of memory: write none, or a number with M, G or T", text));
    }
    if (*size != 0 && (*size < kLeast || *size > kLargest)) {
        return usage_error(tr_format("{} is out of range: write none, or at least 1M", text));
    }
    return *size;
}

Result<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.empty() || read.ec != std::errc() || read.ptr != end) {
        return usage_error(tr_format("\"{}\" is no count: write a whole number", text));
    }
    return number;
}

Result<Rate> parse_rate(std::string_view text) {
    constexpr std::uint64_t kMost = 1'000'000'000;
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view unit = text.substr(slash);
    const auto count = parse_count(text.substr(0, slash));
    Rate rate;
    if (unit == "/m") rate.period = std::chrono::minutes(1);
    if (unit == "/h") rate.period = std::chrono::hours(1);
    const bool known = unit.empty() || unit == "/s" || unit == "/m" || unit == "/h";
    if (!count || !known || *count > kMost) {
        return usage_error(tr_format("\"{}\" is no rate: write a count, or one as in 20/s, 30/m or 100/h", text));
    }
    rate.count = *count;
    return rate;
}

Result<Rate> parse_byte_rate(std::string_view text) {
    const bool has_unit = text.ends_with("/s");
    const auto size = parse_size(text.substr(0, text.size() - (has_unit ? 2 : 0)));
    if (!size) return usage_error(tr_format("\"{}\" is no rate of bytes: write a size, as in 64K or 64K/s", text));
    return Rate{*size, std::chrono::seconds(1)};
}

Result<std::vector<std::string>> parse_list(std::string_view text) {
    std::vector<std::string> items;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string_view item = trimmed(text.substr(at, comma - at));
        if (item.empty()) return usage_error(tr_format("\"{}\" has an empty item: write a,b,c", text));
        items.emplace_back(item);
        at = comma + 1;
    }
    return items;
}

Result<std::string> parse_pin(std::string_view text) {
    std::string pin;
    for (const char c : text) {
        if (c == ':' && pin.size() % 2 == 0) continue;
        pin += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (pin.size() != 64 || !std::all_of(pin.begin(), pin.end(), is_hex_digit)) {
        return usage_error(tr_format("\"{}\" is no SHA-256: write its 64 hex digits", text));
    }
    return pin;
}

}  // namespace earshot::app
