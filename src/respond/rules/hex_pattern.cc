#include "respond/rules/hex_pattern.h"

#include "base/i18n.h"
#include "text/grapheme.h"
#include "text/safe.h"

namespace earshot::respond::rules {

namespace {

bool is_separator(char c) { return c == ' ' || c == '\t' || c == ',' || c == ':' || c == '\n' || c == '\r'; }

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Error bad(const char* why, std::string_view group) {
    return {Reason::usage, tr_format(why, text::safe_line(group.substr(0, text::grapheme_floor(group, 40))))};
}

// One group: the value of its bytes, and which of their bits count.
Status append_group(std::string_view group, bool wild, std::vector<std::uint8_t>& value,
                    std::vector<std::uint8_t>& mask) {
    std::string_view digits = group;
    if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
    const bool short_form = digits.size() == 1 && digits[0] != '?';
    if (digits.empty() || (digits.size() % 2 != 0 && !short_form)) {
        return bad(msgid("“{}” has an odd number of digits: two make a byte"), group);
    }
    unsigned byte = 0, bits = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const int one = digit(digits[i]);
        const bool is_wild = wild && digits[i] == '?';
        if (one < 0 && !is_wild) {
            return wild ? bad(msgid("“{}” is no hex pattern: write bytes as 01 03 ?? 4?"), group)
                        : bad(msgid("“{}” is not hex: write bytes as 01 03 ff or 0103ff"), group);
        }
        byte = byte * 16 + (is_wild ? 0 : static_cast<unsigned>(one));
        bits = bits * 16 + (is_wild ? 0 : 15);
        if (i % 2 == 0 && !short_form) continue;
        value.push_back(static_cast<std::uint8_t>(byte));
        mask.push_back(static_cast<std::uint8_t>(short_form ? 0xFF : bits));
        byte = bits = 0;
    }
    return Ok{};
}

}  // namespace

Result<std::vector<std::uint8_t>> parse_hex_bytes(std::string_view text) {
    std::vector<std::uint8_t> value, mask;
    for (std::size_t at = 0; at < text.size();) {
        if (is_separator(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && !is_separator(text[end])) ++end;
        if (const Status taken = append_group(text.substr(at, end - at), false, value, mask); !taken) {
            return taken.error();
        }
        at = end;
    }
    return value;
}

Result<HexPattern> HexPattern::parse(std::string_view text) {
    HexPattern made;
    bool in_group = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        std::size_t end = at + 1;
        if (is_separator(c)) {
            // nothing
        } else if (c == '(' && !in_group) {
            in_group = true;
            made.groups_.emplace_back(made.value_.size(), made.value_.size());
        } else if (c == ')' && in_group) {
            in_group = false;
            made.groups_.back().second = made.open_ended_ ? kToEnd : made.value_.size();
        } else if (c == '(' || c == ')') {
            return bad(msgid("parentheses do not pair in “{}”: captures do not nest"), text);
        } else if (made.open_ended_) {
            return bad(msgid("“{}” stands behind the *, which takes all that is left"), text.substr(at));
        } else if (c == '*') {
            made.open_ended_ = true;
        } else {
            while (end < text.size() && !is_separator(text[end]) && text[end] != '(' && text[end] != ')' &&
                   text[end] != '*') {
                ++end;
            }
            if (const Status taken = append_group(text.substr(at, end - at), true, made.value_, made.mask_); !taken) {
                return taken.error();
            }
        }
        at = end;
    }
    if (in_group) return bad(msgid("parentheses do not pair in “{}”: captures do not nest"), text);
    if (made.value_.empty()) return Error{Reason::usage, tr("no bytes: write them in hex, as 01 03 ff")};
    return made;
}

bool HexPattern::matches(ByteView bytes) const {
    if (open_ended_ ? bytes.size() < value_.size() : bytes.size() != value_.size()) return false;
    for (std::size_t i = 0; i < value_.size(); ++i) {
        if ((bytes[i] & mask_[i]) != value_[i]) return false;
    }
    return true;
}

ByteView HexPattern::capture(std::size_t group, ByteView bytes) const {
    if (group == 0) return bytes;
    const auto [first, end] = groups_[group - 1];
    return bytes.subspan(first, (end == kToEnd ? bytes.size() : end) - first);
}

}  // namespace earshot::respond::rules
