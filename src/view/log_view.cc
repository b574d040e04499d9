#include "view/log_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "text/grapheme.h"
#include "view/hex.h"
#include "view/json_fields.h"

namespace earshot::view {

namespace {

constexpr std::size_t kPayload = 1024;  // bytes of a message that a line shows

// What logfmt takes without quotation marks.
bool is_plain(std::string_view value) {
    return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
    });
}

struct Kind {
    const char* name = nullptr;  // null: not for the log
    LogLevel level = LogLevel::info;
};

Kind kind_of(const model::Fault& fault) {
    const bool is_ours = fault.reason == Reason::failed || fault.reason == Reason::permission;
    return {"error", is_ours ? LogLevel::error : LogLevel::warn};
}
Kind kind_of(const model::Closed& closed) {
    const bool is_trouble =
        closed.reason == Reason::limit || closed.reason == Reason::failed || closed.reason == Reason::malformed;
    return {"closed", is_trouble ? LogLevel::warn : LogLevel::info};
}
Kind kind_of(const model::FramingChanged& change) {
    return {"framing", change.lost ? LogLevel::warn : LogLevel::debug};
}
Kind kind_of(const model::Listening&) { return {"listening"}; }
Kind kind_of(const model::Dialing&) { return {"dialing", LogLevel::debug}; }
Kind kind_of(const model::Opened&) { return {"opened"}; }
Kind kind_of(const model::Message&) { return {"message"}; }
Kind kind_of(const model::HalfClosed&) { return {"half-closed", LogLevel::debug}; }
Kind kind_of(const model::EncodingChanged&) { return {"encoding", LogLevel::debug}; }
Kind kind_of(const model::Named&) { return {"named", LogLevel::debug}; }
Kind kind_of(const model::Dropped&) { return {"dropped", LogLevel::warn}; }
Kind kind_of(const model::DeviceNamed&) { return {"device"}; }
Kind kind_of(const model::Diagnostic&) { return {"stderr"}; }
Kind kind_of(const model::ReplyChanged&) { return {"reply"}; }
Kind kind_of(const model::Stopped&) { return {"stopped"}; }
template <typename Other>
Kind kind_of(const Other&) {
    return {};
}

void write_body(LogLine& line, const model::Listening& it) {
    line.text("address", it.address);
    if (it.port != 0) line.number("port", it.port);
    line.text_if_any("certificate_sha256", it.certificate_sha256);
}
void write_body(LogLine& line, const model::Dialing& it) { line.text("target", it.target); }
void write_body(LogLine& line, const model::Opened& it) {
    line.text("local", it.local);
    if (it.partner) line.number("partner", it.partner.value);
    if (!it.tls) return;
    line.text("tls", it.tls->version);
    line.text_if_any("tls_peer", it.tls->peer_name);
}
void write_body(LogLine& line, const model::Message& it) {
    line.text("direction", it.direction == model::Direction::in ? "in" : "out");
    line.number("bytes", it.bytes.size());
    const bool is_text = std::string_view(it.encoding) != "bytes";
    const ByteView begins = it.bytes.view().first(std::min(it.bytes.size(), kPayload));
    const std::size_t shown = text::grapheme_floor(it.text, kPayload);
    is_text ? line.text("text", std::string_view(it.text).substr(0, shown)) : line.text("hex", hex_groups(begins));
    if (is_text ? shown < it.text.size() : begins.size() < it.bytes.size()) line.truth("cut", true);
}
void write_body(LogLine& line, const model::HalfClosed& it) {
    line.text("direction", it.direction == model::Direction::in ? "in" : "out");
}
void write_body(LogLine& line, const model::Closed& it) {
    line.text("reason", reason_name(it.reason));
    line.number("received", it.received);
    line.number("sent", it.sent);
}
void write_body(LogLine& line, const model::Fault& it) {
    line.text("reason", reason_name(it.reason));
    line.text("message", it.message);
}
void write_body(LogLine& line, const model::EncodingChanged& it) {
    line.text("direction", it.direction == model::Direction::in ? "in" : "out");
    line.text("encoding", it.encoding);
}
void write_body(LogLine& line, const model::FramingChanged& it) {
    line.text("frame", it.frame);
    line.truth("lost", it.lost);
}
void write_body(LogLine& line, const model::Named& it) {
    line.text("name", it.name);
    line.text_if_any("room", it.room);
}
void write_body(LogLine& line, const model::Dropped& it) {
    line.number("messages", it.messages);
    line.number("bytes", it.bytes);
    line.text_if_any("message", it.why);
}
void write_body(LogLine& line, const model::DeviceNamed& it) {
    line.text("name", it.name);
    line.number("calls", it.calls);
}
void write_body(LogLine& line, const model::Diagnostic& it) {
    line.text_if_any("message", it.text);
    if (it.left_out > 0) line.number("left_out", it.left_out);
}
void write_body(LogLine& line, const model::ReplyChanged& it) { line.text("reply", it.reply); }
template <typename Other>
void write_body(LogLine&, const Other&) {}

