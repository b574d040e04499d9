#include "view/json.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "base/i18n.h"
#include "view/json_fields.h"

namespace earshot::view {
namespace {

using namespace model;

constexpr std::size_t kKeptCapacity = std::size_t(1) << 20;  // bytes: a rare large message does not stay in memory

const char* name_of(Direction direction) { return direction == Direction::in ? "in" : "out"; }

void text_if_any(JsonFields& fields, std::string_view name, std::string_view value) {
    if (!value.empty()) fields.text(name, value);
}

// The name of each kind of event, and after the common fields its own.
constexpr const char* event_name(const Listening&) { return "listening"; }
constexpr const char* event_name(const Dialing&) { return "dialing"; }
constexpr const char* event_name(const Opened&) { return "opened"; }
constexpr const char* event_name(const Message&) { return "message"; }
constexpr const char* event_name(const HalfClosed&) { return "half-closed"; }
constexpr const char* event_name(const Closed&) { return "closed"; }
constexpr const char* event_name(const Fault&) { return "error"; }
constexpr const char* event_name(const Sent&) { return "sent"; }
constexpr const char* event_name(const EncodingChanged&) { return "encoding"; }
constexpr const char* event_name(const FramingChanged&) { return "framing"; }
constexpr const char* event_name(const EolChanged&) { return "eol"; }
constexpr const char* event_name(const Named&) { return "named"; }
constexpr const char* event_name(const Dropped&) { return "dropped"; }
constexpr const char* event_name(const Diagnostic&) { return "stderr"; }
constexpr const char* event_name(const ReplyChanged&) { return "reply"; }
constexpr const char* event_name(const DeviceNamed&) { return "device"; }
// Its rows are lines of their own.
constexpr const char* event_name(const Traced&) { return nullptr; }
constexpr const char* event_name(const Accounts&) { return "stats"; }
constexpr const char* event_name(const Stopped&) { return "stopped"; }
// A program waits for the whole message; a screen does not.
constexpr const char* event_name(const Unfinished&) { return nullptr; }

void write(JsonFields& fields, const Listening& it) {
    fields.text("address", it.address);
    fields.number("port", it.port);
    text_if_any(fields, "certificate_sha256", it.certificate_sha256);
    text_if_any(fields, "reply", it.reply);
}

void write(JsonFields& fields, const Dialing& it) {
    fields.text("target", it.target);
    fields.number("attempt", it.attempt);
    if (it.partner) fields.number("partner", it.partner.value);
}

void write(JsonFields& fields, const Opened& it) {
    fields.text("peer", it.peer);
    fields.text("local", it.local);
    if (it.partner) fields.number("partner", it.partner.value);
    if (!it.tls) return;
    JsonFields tls = fields.object("tls");
    tls.text("version", it.tls->version);
    tls.text("cipher", it.tls->cipher);
    text_if_any(tls, "alpn", it.tls->alpn);
    text_if_any(tls, "peer_name", it.tls->peer_name);
    text_if_any(tls, "peer_sha256", it.tls->peer_sha256);
    tls.truth("verified", it.tls->verified);
    tls.close();
}

void write(JsonFields& fields, const Message& it) {
    const std::string_view encoding = it.encoding;
    fields.text("direction", name_of(it.direction));
    fields.number("seq", it.seq);
    fields.base64("bytes", it.bytes.view());
    if (encoding != "bytes") fields.text("text", it.text);
    fields.text("encoding", encoding);
    fields.number("errors", it.malformed.size());
    if (it.malformed_frame) {
        fields.text("malformed", tr(it.malformed_frame));
    } else if (it.payload_size != it.bytes.size()) {
        fields.number("payload_at", it.payload_at);
        fields.number("payload_size", it.payload_size);
    }
}

void write(JsonFields& fields, const HalfClosed& it) { fields.text("direction", name_of(it.direction)); }

void write(JsonFields& fields, const Closed& it) {
    fields.text("reason", reason_name(it.reason));
    text_if_any(fields, "detail", it.detail);
    fields.number("received", it.received);
    fields.number("sent", it.sent);
}

void write(JsonFields& fields, const Fault& it) {
    fields.text("message", it.message);
    fields.text("reason", reason_name(it.reason));
}

void write(JsonFields& fields, const Sent& it) {
    fields.number("bytes", it.bytes);
    fields.number("conversations", it.conversations);
}

void write(JsonFields& fields, const EncodingChanged& it) {
    fields.text("direction", name_of(it.direction));
    fields.text("encoding", it.encoding);
    fields.truth("detected", it.detected);
    if (it.from_seq != 0) fields.number("from_seq", it.from_seq);
}

void write(JsonFields& fields, const FramingChanged& it) {
    fields.text("frame", it.frame);
    fields.truth("lost", it.lost);
}

void write(JsonFields& fields, const EolChanged& it) { fields.text("eol", it.eol); }

void write(JsonFields& fields, const Named& it) {
    fields.text("name", it.name);
    text_if_any(fields, "room", it.room);
}

void write(JsonFields&, const Traced&) {}
void write(JsonFields& fields, const Accounts& it) {
    fields.number("interval_ms", static_cast<std::uint64_t>(it.apart.count()));
    JsonArray samples = fields.array("samples");
    for (const trace::Account& account : it.samples) {
        JsonFields sample = samples.object();
        append_account(sample, account);
        sample.close();
    }
    samples.close();
}
void write(JsonFields& fields, const Dropped& it) {
    fields.number("messages", it.messages);
    fields.number("bytes", it.bytes);
    text_if_any(fields, "why", it.why);
}

void write(JsonFields& fields, const DeviceNamed& it) {
    fields.text("name", it.name);
    fields.number("calls", it.calls);
    if (it.replaces) fields.number("replaces", it.replaces.value);
}

void write(JsonFields& fields, const Diagnostic& it) {
    fields.text("text", it.text);
    if (it.left_out > 0) fields.number("left_out", it.left_out);
}

void write(JsonFields& fields, const ReplyChanged& it) {
    fields.text("reply", it.reply);
    if (it.again) fields.truth("again", true);
}

void write(JsonFields&, const Stopped&) {}
void write(JsonFields&, const Unfinished&) {}

}  // namespace

void JsonView::append_time(WallTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    if (const std::int64_t count = second.time_since_epoch().count(); count != second_ || second_text_.empty()) {
        second_ = count;
        second_text_.clear();
        view::append_time(second_text_, second);
        second_text_.resize(second_text_.size() - 10);  // without nanoseconds
    }
    char nanos[] = "000000000Z\"";
    auto rest = (time - second).count();
    for (int i = 8; i >= 0; --i, rest /= 10) nanos[i] = static_cast<char>('0' + rest % 10);
    line_ += '"';
    line_ += second_text_;
    line_.append(nanos, sizeof nanos - 1);
}

void JsonView::take(const Event& event) {
    const char* const name = std::visit([](const auto& body) { return event_name(body); }, event.body);
    line_.clear();
    if (const auto* rows = std::get_if<Traced>(&event.body)) {
        ladders_.append(line_, event.id, *rows);
        return give();
    }
    if (const auto* change = std::get_if<EncodingChanged>(&event.body)) {
        ladders_.decode_as(event.id, change->direction, change->encoding);
    }
    if (!name) return;
    JsonFields fields(line_);
    fields.text("event", name);
    fields.name("time");
    append_time(event.time);
    if (event.id) fields.number("id", event.id.value);
    text_if_any(fields, "ref", event.ref);
    std::visit([&](const auto& body) { write(fields, body); }, event.body);
    fields.close();
    line_ += '\n';
    give();
}

void JsonView::give() {
    for (std::string_view rest = line_; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n') + 1);
        write_line_(line);
        rest.remove_prefix(line.size());
    }
    if (line_.capacity() > kKeptCapacity) std::string().swap(line_);
}

}  // namespace earshot::view
