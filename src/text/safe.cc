#include "text/safe.h"

#include <cstring>

#include "text/code_point.h"

namespace earshot::text {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void append_byte_code(std::string& out, std::uint8_t byte) {
    const char code[] = {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    out.append(code, sizeof code);
}

// ASCII as a byte, all else by its code point: a C1 control must not look like a byte that did not decode.
void append_code(std::string& out, char32_t value) {
    if (value < 0x80) return append_byte_code(out, static_cast<std::uint8_t>(value));
    out += "\\u{";
    int shift = 20;
    while ((value >> shift) == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) out.push_back(kHex[(value >> shift) & 15]);
    out.push_back('}');
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// "x1b" or "u{": after a backslash it would read as a mark of ours.
bool looks_like_code(std::string_view rest) {
    if (rest.starts_with("u{")) return true;
    return rest.size() >= 3 && rest[0] == 'x' && is_hex(rest[1]) && is_hex(rest[2]);
}

// Whether eight bytes are all printable ASCII other than a backslash. May say no where the answer is yes.
bool plain_ascii_8(const char* at) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHigh = kOnes * 0x80;
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    const std::uint64_t slash = word ^ (kOnes * '\\');
    const std::uint64_t del = word ^ (kOnes * 0x7f);
    return ((word | (word - kOnes * 0x20) | (slash - kOnes) | (del - kOnes)) & kHigh) == 0;
}

// CJK and Hangul, three bytes each: nothing unsafe among leads E4 to EC.
bool plain_cjk(const char* at) {
    const auto byte = [&](int i) { return static_cast<std::uint8_t>(at[i]); };
    return byte(0) >= 0xe4 && byte(0) <= 0xec && (byte(1) & 0xc0) == 0x80 && (byte(2) & 0xc0) == 0x80;
}

// Pieces one after the other: plain(text), escaped(code point), malformed(bytes).
template <typename Out>
class Walk {
  public:
    Walk(std::string_view text, std::span<const MalformedUnit> malformed, const SafeOptions& options, Out& out)
        : text_(text), malformed_(malformed), options_(options), out_(out) {}

    void run() {
        std::size_t done = 0;  // given out up to here
        std::size_t at = 0;
        while (at < text_.size()) {
            at = skip_plain(at, next_malformed(at));
            if (at == text_.size()) break;
            const Found found = look(at);
            if (found.kind == Kind::plain) {
                at += found.size;
                continue;
            }
            out_.plain(text_.substr(done, at - done));
            give(found, at);
            at += found.size;
            done = at;
        }
        out_.plain(text_.substr(done));
    }

  private:
    enum class Kind : std::uint8_t { plain, dropped, doubled, escaped, bytes, unit };
    struct Found {
        Kind kind = Kind::plain;
        std::size_t size = 1;  // bytes of text_
        char32_t value = 0;
    };

    // Where the next malformed unit stands; the text's size where there is none.
    std::size_t next_malformed(std::size_t at) {
        while (!malformed_.empty() && (malformed_[0].text_at < at || !stands_there(malformed_[0].text_at))) {
            malformed_ = malformed_.subspan(1);
        }
        return malformed_.empty() ? text_.size() : malformed_[0].text_at;
    }
    bool stands_there(std::size_t at) const {
        return at < text_.size() && text_.substr(at).starts_with("\xef\xbf\xbd");
    }

    // From `at` to the first byte that needs a look; never past `end`.
    std::size_t skip_plain(std::size_t at, std::size_t end) const {
        const char* bytes = text_.data();
        for (;;) {
            if (end - at >= 8 && plain_ascii_8(bytes + at)) {
                at += 8;
            } else if (end - at >= 3 && plain_cjk(bytes + at)) {
                at += 3;
            } else if (at < end && bytes[at] >= 0x20 && bytes[at] < 0x7f && bytes[at] != '\\') {
                ++at;
            } else {
                return at;
            }
        }
    }

    Found look(std::size_t at) {
        if (!malformed_.empty() && malformed_[0].text_at == at) return {Kind::unit, 3};
        const char c = text_[at];
        if (c == '\\') return backslashes(at);
        if (options_.lines) {
            if (c == '\n' || c == '\t') return {};
            if (c == '\r' && at + 1 < text_.size() && text_[at + 1] == '\n') return {Kind::dropped};
        }
        const CodePoint point = code_point_at(text_, at);
        if (!point.valid) return {Kind::bytes, 1};
        const bool unsafe = is_unsafe(point.value, options_.strict_joiners);
        return {unsafe ? Kind::escaped : Kind::plain, point.size, point.value};
    }

