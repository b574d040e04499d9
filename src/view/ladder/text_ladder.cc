#include "view/ladder/text_ladder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/i18n.h"
#include "text/encoding.h"
#include "text/width.h"
#include "view/ladder/columns.h"
#include "view/ladder/explain.h"
#include "view/ladder/words.h"

namespace earshot::view {
namespace {

using namespace trace;

// Columns: 8 of time, 13 of the client's state, a space, a bar, the arrow, a bar, a space, and beside it the server's
// state (14) or, in brackets shorter, state and encoding.
constexpr int kDelta = 8, kState = 13;
constexpr int kBeside = 18;
constexpr int kFixed = kDelta + kState + 1 + 1 + 1 + 1 + kBeside;
constexpr int kNarrowestField = 24;  // a narrower terminal cuts what is beside

constexpr int kHead = 1, kRetransmissionHead = 3;  // ">", ">>>"

std::string upper(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

std::string cut(std::string_view line, int width) {
    std::string out(text::cut_to_width(line, width));
    while (out.ends_with(' ')) out.pop_back();
    return out;
}

// Everything but the payload in at most `room` columns: what matters least goes first.
std::string fitted(ArrowWords words, int room) {
    const auto fits = [&] { return text::text_width(joined(words)) <= room; };
    while (!fits() && !words.extras.empty()) words.extras.pop_back();
    while (!fits() && words.marks.size() > 1) words.marks.pop_back();
    // Of data its own place is what counts, of an acknowledgement what it acknowledges.
    const bool data = !words.length.empty();
    for (std::string* number : {data ? &words.ack : &words.seq, &words.length, data ? &words.seq : &words.ack}) {
        if (!fits()) number->clear();
    }
    if (!fits()) words.marks.clear();
    return cut(joined(words), room);
}

}  // namespace

TextLadder::TextLadder(LadderLook look) : look_(std::move(look)), payloads_(look_.encodings) { set_width(look_.width); }

void TextLadder::set_width(int width) {
    look_.width = std::max(width, 1);
    field_ = std::max(look_.width - kFixed, kNarrowestField);
}

std::vector<std::string> TextLadder::head(const Heading& heading) const {
    const std::string label = look_.label.empty() ? std::string() : look_.label + "  ";
    const std::string client = end_text(heading, End::client), server = end_text(heading, End::server);
    const std::string seen = tr_format("seen: {}", source_text(heading));
    for (const auto& [first, second] : {std::pair("   ", "     "), std::pair("  ", "  ")}) {
        const std::string line = label + client + first + server + second + seen;
        if (text::text_width(line) <= look_.width) return {line};
    }
    const std::string indent = repeated(" ", text::text_width(label));
    return {cut(label + client, look_.width), cut(indent + server, look_.width), cut(indent + seen, look_.width)};
}

std::string TextLadder::line(std::string_view delta, std::string_view client, const Rung& rung) const {
    const char* const bar = look_.box ? "│" : "|";
    // The longest states, those in brackets, take the space before the bar as well.
    const bool brim = text::text_width(client) >= kState;
    return cut(right_in(delta, kDelta) + (brim ? right_in(client, kState + 1) : right_in(client, kState) + " ") + bar +
                   left_in(rung.field, field_) + bar + (rung.beside.empty() ? "" : " ") + rung.beside,
               look_.width);
}

int TextLadder::room_in(const SegmentRow& segment) const {
    // "- " before, " " behind, one dash at least and the head.
    return field_ - 2 - 1 - 1 - (is_retransmission(segment) ? kRetransmissionHead : kHead);
}

std::string TextLadder::arrow(const SegmentRow& segment, const std::string& text) const {
    const bool seen = segment.sight == Sight::seen;
    const bool right = segment.segment.from == End::client;
    const char* const dash = look_.box ? (seen ? "─" : "┄") : (seen ? "-" : ".");
    const int head = is_retransmission(segment) ? kRetransmissionHead : kHead;
    const std::string shaft = repeated(dash, field_ - 2 - 1 - head - text::text_width(text));
    if (right) return dash + (" " + text) + " " + shaft + repeated(">", head);
    return repeated("<", head) + shaft + " " + text + " " + dash;
}

TextLadder::Rung TextLadder::segment_rung(const Row& row, const SegmentRow& segment) {
    const int room = room_in(segment);
    ArrowWords words = arrow_words(segment, look_.windows);
    const PayloadText payload = payloads_.read(row);
    std::string encoding;
    std::string text = fitted(words, room);
    if (segment.segment.length != 0 && !segment.segment.payload.empty() && !is_retransmission(segment)) {
        // The payload stands between the words and the marks.
        std::vector<std::string> marks = std::exchange(words.marks, {});
        const std::string said = joined(words);
        std::string marked;
        for (const std::string& mark : marks) marked += "  " + mark;
        const int left = room - text::text_width(said) - text::text_width(marked) - 1;
        const std::string shown = payload_preview(payload, segment.segment.payload, left);
        if (!shown.empty()) {
            text = said + " " + shown + marked;
            if (payload.differs) encoding = upper(payload.encoding->name);
        }
    }
    if (payload.encoding == &text::utf8()) encoding.clear();
    std::string beside = row.server ? state_text(*row.server) : std::string();
    if (!encoding.empty()) encoding.insert(0, beside.empty() ? "" : " ");
    const int free = look_.width - (kFixed - kBeside) - field_ - text::text_width(beside);
    if (text::text_width(encoding) <= free) beside += encoding;
    return {arrow(segment, text), beside};
}

std::vector<TextLadder::Rung> TextLadder::rungs(const Row& row) {
    const std::string state = row.server ? state_text(*row.server) : std::string();
    if (const auto* segment = std::get_if<SegmentRow>(&row.body)) return {segment_rung(row, *segment)};
    if (const auto* note = std::get_if<NoteRow>(&row.body)) {
        std::vector<Rung> rungs;
        for (const std::string& part : wrapped(note_text(*note), field_ - 2)) {
            rungs.push_back({centred_in(part, field_), {}});
        }
        if (rungs.empty()) rungs.emplace_back();
        rungs.front().beside = state;
        return rungs;
    }
    payloads_.read(row);
    std::vector<Rung> rungs;
    for (const std::string& text : fold_texts(std::get<FoldRow>(row.body))) {
        const std::string framed = "... " + text + " ...";
        const bool fits = text::text_width(framed) <= field_;
        rungs.push_back({centred_in(fits ? framed : text, field_), rungs.empty() ? state : std::string()});
    }
    return rungs;
}

void TextLadder::add_words(const Row& row, std::vector<Rung>& rungs) const {
    for (const Utterance& said : explain(row)) {
        const bool left = said.speaker == End::client;
        for (const std::string& part : wrapped(said.text, field_ - 4)) {
            rungs.push_back({left ? "  " + part : right_in(part, field_ - 2), {}});
        }
    }
}

std::vector<std::string> TextLadder::lines(const Row& row) {
    std::vector<std::string> lines;
    const auto* note = std::get_if<NoteRow>(&row.body);
    const bool first_states =
        note && (note->kind == NoteRow::Kind::listening || note->kind == NoteRow::Kind::begins_in_the_middle);
    const std::string unit = "ms";
    if (!begun_ && !first_states) lines.push_back(line(unit, "", {}));
    std::vector<Rung> rungs = this->rungs(row);
    if (look_.explain) add_words(row, rungs);
    std::string delta = first_states && !begun_ ? unit : first_states ? std::string() : delta_text(row);
    std::string client = row.client ? state_text(*row.client) : std::string();
    for (const Rung& rung : rungs) {
        lines.push_back(line(delta, client, rung));
        delta.clear();
        client.clear();
    }
    begun_ = true;
    return lines;
}

std::string TextLadder::begin(const Heading& heading) {
    std::string out;
    for (const std::string& each : head(heading)) out += each + "\n";
    return out;
}

std::string TextLadder::row(const Row& row) {
    std::string out;
    for (const std::string& each : lines(row)) out += each + "\n";
    return out;
}

}  // namespace earshot::view
