#include "respond/rules/answer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <optional>

#include "base/i18n.h"
#include "respond/rules/hex_pattern.h"
#include "text/encoder.h"
#include "text/grapheme.h"
#include "text/safe.h"

namespace earshot::respond::rules {

namespace {

using Bytes = std::vector<std::uint8_t>;

Error bad(const char* why, std::string_view what) {
    return {Reason::usage, tr_format(why, text::safe_line(what.substr(0, text::grapheme_floor(what, 40))))};
}

// The text that a hole's kind is named by, and what may stand behind the colon.
enum class Takes : std::uint8_t { nothing, number, time, checksum, capture };

template <typename Number>
bool read_number(std::string_view text, Number& number) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return !text.empty() && read.ec == std::errc() && read.ptr == end;
}

std::string formatted_time(const std::string& format, WallTime time, bool utc) {
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    std::tm parts{};
    utc ? ::gmtime_r(&seconds, &parts) : ::localtime_r(&seconds, &parts);
    char out[512];
    return {out, std::strftime(out, sizeof out, format.c_str(), &parts)};
}

std::string hex_digits(ByteView bytes) {
    std::string out;
    for (const std::uint8_t byte : bytes) out += fmt::format("{:02X}", byte);
    return out;
}

}  // namespace

// Text waits until a checksum or raw bytes need it encoded, so that an encoding with states sees it whole.
struct Answer::Writing {
    Bytes& bytes;
    std::size_t begin;  // of this answer in `bytes`
    std::optional<text::Encoder> encoder{};
    std::string waiting{};

    Status put_text(std::string_view text) {
        if (encoder) {
            waiting += text;
        } else {
            put_bytes(as_bytes(text));
        }
        return Ok{};
    }
    void put_bytes(ByteView raw) { bytes.insert(bytes.end(), raw.begin(), raw.end()); }
    Status settle() {
        if (!encoder || waiting.empty()) return Ok{};
        const auto refusal = encoder->encode(waiting, bytes);
        encoder->finish(bytes);
        if (!refusal) {
            waiting.clear();
            return Ok{};
        }
        const std::string_view rest = std::string_view(waiting).substr(refusal->text_at);
        return Error{Reason::unencodable, refusal->malformed
                                              ? std::string(tr("what it repeats is not valid text"))
                                              : tr_format("{} cannot carry “{}” (U+{:04X})", encoder->encoding().name,
                                                          text::safe_line(rest.substr(0, text::next_grapheme(rest, 0))),
                                                          static_cast<std::uint32_t>(refusal->code_point))};
    }
};

// --- reading

Result<Answer> Answer::parse(std::string_view text, Form form, const Groups& groups) {
    Answer made;
    made.is_text_ = form == Form::text;
    std::string literal;
    const auto settle = [&] {
        const Status put = made.append_literal(literal, form);
        literal.clear();
        return put;
    };
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        if (rest.starts_with("$${")) {
            literal += "${";
            at += 3;
            continue;
        }
        if (!rest.starts_with("${")) {
            literal += rest[0];
            ++at;
            continue;
        }
        const std::size_t end = rest.find('}');
        if (end == std::string_view::npos) return bad(msgid("“{}” has no }} behind it"), rest);
        if (const Status put = settle(); !put) return put.error();
        auto part = parse_hole(rest.substr(2, end - 2), form, groups);
        if (!part) return part.error();
        if (part->kind == Kind::capture) made.captures_ = std::max(made.captures_, part->group + 1);
        made.counts_ |= part->kind == Kind::count;
        made.totals_ |= part->kind == Kind::total;
        made.names_peer_ |= part->kind == Kind::peer;
        made.copies_ &= part->kind == Kind::capture && !part->in_hex;
        made.parts_.push_back(std::move(*part));
        at += end + 1;
    }
    if (const Status put = settle(); !put) return put.error();
    if (made.copies_) made.note_pieces();
    return made;
}

void Answer::note_pieces() {
    for (const Part& part : parts_) {
        if (part.kind == Kind::literal || pieces_.empty() || pieces_.back().group != kNone) pieces_.push_back({});
        Piece& last = pieces_.back();
        if (part.kind == Kind::capture) {
            last.group = static_cast<std::uint32_t>(part.group);
        } else {
            last.size = static_cast<std::uint32_t>(part.text.size());
            copied_.append(part.text);
        }
    }
    copied_size_ = static_cast<std::uint32_t>(copied_.size());
    copied_.resize(copied_size_ + kSlack);
}

Status Answer::append_literal(std::string_view text, Form form) {
    Part part;
    part.text = text;
    if (form == Form::hex) {
        auto bytes = parse_hex_bytes(text);
        if (!bytes) return bytes.error();
        part.text.assign(bytes->begin(), bytes->end());
    }
    if (!part.text.empty()) parts_.push_back(std::move(part));
    return Ok{};
}

