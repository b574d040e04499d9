#include "view/ladder/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/i18n.h"
#include "text/code_point.h"
#include "view/json_fields.h"
#include "view/ladder/columns.h"
#include "view/ladder/explain.h"
#include "view/ladder/words.h"

namespace earshot::view {
namespace {

using namespace trace;

// Pixels. The two lines of life, and what stands left and right of them.
constexpr int kWidth = 980, kClient = 250, kServer = 730, kMiddle = (kClient + kServer) / 2;
constexpr int kTime = 84;  // the right edge of the times
constexpr int kTop = 92, kBottom = 24;
constexpr int kStep = 34, kLine = 17;  // from row to row; a further line of words
constexpr int kLeastSlant = 8;
constexpr int kPreview = 28, kWords = 62;  // columns on an arrow
constexpr int kSentence = 34;              // columns of a spoken line, outside the lines of life
constexpr int kDetail = 4096;              // columns of payload in a title

constexpr std::string_view kStyle = R"(<style>
.ground { fill: #fdfdfb }
text { font-family: monospace; font-size: 12px; fill: #22272e }
.head { font-family: sans-serif; font-size: 14px; font-weight: bold }
.dim { fill: #6a737d }
.state { font-weight: bold; fill: #1a5fb4 }
.said { font-family: sans-serif; font-style: italic; fill: #26735a }
.life { stroke: #8b949e; stroke-width: 2 }
.arrow { stroke: #22272e; stroke-width: 1.4; fill: none; marker-end: url(#tip) }
.again { stroke: #b35900; marker-end: url(#tip-again) }
.stop { stroke: #c01c28; marker-end: url(#tip-stop) }
.inferred { stroke-dasharray: 1.5 4; stroke-linecap: round }
#tip path { fill: #22272e }
#tip-again path { fill: #b35900 }
#tip-stop path { fill: #c01c28 }
@media (prefers-color-scheme: dark) {
.ground { fill: #16191d }
text { fill: #e3e7eb }
.dim { fill: #9aa4ae }
.state { fill: #86b7f5 }
.said { fill: #7fd1b0 }
.life { stroke: #6a737d }
.arrow { stroke: #e3e7eb }
.again { stroke: #f0a040 }
.stop { stroke: #ff7b72 }
#tip path { fill: #e3e7eb }
#tip-again path { fill: #f0a040 }
#tip-stop path { fill: #ff7b72 }
}
</style>
)";

void append_tip(std::string& out, const char* id) {
    out += fmt::format(
        "<marker id=\"{}\" viewBox=\"0 0 10 10\" refX=\"9.5\" refY=\"5\" markerWidth=\"10\" markerHeight=\"8\" "
        "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 L10 5 L0 10 z\"/></marker>\n",
        id);
}

void append_text(std::string& out, int x, int y, const char* anchor, const char* look, std::string_view text) {
    if (text.empty()) return;
    out += fmt::format("<text x=\"{}\" y=\"{}\"{}{}>{}</text>\n", x, y,
                       *anchor ? fmt::format(" text-anchor=\"{}\"", anchor) : "",
                       *look ? fmt::format(" class=\"{}\"", look) : "", xml_escaped(text));
}

std::string stamp(WallTime time) {
    std::string text;
    append_time(text, time);
    return text;
}

// Everything that is known of a segment, a line each.
std::string detail_of(const SegmentRow& it, const PayloadText& payload) {
    const Segment& segment = it.segment;
    const bool client = segment.from == End::client;
    std::string text = fmt::format("{} {} ({})\n", flags_text(segment.flags), client ? "->" : "<-",
                                   it.sight == Sight::seen ? tr("captured") : tr("inferred"));
    if (segment.number != 0) text += tr_format("packet {}", segment.number) + "\n";
    if (segment.sent_at) text += tr_format("sent {}", stamp(*segment.sent_at)) + "\n";
    if (segment.arrived_at) text += tr_format("arrived {}", stamp(*segment.arrived_at)) + "\n";
    if (it.numbers_known) {
        text += fmt::format("seq {} ({})\n", it.seq, segment.seq);
        if (segment.has(kAck)) text += fmt::format("ack {} ({})\n", it.ack, segment.ack);
    }
    if (it.sight == Sight::seen) text += fmt::format("window {} ({})\n", it.window, segment.window);
    SegmentRow bare = it;
    bare.marks = {{Remark::zero_window, 0}};  // the window is said already
    for (const std::string& extra : arrow_words(bare, false).extras) text += extra + "\n";
    if (segment.options.timestamps) {
        text += fmt::format("ts {} {}\n", segment.options.timestamps->value, segment.options.timestamps->echo);
    }
    for (const Marked& mark : it.marks) text += mark_text(mark) + "\n";
    if (segment.length == 0) return text;
    text += fmt::format("{} B", grouped(segment.length));
    if (segment.payload.empty()) return text;
    text += payload.encoding ? fmt::format(" {}", payload.encoding->name) : "";
    return text + ": " + payload_preview(payload, segment.payload, kDetail);
}

}  // namespace

std::string xml_escaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const text::CodePoint point = text::code_point_at(text, at);
        const bool control = point.value < 0x20 && point.value != '\n' && point.value != '\t';
        if (!point.valid || control || point.value == 0xfffe || point.value == 0xffff) {
            out += "\ufffd";  // what XML 1.0 has no way to write
        } else if (point.value == '&') {
            out += "&amp;";
        } else if (point.value == '<') {
            out += "&lt;";
        } else if (point.value == '>') {
            out += "&gt;";
        } else if (point.value == '"') {
            out += "&quot;";
        } else {
            out += text.substr(at, point.size);
        }
        at += point.size;
    }
    return out;
}

std::string SvgLadder::begin(const Heading& heading) {
    heading_ = heading;
    return {};
}

SvgLadder::Step SvgLadder::arrow_step(const Row& row, const SegmentRow& it) {
    Step step;
    step.arrow = true;
    step.from = it.segment.from;
    const bool seen = it.sight == Sight::seen;
    step.look = is_retransmission(it)  ? (seen ? "arrow again" : "arrow again inferred")
                : it.segment.has(kRst) ? (seen ? "arrow stop" : "arrow stop inferred")
                                       : (seen ? "arrow" : "arrow inferred");
    const PayloadText payload = payloads_.read(row);
    ArrowWords words = arrow_words(it, windows_);
    const std::string shown =
        is_retransmission(it) ? std::string() : payload_preview(payload, it.segment.payload, kPreview);
    if (!shown.empty()) words.extras.push_back(shown);
    step.words = joined(words);
    step.detail = detail_of(it, payload);
    if (seen && it.segment.sent_at && it.segment.arrived_at && *it.segment.arrived_at >= *it.segment.sent_at) {
        step.sent = it.segment.sent_at;
        step.arrived = it.segment.arrived_at;
    }
    return step;
}

std::string SvgLadder::row(const Row& row) {
    Step step;
    if (const auto* segment = std::get_if<SegmentRow>(&row.body)) {
        step = arrow_step(row, *segment);
    } else if (const auto* fold = std::get_if<FoldRow>(&row.body)) {
        payloads_.read(row);
        for (const std::string& text : fold_texts(*fold)) step.more.push_back("... " + text + " ...");
    } else {
        step.more.push_back(note_text(std::get<NoteRow>(row.body)));
    }
    if (!step.sent) step.sent = row.time;
    step.delta = steps_.empty() && !step.arrow ? "ms" : delta_text(row);
    if (row.client) step.client = state_text(*row.client);
    if (row.server) step.server = state_text(*row.server);
    if (explain_) {
        for (const Utterance& said : explain(row)) {
            for (std::string& part : wrapped(said.text, kSentence)) {
                step.said.emplace_back(said.speaker, std::move(part));
            }
        }
    }
    steps_.push_back(std::move(step));
    return {};
}

// Where the moment of arrival lies among the moments at which rows begin.
int SvgLadder::y_of_arrival(const Step& step) const {
    const WallTime at = *step.arrived;
    std::optional<WallTime> before = step.sent;
    int y = step.y;
    for (const Step* next = &step + 1; next != steps_.data() + steps_.size(); ++next) {
        if (!next->sent || *next->sent < *before) continue;
        if (*next->sent >= at) {
            const double whole = static_cast<double>((*next->sent - *before).count());
            const double part = whole > 0 ? static_cast<double>((at - *before).count()) / whole : 0;
            return y + static_cast<int>(std::lround(part * (next->y - y)));
        }
        before = next->sent;
        y = next->y;
    }
    return y + kStep / 2;
}

int SvgLadder::lay_out() {
    int y = kTop;
    for (Step& step : steps_) {
        step.y = y;
        y += kStep;
        if (step.more.size() > 1) y += kLine * static_cast<int>(step.more.size() - 1);
        y += kLine * static_cast<int>(step.said.size());
    }
    int lowest = y;
    for (Step& step : steps_) {
        step.y_end = step.arrived ? std::max(y_of_arrival(step), step.y + kLeastSlant) : step.y;
        lowest = std::max(lowest, step.y_end + kStep / 2);
    }
    return lowest + kBottom;
}

void SvgLadder::append_arrow(std::string& out, const Step& step) {
    const bool right = step.from == End::client;
    const int from = right ? kClient : kServer, to = right ? kServer : kClient;
    out += fmt::format("<g><title>{}</title>\n<path class=\"{}\" d=\"M{} {} L{} {}\"/>\n", xml_escaped(step.detail),
                       step.look, from, step.y, to, step.y_end);
    // Words lie on the arrow, turned by its angle and read from the left; on a steep one, which others may cross,
    // nearer to the sender.
    const int rise = step.y_end - step.y;
    const double angle = std::atan2(rise, kServer - kClient) * 180 / 3.14159265358979 * (right ? 1 : -1);
    const double part = rise > kStep ? 0.3 : 0.5;
    const int x = from + static_cast<int>(std::lround(part * (to - from)));
    const int y = step.y + static_cast<int>(std::lround(part * rise));
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\"", x, y - 5);
    if (rise != 0) out += fmt::format(" transform=\"rotate({:.2f} {} {})\"", angle, x, y);
    const std::string words = left_in(step.words, kWords);
    out += ">" + xml_escaped(std::string_view(words).substr(0, words.find_last_not_of(' ') + 1)) + "</text></g>\n";
}

void SvgLadder::append(std::string& out, const Step& step) {
    const int server_y = step.from == End::client ? step.y_end : step.y;
    const int client_y = step.from == End::client ? step.y : step.y_end;
    append_text(out, kTime, step.y + 4, "end", "dim", step.delta);
    append_text(out, kClient - 12, client_y + 4, "end", "state", step.client);
    append_text(out, kServer + 12, server_y + 4, "", "state", step.server);
    if (step.arrow) append_arrow(out, step);
    int y = step.y + 4;
    for (const std::string& text : step.more) {
        append_text(out, kMiddle, y, "middle", "dim", text);
        y += kLine;
    }
    int under[] = {client_y + 4 + kLine, server_y + 4 + kLine};
    for (const auto& [speaker, text] : step.said) {
        const bool left = speaker == End::client;
        append_text(out, left ? kClient - 12 : kServer + 12, under[left ? 0 : 1], left ? "end" : "", "said", text);
        under[left ? 0 : 1] += kLine;
    }
}

std::string SvgLadder::end() {
    const int height = lay_out();
    const std::string client = end_text(heading_, End::client), server = end_text(heading_, End::server);
    const std::string seen = tr_format("seen: {}", source_text(heading_));
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" "
        "height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\">\n<title>{2}</title>\n",
        kWidth, height, xml_escaped(client + ", " + server));
    out += kStyle;
    out += "<defs>\n";
    for (const char* id : {"tip", "tip-again", "tip-stop"}) append_tip(out, id);
    out += "</defs>\n";
    out += fmt::format("<rect class=\"ground\" width=\"{}\" height=\"{}\"/>\n", kWidth, height);
    append_text(out, kMiddle, 24, "middle", "dim", label_.empty() ? seen : label_ + "   " + seen);
    append_text(out, kClient, 54, "middle", "head", client);
    append_text(out, kServer, 54, "middle", "head", server);
    for (const int x : {kClient, kServer}) {
        out += fmt::format("<path class=\"life\" d=\"M{0} 66 L{0} {1}\"/>\n", x, height - kBottom / 2);
    }
    for (const Step& step : steps_) append(out, step);
    return out + "</svg>\n";
}

}  // namespace earshot::view