// syslog's numbers: debug, informational, warning, error.
const char* priority(LogLevel level) {
    static constexpr const char* kPriorities[] = {"<7>", "<6>", "<4>", "<3>"};
    return kPriorities[static_cast<std::size_t>(level)];
}

}  // namespace

const char* level_name(LogLevel level) {
    static constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
    return kNames[static_cast<std::size_t>(level)];
}

const char* program_event_name(ProgramEvent event) {
    static constexpr const char* kNames[] = {"metrics", "access", "certificate", "restart", "failed", "log-dropped"};
    static_assert(std::size(kNames) == kProgramEventCount);
    return kNames[static_cast<std::size_t>(event)];
}

LogLine::LogLine(std::string& out, const LogOptions& options, WallTime time, LogLevel level, std::string_view event)
    : out_(out), form_(options.form) {
    if (options.priorities) out_ += priority(level);
    out_ += form_ == LogForm::json ? "{\"time\":\"" : "time=";
    append_time(out_, time);
    if (form_ == LogForm::json) out_ += '"';
    text("level", level_name(level));
    text("event", event);
}

void LogLine::name(std::string_view name) {
    if (form_ == LogForm::json) {
        out_ += ",\"";
        out_ += name;
        out_ += "\":";
    } else {
        out_ += ' ';
        out_ += name;
        out_ += '=';
    }
}

// logfmt's readers undo the escapes of a JSON string.
void LogLine::text(std::string_view field, std::string_view value) {
    name(field);
    form_ == LogForm::logfmt&& is_plain(value) ? void(out_ += value) : append_json_string(out_, value);
}

void LogLine::text_if_any(std::string_view field, std::string_view value) {
    if (!value.empty()) text(field, value);
}

void LogLine::number(std::string_view field, std::uint64_t value) {
    name(field);
    fmt::format_to(std::back_inserter(out_), "{}", value);
}

void LogLine::seconds(std::string_view field, std::chrono::nanoseconds value) {
    name(field);
    fmt::format_to(std::back_inserter(out_), "{:.3f}", std::chrono::duration<double>(value).count());
}

void LogLine::truth(std::string_view field, bool value) {
    name(field);
    out_ += value ? "true" : "false";
}

void LogLine::finish() { out_ += form_ == LogForm::json ? "}\n" : "\n"; }

void LogView::take(const model::Event& event) {
    const Kind kind = std::visit([](const auto& body) { return kind_of(body); }, event.body);
    if (const auto* opened = std::get_if<model::Opened>(&event.body)) present_[event.id] = {opened->peer, event.time};
    if (kind.name && kind.level >= options_.least && (options_.payload || kind.name != std::string_view("message"))) {
        line_.clear();
        LogLine line(line_, options_, event.time, kind.level, kind.name);
        write(line, event);
        line.finish();
        write_line_(line_);
    }
    if (std::holds_alternative<model::Closed>(event.body)) present_.erase(event.id);
}

void LogView::write(LogLine& line, const model::Event& event) {
    if (event.id) line.number("id", event.id.value);
    const auto caller = present_.find(event.id);
    if (caller != present_.end()) line.text("peer", caller->second.peer);
    std::visit([&](const auto& body) { write_body(line, body); }, event.body);
    if (const auto* closed = std::get_if<model::Closed>(&event.body)) {
        if (caller != present_.end()) line.seconds("seconds", event.time - caller->second.since);
        line.text_if_any("message", closed->detail);
    }
}

}  // namespace earshot::view
