#include "view/ladder/payload.h"

#include <algorithm>

#include "text/grapheme.h"
#include "text/iconv_codec.h"
#include "text/safe.h"
#include "text/width.h"
#include "view/hex.h"

namespace earshot::view {
namespace {

using trace::Row;
using trace::SegmentRow;

// A code of text/safe's, by its shorter name where it has one.
std::string with_short_name(std::string_view code) {
    if (code == "\\x0d") return "\\r";
    if (code == "\\x0a") return "\\n";
    if (code == "\\x09") return "\\t";
    return std::string(code);
}

// The sender's own `\n`, a backslash and a letter, must not look like the code of a line feed.
std::string with_doubled_backslashes(std::string_view plain) {
    std::string out;
    for (std::size_t at = 0; at < plain.size();) {
        if (plain[at] != '\\') {
            out += plain[at++];
            continue;
        }
        const std::size_t end = std::min(plain.find_first_not_of('\\', at), plain.size());
        const bool ambiguous = end < plain.size() && (plain[end] == 'r' || plain[end] == 'n' || plain[end] == 't');
        out.append((end - at) * (ambiguous ? 2 : 1), '\\');
        at = end;
    }
    return out;
}

// What is shown, in pieces: plain stretches, which may be cut, and single codes, which may not.
struct Piece {
    std::string text;
    bool is_code = false;
};

void add_codes(std::string_view codes, std::vector<Piece>& pieces) {
    while (!codes.empty()) {
        const std::size_t next = std::min(codes.find('\\', 1), codes.size());
        pieces.push_back({with_short_name(codes.substr(0, next)), true});
        codes.remove_prefix(next);
    }
}

std::vector<Piece> pieces_of(const PayloadText& text, std::string_view bytes) {
    std::vector<Piece> pieces;
    if (text.encoding == nullptr) {
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            pieces.push_back({(at == 0 ? "" : " ") + hex_groups(as_bytes(bytes.substr(at, 1))), true});
        }
        return pieces;
    }
    for (const text::SafeSpan& span : text::safe_spans(text.text, text.malformed, {.lines = false})) {
        if (span.mark == text::Mark::plain) {
            pieces.push_back({with_doubled_backslashes(span.text), false});
        } else {
            add_codes(span.text, pieces);
        }
    }
    return pieces;
}

constexpr std::size_t kBytesAColumn = 8;  // of a preview: a flood of combining marks takes no columns

}  // namespace

const text::Encoding* payload_encoding(std::string_view name) {
    if (name == "auto") return &text::utf8();
    const auto named = text::user_encoding(name);
    return named ? *named : nullptr;
}

void PayloadReader::decode_as(trace::End from, const text::Encoding* encoding) {
    Stream& stream = streams_[static_cast<std::size_t>(from)];
    if (stream.encoding == encoding) return;
    stream = {encoding, {}, {}, false};
}

PayloadText PayloadReader::read(const Row& row) {
    if (const auto* segment = std::get_if<SegmentRow>(&row.body)) return read_segment(*segment);
    if (const auto* fold = std::get_if<trace::FoldRow>(&row.body)) {
        if (fold->from_client.bytes != 0) streams_[0].in_step = false;
        if (fold->from_server.bytes != 0) streams_[1].in_step = false;
    }
    return {};
}

PayloadText PayloadReader::read_segment(const SegmentRow& row) {
    const trace::Segment& segment = row.segment;
    Stream& stream = streams_[static_cast<std::size_t>(segment.from)];
    PayloadText read;
    read.encoding = stream.encoding;
    if (segment.length == 0 && segment.payload.empty()) return read;
    if (stream.encoding == nullptr) return read;

    const std::uint32_t first = row.seq + (segment.has(trace::kSyn) ? 1U : 0U);
    const bool numbered = row.numbers_known && stream.next.has_value();
    const bool again = numbered && trace::seq_before(first, *stream.next);
    const bool follows = stream.in_step && stream.decoder && (!numbered || first == *stream.next);
    text::Decoder decoder = follows ? *stream.decoder : text::Decoder(*stream.encoding);
    const bool held = follows && decoder.pending() != 0;
    decoder.decode(as_bytes(segment.payload), read.text, read.malformed);
    const bool whole = segment.payload.size() >= segment.length;
    if (whole && segment.has(trace::kFin)) decoder.flush(read.text, read.malformed);
    read.differs = held || decoder.pending() != 0 || read.text != segment.payload;
    if (again) return read;  // said before: the stream stands where it stood
    stream.decoder = decoder;
    stream.in_step = whole;
    stream.next = row.numbers_known ? std::optional(first + segment.length) : std::nullopt;
    return read;
}

std::string payload_shown(const PayloadText& text, std::string_view bytes) {
    std::string shown;
    for (const Piece& piece : pieces_of(text, bytes)) shown += piece.text;
    return shown;
}

std::string payload_preview(const PayloadText& text, std::string_view bytes, int columns) {
    if (columns <= 0) return {};
    const std::size_t limit = kBytesAColumn * (static_cast<std::size_t>(columns) + 2);
    const bool is_long = text.text.size() > limit || (text.encoding == nullptr && bytes.size() > limit);
    PayloadText start;
    start.encoding = text.encoding;
    start.text = is_long ? text.text.substr(0, text::grapheme_floor(text.text, limit)) : text.text;
    start.malformed = text.malformed;
    const std::vector<Piece> pieces = pieces_of(start, bytes.substr(0, limit));
    std::string shown;
    for (const Piece& piece : pieces) shown += piece.text;
    if (!is_long && text::text_width(shown) <= columns) return shown;
    if (columns <= 2) return {};

    // Cut: not within a code, which would be read as another.
    shown.clear();
    for (const Piece& piece : pieces) {
        const int left = columns - 2 - text::text_width(shown);
        const std::string_view cut = text::cut_to_width(piece.text, left);
        const bool whole = cut.size() == piece.text.size();
        if (whole || !piece.is_code) shown += cut;
        if (!whole) break;
    }
    return std::string(text::cut_to_width(shown, columns - 2)) + "..";
}

}  // namespace earshot::view
