#include "view/ladder/json_rows.h"

#include <array>
#include <utility>

#include "text/encoding.h"

namespace earshot::view {
namespace {

using namespace trace;

const char* name_of(End end) { return end == End::client ? "client" : "server"; }
const char* name_of(Sight sight) { return sight == Sight::seen ? "seen" : "inferred"; }

constexpr std::array<const char*, 3> kSources = {"packets", "kernel", "file"};
constexpr std::array<const char*, 14> kMarks = {
    "retransmission", "fast-retransmission", "out-of-order",       "lost-before", "duplicate-ack",
    "zero-window",    "zero-window-probe",   "window-update",      "window-full", "keepalive",
    "keepalive-ack",  "simultaneous-open",   "simultaneous-close", "unexpected"};
static_assert(static_cast<std::size_t>(Remark::unexpected) + 1 == kMarks.size());
constexpr std::array<const char*, 9> kNotes = {
    "listening",     "begins-in-the-middle", "time-wait-over",    "gave-up", "capture-dropped",
    "capture-ended", "still-in-time-wait",   "time-wait-goes-on", "account"};
static_assert(static_cast<std::size_t>(NoteRow::Kind::account) + 1 == kNotes.size());

void append_state(JsonFields& fields, std::string_view name, const std::optional<StateChange>& change) {
    if (!change) return;
    JsonFields state = fields.object(name);
    state.text("state", trace::name_of(change->state));
    state.text("sight", name_of(change->sight));
    state.close();
}

void append_flags(JsonFields& fields, std::uint8_t flags) {
    constexpr std::pair<Flag, const char*> kNames[] = {{kFin, "FIN"}, {kSyn, "SYN"}, {kRst, "RST"}, {kPsh, "PSH"},
                                                       {kAck, "ACK"}, {kUrg, "URG"}, {kEce, "ECE"}, {kCwr, "CWR"}};
    JsonArray array = fields.array("flags");
    for (const auto& [flag, name] : kNames) {
        if ((flags & flag) != 0) array.text(name);
    }
    array.close();
}

void append_options(JsonFields& fields, const SegmentRow& it) {
    const TcpOptions& options = it.segment.options;
    if (options == TcpOptions{}) return;
    JsonFields object = fields.object("options");
    if (options.mss) object.number("mss", *options.mss);
    if (options.window_scale) object.number("window_scale", *options.window_scale);
    if (options.sack_permitted) object.truth("sack_permitted", true);
    if (!options.sack.empty() && it.numbers_known) {
        const std::uint32_t base = it.segment.ack - it.ack;
        JsonArray blocks = object.array("sack");
        for (const SackBlock& block : options.sack) {
            JsonFields edges = blocks.object();
            edges.number("left", block.left - base);
            edges.number("right", block.right - base);
            edges.close();
        }
        blocks.close();
    }
    if (options.timestamps) {
        object.number("timestamp", options.timestamps->value);
        object.number("timestamp_echo", options.timestamps->echo);
    }
    object.close();
}

void append_marks(JsonFields& fields, const std::vector<Marked>& marks) {
    if (marks.empty()) return;
    JsonArray array = fields.array("marks");
    for (const Marked& mark : marks) {
        JsonFields object = array.object();
        object.text("mark", kMarks[static_cast<std::size_t>(mark.remark)]);
        if (mark.count != 0) object.number("count", mark.count);
        object.close();
    }
    array.close();
}

void append_fold(JsonFields& fields, const FoldRow& fold) {
    fields.text("sight", name_of(fold.sight));
    for (const auto& [name, half] :
         {std::pair("from_client", &fold.from_client), std::pair("from_server", &fold.from_server)}) {
        JsonFields object = fields.object(name);
        object.number("segments", half->segments);
        object.number("bytes", half->bytes);
        object.number("pure_acks", half->pure_acks);
        object.close();
    }
}

void append_note(JsonFields& fields, const NoteRow& note) {
    fields.text("note", kNotes[static_cast<std::size_t>(note.kind)]);
    if (note.count != 0) fields.number("count", note.count);
    if (!note.account) return;
    JsonFields account = fields.object("account");
    append_account(account, *note.account);
    account.close();
}

void append_numbers(JsonFields& fields, const SegmentRow& it) {
    const bool acknowledges = it.segment.has(kAck);
    fields.number("seq", it.seq);
    if (acknowledges) fields.number("ack", it.ack);
    fields.number("seq_absolute", it.segment.seq);
    if (acknowledges) fields.number("ack_absolute", it.segment.ack);
}

}  // namespace

void append_account(JsonFields& object, const trace::Account& it) {
    object.number("rtt_us", it.rtt_us);
    object.number("rtt_variance_us", it.rtt_variance_us);
    object.number("min_rtt_us", it.min_rtt_us);
    object.number("congestion_window", it.congestion_window);
    object.number("slow_start_threshold", it.slow_start_threshold);
    object.number("mss", it.mss);
    object.number("retransmits", it.retransmits);
    object.number("in_flight", it.in_flight);
    object.number("not_sent", it.not_sent);
    object.number("sent", it.sent);
    object.number("acked", it.acked);
    object.number("received", it.received);
    object.number("delivery_rate", it.delivery_rate);
    object.number("pacing_rate", it.pacing_rate);
    object.number("send_window", it.send_window);
    object.number("receive_window", it.receive_window);
}

void JsonRows::append_segment(JsonFields& fields, const Row& row, const SegmentRow& it) {
    const Segment& segment = it.segment;
    const PayloadText payload = payloads_.read(row);
    fields.text("from", name_of(segment.from));
    fields.text("sight", name_of(it.sight));
    append_flags(fields, segment.flags);
    if (it.numbers_known) append_numbers(fields, it);
    fields.number("length", segment.length);
    if (it.sight == Sight::seen) {
        fields.number("window", it.window);
        fields.number("window_field", segment.window);
    }
    append_options(fields, it);
    append_marks(fields, it.marks);
    if (!segment.payload.empty()) {
        fields.base64("bytes", as_bytes(segment.payload));
        if (payload.encoding) fields.text("text", payload.text);
        fields.text("encoding", payload.encoding ? payload.encoding->name : "bytes");
        fields.number("errors", payload.malformed.size());
    }
    if (segment.sent_at) fields.time("sent_at", *segment.sent_at);
    if (segment.arrived_at) fields.time("arrived_at", *segment.arrived_at);
    if (segment.number != 0) fields.number("packet", segment.number);
}

void JsonRows::append(JsonFields& fields, const Heading& heading) {
    fields.text("kind", "heading");
    if (!heading.client.empty()) fields.text("client", heading.client);
    if (!heading.server.empty()) fields.text("server", heading.server);
    if (heading.self) fields.text("self", name_of(*heading.self));
    fields.text("source", kSources[static_cast<std::size_t>(heading.source)]);
    if (!heading.where.empty()) fields.text("where", heading.where);
}

void JsonRows::append(JsonFields& fields, const Row& row) {
    fields.number("row", row.index);
    const auto* segment = std::get_if<SegmentRow>(&row.body);
    const auto* fold = std::get_if<FoldRow>(&row.body);
    fields.text("kind", segment ? "segment" : fold ? "fold" : "note");
    if (row.delta) fields.integer("delta_ns", row.delta->count());
    append_state(fields, "client_state", row.client);
    append_state(fields, "server_state", row.server);
    if (segment) return append_segment(fields, row, *segment);
    payloads_.read(row);
    if (fold) return append_fold(fields, *fold);
    append_note(fields, std::get<NoteRow>(row.body));
}

std::string JsonRows::begin(const Heading& heading) {
    std::string line;
    JsonFields fields(line);
    fields.text("event", "ladder");
    if (id_ != 0) fields.number("id", id_);
    append(fields, heading);
    fields.close();
    return line + "\n";
}

std::string JsonRows::row(const Row& row) {
    std::string line;
    JsonFields fields(line);
    fields.text("event", "ladder");
    if (row.time) fields.time("time", *row.time);
    if (id_ != 0) fields.number("id", id_);
    append(fields, row);
    fields.close();
    return line + "\n";
}

}  // namespace earshot::view