Result<Answer::Part> Answer::parse_hole(std::string_view hole, Form form, const Groups& groups) {
    static constexpr struct {
        std::string_view name;
        Kind kind;
        Takes takes;
    } kHoles[] = {
        {"count", Kind::count, Takes::number},    {"total", Kind::total, Takes::number},
        {"id", Kind::id, Takes::number},          {"size", Kind::size, Takes::number},
        {"device", Kind::device, Takes::nothing}, {"peer", Kind::peer, Takes::nothing},
        {"time", Kind::time, Takes::time},        {"utc", Kind::utc, Takes::time},
    };
    const std::size_t colon = std::min(hole.find(':'), hole.size());
    const std::string_view name = hole.substr(0, colon);
    const std::string_view how = hole.substr(std::min(colon + 1, hole.size()));
    Part part;
    Takes takes = Takes::nothing;
    if (const auto named = groups.names.find(name); named != groups.names.end()) {
        part.kind = Kind::capture;
        part.group = named->second;
        takes = Takes::capture;
    } else if (read_number(name, part.group)) {
        if (part.group > groups.count) {
            return Error{Reason::usage,
                         tr_format("there is no capture {}: the pattern has {}", part.group, groups.count)};
        }
        part.kind = Kind::capture;
        takes = Takes::capture;
    } else if ((part.checksum = find_checksum(name)) != nullptr) {
        part.kind = Kind::checksum;
        takes = Takes::checksum;
        part.in_hex = form == Form::text;
        part.low_byte_first = form == Form::hex && part.checksum->low_byte_first;
    } else {
        const auto* const known =
            std::find_if(std::begin(kHoles), std::end(kHoles), [&](const auto& one) { return one.name == name; });
        if (known == std::end(kHoles)) return bad(msgid("“${{{}}}” is not known: see docs/rules.md"), name);
        part.kind = known->kind;
        takes = known->takes;
        if (takes == Takes::time) part.text = "%Y-%m-%d %H:%M:%S";
    }
    if (how.empty()) {
        if (form == Form::hex && takes == Takes::number) {
            return bad(msgid("“${{{}}}” in bytes needs its size: u8, u16be, u16le, u32be or u32le"), name);
        }
        return part;
    }
    const Status read = takes == Takes::number     ? parse_number(how, part)
                        : takes == Takes::time     ? parse_time(how, part)
                        : takes == Takes::checksum ? parse_checksum(how, part)
                        : takes == Takes::capture && how == "hex"
                            ? (part.in_hex = true, Status(Ok{}))
                            : Status(bad(msgid("“${{{}}}” cannot be written so"), hole));
    if (!read) return read.error();
    return part;
}

Status Answer::parse_number(std::string_view form, Part& part) {
    static constexpr struct {
        std::string_view name;
        std::uint8_t size;
        bool low_byte_first;
    } kBinary[] = {{"u8", 1, false}, {"u16be", 2, false}, {"u16le", 2, true}, {"u32be", 4, false}, {"u32le", 4, true}};
    for (const auto& one : kBinary) {
        if (one.name != form) continue;
        part.binary = one.size;
        part.low_byte_first = one.low_byte_first;
        return Ok{};
    }
    if (form.size() > 1 && form[0] == '0' && read_number(form.substr(1), part.width) && part.width <= 20) return Ok{};
    return bad(msgid("“{}” is no way to write a number: 04 (digits), u8, u16be, u16le, u32be or u32le"), form);
}

Status Answer::parse_time(std::string_view form, Part& part) {
    if (form.starts_with("u")) return parse_number(form, part);
    if (form.size() > 100) return bad(msgid("“{}” is too long for a time"), form);
    part.text = form;
    return Ok{};
}

Status Answer::parse_checksum(std::string_view form, Part& part) {
    while (!form.empty()) {
        const std::size_t comma = std::min(form.find(','), form.size());
        const std::string_view one = form.substr(0, comma);
        form.remove_prefix(std::min(comma + 1, form.size()));
        const std::size_t dots = one.find("..");
        if (one == "be" || one == "le") {
            part.low_byte_first = one == "le";
        } else if (one == "hex") {
            part.in_hex = true;
        } else if (dots != std::string_view::npos) {
            const std::string_view from = one.substr(0, dots), to = one.substr(dots + 2);
            part.to_here = to.empty();
            if ((!from.empty() && !read_number(from, part.from)) || (!to.empty() && !read_number(to, part.to))) {
                return bad(msgid("“{}” is no part of an answer: write FROM..TO, bytes from 0"), one);
            }
            const bool is_told = !to.empty() && (part.from < 0) == (part.to < 0);  // else the size decides
            if (is_told && part.to < part.from) return bad(msgid("“{}” ends before it begins: FROM..TO"), one);
        } else {
            return bad(msgid("“{}” is no part of an answer: write FROM..TO, bytes from 0"), one);
        }
    }
    return Ok{};
}

// --- writing

