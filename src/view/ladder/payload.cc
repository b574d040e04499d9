#include "view/ladder/payload.h"

#include <algorithm>
#include <utility>

#include "text/grapheme.h"
#include "text/safe.h"
#include "text/width.h"
#include "view/hex.h"

namespace earshot::view {
namespace {

using trace::Row;
using trace::SegmentRow;

// Codes that have a shorter name. Everything in `codes` was written by text/safe.
std::string with_short_names(std::string_view codes) {
    std::string out;
    while (!codes.empty()) {
        constexpr std::pair<std::string_view, std::string_view> kNames[] = {
            {"\\x0d", "\\r"}, {"\\x0a", "\\n"}, {"\\x09", "\\t"}};
        const auto* name = std::find_if(std::begin(kNames), std::end(kNames),
                                        [&](const auto& pair) { return codes.starts_with(pair.first); });
        const bool found = name != std::end(kNames);
        const std::size_t size = found ? name->first.size() : 1;
        out += found ? name->second : codes.substr(0, 1);
        codes.remove_prefix(size);
    }
    return out;
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

constexpr std::size_t kBytesAColumn = 8;  // of a preview: a flood of combining marks takes no columns

}  // namespace

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
    if (text.encoding == nullptr) return hex_groups(as_bytes(bytes));
    std::string out;
    for (const text::SafeSpan& span : text::safe_spans(text.text, text.malformed, {.lines = false})) {
        out += span.mark == text::Mark::plain     ? with_doubled_backslashes(span.text)
               : span.mark == text::Mark::escaped ? with_short_names(span.text)
                                                  : span.text;
    }
    return out;
}

std::string payload_preview(const PayloadText& text, std::string_view bytes, int columns) {
    if (columns <= 0) return {};
    const std::size_t limit = kBytesAColumn * (static_cast<std::size_t>(columns) + 2);
    PayloadText start;
    start.encoding = text.encoding;
    const bool long_text = text.text.size() > limit;
    start.text = long_text ? text.text.substr(0, text::grapheme_floor(text.text, limit)) : text.text;
    start.malformed = text.malformed;
    const std::string shown = payload_shown(start, bytes.substr(0, limit));
    if (!long_text && bytes.size() <= limit && text::text_width(shown) <= columns) return shown;
    if (columns <= 2) return {};
    return std::string(text::cut_to_width(shown, columns - 2)) + "..";
}

}  // namespace earshot::view
