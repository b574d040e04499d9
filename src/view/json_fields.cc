#include "view/json_fields.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

#include "view/base64.h"

namespace earshot::view {
namespace {

// What stands in the string as it is: ASCII but controls, quote, backslash and DEL.
constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
}();

struct Character {
    std::uint32_t code = 0;
    std::size_t size = 0;  // bytes; 0: no UTF-8 begins here
};

// RFC 3629 section 4: neither overlong forms nor surrogates nor what is beyond U+10FFFF.
Character read_character(const std::uint8_t* at, std::size_t left) {
    const std::uint8_t lead = at[0];
    const std::size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (lead < 0x80) return {lead, 1};
    if (size == 0 || size > left) return {};
    std::uint32_t code = lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((at[i] & 0xc0) != 0x80) return {};
        code = code << 6 | (at[i] & 0x3fU);
    }
    const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
    return {code, size};
}

// U+3000 to U+CFFF, where three bytes are a character without further questions: most of what is not ASCII here.
bool is_cjk(const std::uint8_t* at, std::size_t left) {
    return at[0] >= 0xe3 && at[0] <= 0xec && left >= 3 && (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80;
}

// Invisible steering: C1 controls, marks and embeddings of the bidirectional algorithm, line and paragraph separator.
bool steers(std::uint32_t code) {
    return code < 0xa0 || code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

void append_escape(std::string& out, std::uint32_t code) {
    constexpr char kHex[] = "0123456789abcdef";
    switch (code) {
        case '"':
        case '\\':
            out += '\\';
            out += static_cast<char>(code);
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            const char escape[] = {
                '\\', 'u', kHex[code >> 12 & 15], kHex[code >> 8 & 15], kHex[code >> 4 & 15], kHex[code & 15]};
            out.append(escape, sizeof escape);
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    const ByteView bytes = as_bytes(text);
    out += '"';
    std::size_t copied = 0, at = 0;
    while (at < bytes.size()) {
        if (kPlain[bytes[at]]) {
            ++at;
            continue;
        }
        if (is_cjk(bytes.data() + at, bytes.size() - at)) {
            at += 3;
            continue;
        }
        const Character character = read_character(bytes.data() + at, bytes.size() - at);
        if (character.size > 1 && !steers(character.code)) {
            at += character.size;
            continue;
        }
        out.append(text, copied, at - copied);
        if (character.size == 0) {
            out += "\xef\xbf\xbd";
            ++at;
        } else {
            append_escape(out, character.code);
            at += character.size;
        }
        copied = at;
    }
    out.append(text, copied);
    out += '"';
}

void JsonFields::name(std::string_view name) {
    out_.append(first_ ? "\"" : ",\"");
    out_.append(name);
    out_.append("\":");
    first_ = false;
}

void JsonFields::text(std::string_view name, std::string_view value) {
    this->name(name);
    append_json_string(out_, value);
}

void JsonFields::number(std::string_view name, std::uint64_t value) {
    this->name(name);
    char digits[20];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void JsonFields::truth(std::string_view name, bool value) {
    this->name(name);
    out_ += value ? "true" : "false";
}

void JsonFields::base64(std::string_view name, ByteView value) {
    this->name(name);
    out_ += '"';
    append_base64(out_, value);
    out_ += '"';
}

JsonFields JsonFields::object(std::string_view name) {
    this->name(name);
    return JsonFields(out_);
}

void JsonFields::integer(std::string_view name, std::int64_t value) {
    this->name(name);
    out_ += fmt::to_string(value);
}

void JsonFields::time(std::string_view name, WallTime value) {
    this->name(name);
    out_ += '"';
    append_time(out_, value);
    out_ += '"';
}

JsonArray JsonFields::array(std::string_view name) {
    this->name(name);
    return JsonArray(out_);
}

void JsonArray::next() {
    if (!first_) out_ += ',';
    first_ = false;
}

void JsonArray::text(std::string_view value) {
    next();
    append_json_string(out_, value);
}

JsonFields JsonArray::object() {
    next();
    return JsonFields(out_);
}

void append_time(std::string& out, WallTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    const auto day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(second - day);
    out += fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(), (time - second).count());
}

}  // namespace earshot::view