    // A run of backslashes: doubled where it stands before one of our marks, or before what looks like one.
    Found backslashes(std::size_t at) {
        std::size_t end = text_.find_first_not_of('\\', at);
        if (end == std::string_view::npos) end = text_.size();
        if (options_.reverse_video || end == text_.size()) return {Kind::plain, end - at};
        bool mark_follows = looks_like_code(text_.substr(end));
        if (!mark_follows) {
            next_malformed(end);
            const Kind next = look(end).kind;
            mark_follows = next != Kind::plain && next != Kind::dropped;
        }
        return {mark_follows ? Kind::doubled : Kind::plain, end - at};
    }

    void give(const Found& found, std::size_t at) {
        switch (found.kind) {
            case Kind::plain:
            case Kind::dropped:
                return;
            case Kind::doubled:
                out_.plain(text_.substr(at, found.size));
                return out_.plain(text_.substr(at, found.size));
            case Kind::escaped:
                return out_.escaped(found.value);
            case Kind::bytes:
                return out_.malformed(as_bytes(text_.substr(at, found.size)));
            case Kind::unit:
                return out_.malformed({malformed_[0].bytes, std::size_t{malformed_[0].size} & 7U});
        }
    }

    std::string_view text_;
    std::span<const MalformedUnit> malformed_;
    const SafeOptions& options_;
    Out& out_;
};

// Straight to the screen: neighbouring marks share one stretch of reverse video.
class PrintedOut {
  public:
    PrintedOut(std::string& out, bool reverse) : out_(out), reverse_(reverse) {}
    void plain(std::string_view text) {
        if (text.empty()) return;
        finish();
        out_ += text;
    }
    void escaped(char32_t value) {
        start();
        append_code(out_, value);
    }
    void malformed(ByteView bytes) {
        start();
        for (const std::uint8_t byte : bytes) append_byte_code(out_, byte);
    }
    void finish() {
        if (marking_) out_ += "\x1b[27m";
        marking_ = false;
    }

  private:
    void start() {
        if (reverse_ && !marking_) out_ += "\x1b[7m";
        marking_ = reverse_;
    }
    std::string& out_;
    bool reverse_;
    bool marking_ = false;
};

class SpanOut {
  public:
    void plain(std::string_view text) {
        if (!text.empty()) span(Mark::plain) += text;
    }
    void escaped(char32_t value) { append_code(span(Mark::escaped), value); }
    void malformed(ByteView bytes) {
        for (const std::uint8_t byte : bytes) append_byte_code(span(Mark::malformed), byte);
    }
    std::vector<SafeSpan> spans;

  private:
    std::string& span(Mark mark) {
        if (spans.empty() || spans.back().mark != mark) spans.push_back({"", mark});
        return spans.back().text;
    }
};

}  // namespace

bool is_unsafe(char32_t value, bool strict_joiners) {
    if (value < 0x80) return value < 0x20 || value == 0x7f;
    if (value < 0x100) return value < 0xa0 || value == 0xad;
    if (value >= 0x2000 && value < 0x2070) {
        if (value == 0x200c || value == 0x200d) return strict_joiners;
        return value == 0x200b || value == 0x200e || value == 0x200f || (value >= 0x2028 && value <= 0x202e) ||
               value >= 0x2060;
    }
    switch (value) {
        case 0x061c:
        case 0x115f:
        case 0x1160:
        case 0x180e:
        case 0x3164:
        case 0xfeff:
        case 0xffa0:
        case 0xfff9:
        case 0xfffa:
        case 0xfffb:
            return true;
        default:
            return value >= 0xe0000 && value <= 0xe007f;
    }
}

void append_safe(std::string_view text, std::span<const MalformedUnit> malformed, const SafeOptions& options,
                 std::string& out) {
    PrintedOut printed(out, options.reverse_video);
    Walk walk(text, malformed, options, printed);
    walk.run();
    printed.finish();
}

std::vector<SafeSpan> safe_spans(std::string_view text, std::span<const MalformedUnit> malformed,
                                 const SafeOptions& options) {
    SpanOut out;
    Walk walk(text, malformed, options, out);
    walk.run();
    return std::move(out.spans);
}

std::string safe_line(std::string_view text) {
    std::string out;
    append_safe(text, {}, {.reverse_video = false, .strict_joiners = true, .lines = false}, out);
    return out;
}

}  // namespace earshot::text
