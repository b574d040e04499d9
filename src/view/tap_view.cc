#include "view/tap_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"
#include "frame/framer.h"
#include "text/decoder.h"
#include "text/encoding.h"
#include "text/iconv_codec.h"
#include "text/safe.h"
#include "view/console/message_lines.h"

namespace earshot::view {

namespace {

constexpr std::size_t kClosedKept = 256;  // conversations that have ended and whose ladders may go on

}  // namespace

TapView::TapView(TapViewOptions options, std::function<void(std::string_view)> write)
    : options_(std::move(options)), write_(std::move(write)) {}

TapView::~TapView() = default;

void TapView::take(const model::Event& event) {
    std::visit([&](const auto& body) { on(event, body); }, event.body);
}

TapView::Leg& TapView::leg_of(SessionId id, SessionId partner) {
    const auto [found, made] = legs_.try_emplace(id);
    Leg& leg = found->second;
    if (made) {
        const auto caller = legs_.find(partner);
        leg.is_target = caller != legs_.end() && partner != id;
        leg.pair = leg.is_target ? caller->second.pair : ++pairs_;
    }
    return leg;
}

void TapView::on(const model::Event&, const model::Listening&) {}

void TapView::on(const model::Event& event, const model::Dialing& body) { leg_of(event.id, body.partner); }

void TapView::on(const model::Event& event, const model::Opened& body) {
    Leg& leg = leg_of(event.id, body.partner);
    leg.is_open = true;
    std::string text = leg.is_target ? tr_format("server {} has answered: {}", leg.pair, body.peer)
                                     : tr_format("client {} is here: {}", leg.pair, body.peer);
    if (body.tls) {
        text += fmt::format(" ({}{}{})", body.tls->version, body.tls->verified ? ", " : "",
                            body.tls->verified ? tr("verified") : "");
        if (!body.tls->peer_name.empty()) text += " " + text::safe_line(body.tls->peer_name);
    }
    note(event, text);
}

void TapView::on(const model::Event& event, const model::Message& body) {
    Leg& leg = leg_of(event.id);
    leg.told_unfinished = false;
    leg.decoded_as = body.encoding;
    const std::size_t held_before = leg.held.size();
    leg.held.add(event.time, body);
    held_.changed(held_before, leg.held.size());
    if (held_.is_too_much()) give_way();
    if (body.malformed_frame) warn(event, who_is(leg) + ": " + tr(body.malformed_frame));
    show(leg, event.time, body.text, body.malformed, body.bytes.view(), leg.decoded_as != "bytes");
}

void TapView::give_way() {
    held_.give_way([this](const auto& visit) {
        for (auto& [id, leg] : legs_) visit(leg.held);
    });
}

void TapView::show(const Leg& leg, WallTime time, std::string_view text, std::span<const MalformedUnit> malformed,
                   ByteView bytes, bool has_text) {
    const std::string prefix = time_.next(options_.presentation.time, time);
    const std::string name = label(leg);
    for (const std::string& each :
         message_lines({prefix, name, text, malformed, bytes, has_text}, options_.presentation)) {
        line(each);
    }
}

// Once: a line that is written stays.
void TapView::on(const model::Event& event, const model::Unfinished& body) {
    Leg& leg = leg_of(event.id);
    if (std::exchange(leg.told_unfinished, true)) return;
    std::string row = label(leg);
    const bool has_text = std::string_view(body.encoding) != "bytes";
    if (has_text) {
        text::append_safe(body.text, body.malformed, {.reverse_video = false, .lines = false}, row);
    } else {
        row += tr_format("{} bytes", body.size);
    }
    line(time_.next(options_.presentation.time, event.time) + styled(options_.presentation, "2", row + " ..."));
}

void TapView::on(const model::Event& event, const model::HalfClosed& body) {
    if (body.direction == model::Direction::out) return;  // the other end's, passed on
    note(event, tr_format("{} has finished sending (FIN)", who_is(leg_of(event.id))));
}

void TapView::on(const model::Event& event, const model::Closed& body) {
    Leg& leg = leg_of(event.id);
    const bool was_open = std::exchange(leg.is_open, false);
    const char* how = body.reason == Reason::closed    ? tr("closed")
                      : body.reason == Reason::reset   ? tr("reset")
                      : body.reason == Reason::timeout ? tr("timed out")
                                                       : reason_name(body.reason);
    std::string text = tr_format("{} has left: {}", who_is(leg), how);
    if (!body.detail.empty()) text += fmt::format(" ({})", text::safe_line(body.detail));
    if (was_open) text += tr_format("; received {} bytes, sent {}", body.received, body.sent);
    body.reason == Reason::closed ? note(event, text) : warn(event, text);
    forget_oldest(event.id);
}

void TapView::forget_oldest(SessionId closed) {
    closed_.push_back(closed);
    Held& held = legs_.at(closed).held;
    held_.changed(held.size(), 0);
    held.clear();
    if (closed_.size() <= kClosedKept) return;
    legs_.erase(closed_.front());
    closed_.pop_front();
}

// What is about the program the host says, on the standard error.
void TapView::on(const model::Event& event, const model::Fault& body) {
    if (event.id) warn(event, text::safe_line(body.message));
}

void TapView::on(const model::Event& event, const model::EncodingChanged& body) {
    if (body.direction == model::Direction::out) return;
    Leg& leg = leg_of(event.id);
    leg.decoded_as = body.encoding;
    note(event, tr_format("{} writes {} (detected)", who_is(leg), body.encoding));
    const trace::End speaker = leg.is_target ? trace::End::server : trace::End::client;
    for (auto& [id, other] : legs_) {
        if (other.pair != leg.pair) continue;
        for (auto& [number, ladder] : other.ladders) ladder->decode_as(speaker, payload_encoding(body.encoding));
    }
    if (body.from_seq > 0) show_again(leg, body.from_seq);
}

void TapView::show_again(Leg& leg, std::uint64_t from_seq) {
    const text::Encoding* const encoding = payload_encoding(leg.decoded_as);
    if (!encoding) return;
    line(styled(options_.presentation, "2", "---- " + tr_format("{} again, as {}", who_is(leg), leg.decoded_as)));
    if (from_seq <= leg.held.let_go()) {
        line(styled(options_.presentation, "2",
                    "-- " + tr_format("{} older messages are no longer held", leg.held.let_go())));
    }
    text::Decoder decoder(*encoding);
    const auto framer = frame::make_framer(options_.frame, ByteCount(2) << 30);
    const bool flush = !framer || (*framer)->flushes_text();
    for (const Held::Entry& entry : leg.held.entries()) {
        std::string text;
        std::vector<MalformedUnit> malformed;
        decoder.decode(entry.payload(), text, malformed);
        if (flush) decoder.flush(text, malformed);
        if (entry.seq >= from_seq) show(leg, entry.time, text, malformed, entry.bytes.view(), true);
    }
    line(styled(options_.presentation, "2", "----"));
}

void TapView::on(const model::Event& event, const model::FramingChanged& body) {
    if (!body.lost) return;
    warn(event, tr_format("{} sent what does not fit --frame; from here on a message is what one read gives",
                          who_is(leg_of(event.id))));
}

void TapView::Ladder::decode_as(trace::End from, const text::Encoding* encoding) {
    encodings.name(from, encoding);
    drawing.decode_as(from, encoding);
}

TapView::Ladder& TapView::ladder_of(Leg& leg, const model::Traced& rows, const std::string& prefix) {
    std::unique_ptr<Ladder>& ladder = leg.ladders[rows.ladder];
    if (ladder && !rows.again) return *ladder;
    auto encodings = PayloadEncodings::of(options_.client, options_.server, options_.candidates);
    EARSHOT_CHECK(static_cast<bool>(encodings));  // the labels are known ones
    LadderLook look;
    look.width = std::max(options_.columns, 80) - static_cast<int>(prefix.size());
    look.explain = options_.explain;
    look.encodings = {encodings->encoding_of(trace::End::client), encodings->encoding_of(trace::End::server)};
    ladder = std::make_unique<Ladder>(Ladder{TextLadder(std::move(look)), std::move(*encodings)});
    for (const auto& [id, other] : legs_) {
        if (other.pair != leg.pair || other.decoded_as.empty()) continue;
        ladder->decode_as(other.is_target ? trace::End::server : trace::End::client,
                          payload_encoding(other.decoded_as));
    }
    for (const std::string& each : ladder->drawing.head(rows.heading)) line(prefix + each);
    return *ladder;
}

// The rows of both legs come in turn, so that each says whose it is.
void TapView::on(const model::Event& event, const model::Traced& body) {
    if (!options_.ladders) return;
    Leg& leg = leg_of(event.id);
    const std::string prefix = fmt::format("{}{} ", leg.is_target ? 's' : 'c', leg.pair);
    Ladder& ladder = ladder_of(leg, body, prefix);
    for (const trace::Row& row : body.rows) {
        ladder.encodings.add(row, ladder.drawing);
        for (const std::string& each : ladder.drawing.lines(row)) line(prefix + each);
    }
    if (body.over) leg.ladders.erase(body.ladder);
}

std::string TapView::who_is(const Leg& leg) {
    return leg.is_target ? tr_format("server {}", leg.pair) : tr_format("client {}", leg.pair);
}

std::string TapView::label(const Leg& leg) {
    return leg.is_target ? tr_format("server {}: ", leg.pair) : tr_format("client {}: ", leg.pair);
}

void TapView::note(const model::Event& event, std::string_view text) {
    line(styled(options_.presentation, "2",
                fmt::format("-- {}{}", time_.next(options_.presentation.time, event.time), text)));
}

void TapView::warn(const model::Event& event, std::string_view text) {
    line(styled(options_.presentation, "31",
                fmt::format("!! {}{}", time_.next(options_.presentation.time, event.time), text)));
}

void TapView::line(std::string_view text) {
    line_.assign(text);
    line_ += '\n';
    write_(line_);
}

}  // namespace earshot::view