namespace {

// std::memcpy for what is mostly short, without a call.
[[gnu::always_inline]] inline std::uint8_t* put(std::uint8_t* to, const char* from, std::size_t size) {
    const auto put_ends = [&](auto block) {
        std::memcpy(&block, from, sizeof block);
        auto last = block;
        std::memcpy(&last, from + size - sizeof last, sizeof last);
        std::memcpy(to, &block, sizeof block);
        std::memcpy(to + size - sizeof last, &last, sizeof last);
    };
    struct Sixteen {
        std::uint64_t words[2];
    };
    if (size > 64) {
        std::memcpy(to, from, size);
    } else if (size >= 16) {
        for (std::size_t at = 16; at + 16 < size; at += 16) std::memcpy(to + at, from + at, 16);
        put_ends(Sixteen{});
    } else if (size >= 8) {
        put_ends(std::uint64_t{});
    } else if (size >= 4) {
        put_ends(std::uint32_t{});
    } else if (size > 0) {
        to[0] = static_cast<std::uint8_t>(from[0]);
        to[size / 2] = static_cast<std::uint8_t>(from[size / 2]);
        to[size - 1] = static_cast<std::uint8_t>(from[size - 1]);
    }
    return to + size;
}

}  // namespace

// The common case. A short literal is copied with what stands behind it, which what comes next is written over.
void Answer::copy(std::span<const std::string_view> captures, ByteBuffer& bytes) const {
    constexpr std::size_t kSmall = 1024;
    std::size_t most = copied_size_ + kSlack;
    if (!captures.empty() && captures[0].size() <= kSmall) {
        most += pieces_.size() * captures[0].size();  // of which every other one is a part
    } else {
        for (const Piece piece : pieces_) {
            if (piece.group < captures.size()) most += captures[piece.group].size();
        }
    }
    const std::size_t before = bytes.size();
    std::uint8_t* const begin = bytes.grow(most);
    std::uint8_t* to = begin;
    const char* literal = copied_.data();
    for (const Piece piece : pieces_) {
        to = piece.size <= kSlack ? (std::memcpy(to, literal, kSlack), to + piece.size) : put(to, literal, piece.size);
        literal += piece.size;
        if (piece.group < captures.size()) to = put(to, captures[piece.group].data(), captures[piece.group].size());
    }
    bytes.shrink(before + static_cast<std::size_t>(to - begin));
}

Status Answer::render(const Filling& filling, Bytes& bytes) const {
    Writing to{bytes, bytes.size()};
    if (filling.encoding) to.encoder.emplace(*filling.encoding);
    Status put = Ok{};
    for (const Part& part : parts_) {
        put = render_part(part, filling, to);
        if (!put) break;
    }
    if (put) put = to.settle();
    if (!put) bytes.resize(to.begin);
    return put;
}

Status Answer::render_part(const Part& part, const Filling& filling, Writing& to) const {
    const auto put_number = [&](std::uint64_t number) -> Status {
        if (part.binary == 0) return to.put_text(fmt::format("{:0{}}", number, part.width));
        if (const Status settled = to.settle(); !settled) return settled;
        append_number(number, part.binary, part.low_byte_first, to.bytes);
        return Ok{};
    };
    switch (part.kind) {
        case Kind::literal:
            if (is_text_) return to.put_text(part.text);
            to.put_bytes(as_bytes(part.text));
            return Ok{};
        case Kind::capture: {
            const std::string_view found = part.group < filling.captures.size() ? filling.captures[part.group] : "";
            if (part.in_hex) return to.put_text(hex_digits(as_bytes(found)));
            if (filling.captures_are_text) return to.put_text(found);
            if (const Status settled = to.settle(); !settled) return settled;
            to.put_bytes(as_bytes(found));
            return Ok{};
        }
        case Kind::count:
            return put_number(filling.count);
        case Kind::total:
            return put_number(filling.total);
        case Kind::id:
            return put_number(filling.id);
        case Kind::size:
            return put_number(filling.size);
        case Kind::device:
            return to.put_text(filling.device);
        case Kind::peer:
            return to.put_text(filling.peer);
        case Kind::time:
        case Kind::utc: {
            const WallTime now = filling.clock->wall();
            if (part.binary == 0) return to.put_text(formatted_time(part.text, now, part.kind == Kind::utc));
            return put_number(static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()));
        }
        case Kind::checksum: {
            if (const Status settled = to.settle(); !settled) return settled;
            const ByteView done = ByteView(to.bytes).subspan(to.begin);
            const auto size = static_cast<std::int64_t>(done.size());
            const auto place = [&](std::int64_t at) {
                return std::clamp(at < 0 ? size + at : at, std::int64_t(0), size);
            };
            const std::int64_t from = place(part.from), end = std::max(from, part.to_here ? size : place(part.to));
            const std::uint32_t sum =
                part.checksum->of(done.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(end - from)));
            Bytes bytes;
            append_number(sum, part.checksum->size, part.low_byte_first, bytes);
            if (part.in_hex) return to.put_text(hex_digits(bytes));
            to.put_bytes(bytes);
            return Ok{};
        }
    }
    return Ok{};
}

}  // namespace earshot::respond::rules
