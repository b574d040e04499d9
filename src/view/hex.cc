#include "view/hex.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/i18n.h"
#include "text/grapheme.h"
#include "text/safe.h"

namespace earshot::view {

namespace {

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_separator(char c) { return c == ' ' || c == '\t' || c == ',' || c == ':'; }

using Bytes = std::vector<std::uint8_t>;

Error bad(const char* why, std::string_view group) {
    return {Reason::usage, tr_format(why, text::safe_line(group.substr(0, text::grapheme_floor(group, 40))))};
}

Status append_named_checksum(std::string_view name, Bytes& bytes) {
    const Checksum* const checksum = find_checksum(name);
    if (!checksum) return bad(msgid("unknown checksum “+{}”: crc16modbus, sum8, xor8 or crc32"), name);
    append_checksum(*checksum, ByteView(bytes), bytes);
    return Ok{};
}

Status append_group(std::string_view group, Bytes& bytes) {
    std::string_view digits = group;
    if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), [](char c) { return digit(c) >= 0; })) {
        return bad(msgid("“{}” is not hex: write bytes as 01 03 ff or 0103ff"), group);
    }
    if (digits.size() == 1) {
        bytes.push_back(static_cast<std::uint8_t>(digit(digits[0])));
        return Ok{};
    }
    if (digits.size() % 2 != 0) return bad(msgid("“{}” has an odd number of digits: two make a byte"), group);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(digit(digits[i]) * 16 + digit(digits[i + 1])));
    }
    return Ok{};
}

}  // namespace

Result<Bytes> parse_hex(std::string_view entry) {
    Bytes bytes;
    std::size_t at = 0;
    while (at < entry.size()) {
        if (is_separator(entry[at])) {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        while (end < entry.size() && !is_separator(entry[end]) && entry[end] != '+') ++end;
        const std::string_view group = entry.substr(at, end - at);
        const Status taken =
            group[0] == '+' ? append_named_checksum(group.substr(1), bytes) : append_group(group, bytes);
        if (!taken) return taken.error();
        at = end;
    }
    if (bytes.empty()) return Error{Reason::usage, tr("no bytes: write them in hex, as 01 03 ff")};
    return bytes;
}

std::string hex_groups(ByteView bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 3);
    for (const std::uint8_t byte : bytes) {
        if (!out.empty()) out += ' ';
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

void append_hex_dump(ByteView bytes, ByteCount offset, std::string& out) {
    for (std::size_t at = 0; at < bytes.size(); at += 16) {
        const ByteView row = bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at));
        std::string hex = hex_groups(row);
        hex.resize(16 * 3 - 1, ' ');
        hex.insert(8 * 3 - 1, " ");
        out += fmt::format("{:06x}  {}  ", offset + at, hex);
        for (const std::uint8_t byte : row) out += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
        out += '\n';
    }
}

}  // namespace earshot::view
