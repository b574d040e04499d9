#include "view/console/console.h"

#include <algorithm>
#include <utility>

#include "base/i18n.h"
#include "frame/framer.h"
#include "text/decoder.h"
#include "text/iconv_codec.h"
#include "text/safe.h"
#include "view/console/message_lines.h"
#include "view/ladder/text_ladder.h"

namespace earshot::view {

namespace {

constexpr Millis kRedraw{20};  // interface.md: at most 50 times a second

bool flushes_text(const std::string& frame) {
    const auto framer = frame::make_framer(frame, 1 << 20);
    return !framer || (*framer)->flushes_text();
}

}  // namespace

Console::Console(ConsoleOptions options, const Clock& clock, model::CommandSink& commands, History& history)
    : options_(std::move(options)),
      clock_(clock),
      commands_(commands),
      history_(history),
      editor_(history, [this](std::string_view line, std::size_t cursor) { return complete(line, cursor); }),
      screen_(options_.columns),
      to_(options_.addresses_all ? To::all : To::nobody) {}

Console::~Console() = default;

// --- events

void Console::take(const model::Event& event) {
    std::visit([&](const auto& body) { on(event, body); }, event.body);
    dirty_ = true;
}

void Console::on(const model::Event&, const model::Listening& body) {
    if (!body.reply.empty()) reply_ = body.reply;
    note(body.port == 0
             ? tr_format("listening on unix:{}", body.address)
             : tr_format("listening on {}:{}",
                         body.address.find(':') == std::string::npos ? body.address : "[" + body.address + "]",
                         body.port));
    if (!body.certificate_sha256.empty()) {
        note(tr_format("certificate made for this run; callers can pin it with --tls-pin {}", body.certificate_sha256));
    }
}

void Console::on(const model::Event&, const model::Dialing& body) {
    if (body.partner) {
        return note(tr_format("calling {} for {}", text::safe_line(body.target), who_is(body.partner)));
    }
    note(body.attempt > 1 ? tr_format("calling {} (attempt {})", text::safe_line(body.target), body.attempt)
                          : tr_format("calling {}", text::safe_line(body.target)));
}

void Console::on(const model::Event& event, const model::Opened& body) {
    Talker& talker = talkers_[event.id];
    talker.peer = body.peer;
    talker.receive = options_.receive;
    talker.send = options_.send;
    talker.frame = options_.frame;
    talker.eol = options_.eol;
    talker.called_for = body.partner;
    if (options_.listening && !body.partner) talker.reply = reply_;
    const bool is_first = !body.partner && !std::exchange(had_caller_, true);
    if (to_ != To::all && (!options_.listening || is_first)) {
        to_ = To::one;
        to_id_ = event.id;
    }
    std::string text = body.partner ? tr_format("{} answers {}: {}", who_is(event.id), who_is(body.partner), body.peer)
                       : options_.listening ? tr_format("client {} is here: {}", event.id.value, body.peer)
                                            : tr_format("connected to {}", body.peer);
    if (body.tls) {
        text += fmt::format(" ({}{}{})", body.tls->version, body.tls->verified ? ", " : "",
                            body.tls->verified ? tr("verified") : "");
        if (!body.tls->peer_name.empty()) text += " " + text::safe_line(body.tls->peer_name);
    }
    note(text);
}

void Console::on(const model::Event& event, const model::Message& body) {
    Talker& talker = talkers_[event.id];
    talker.unfinished.reset();
    ++talker.messages;
    talker.bytes += body.bytes.size();
    talker.decoded_as = body.encoding;
    const std::size_t held_before = talker.held.size();
    talker.held.add(event.time, body);
    held_.changed(held_before, talker.held.size());
    if (held_.is_too_much()) give_way();
    const ByteView bytes = body.bytes.view();
    if (body.malformed_frame) warn(who_is(event.id) + ": " + tr(body.malformed_frame));
    show_message(event.id, event.time, body.text, body.malformed, bytes, talker.decoded_as != "bytes");
}

// Told once a minute: a listener that is kept near its bound lets go all the time.
void Console::give_way() {
    constexpr Millis kTellsAgain{60'000};
    let_go_ += held_.give_way([this](const auto& visit) {
        for (auto& [id, talker] : talkers_) visit(talker.held);
    });
    if (let_go_ == 0 || clock_.now() < tells_let_go_) return;
    tells_let_go_ = clock_.now() + kTellsAgain;
    note(tr_format("{} messages are no longer held for /again: callers need the memory (--max-memory)",
                   std::exchange(let_go_, 0)));
}

void Console::show_message(SessionId id, WallTime time, std::string_view text, std::span<const MalformedUnit> malformed,
                           ByteView bytes, bool has_text) {
    const std::string prefix = time_.next(options_.presentation.time, time);
    const std::string name = label(id);
    for (const std::string& line :
         message_lines({prefix, name, text, malformed, bytes, has_text}, options_.presentation)) {
        print(line);
    }
}

void Console::on(const model::Event& event, const model::Unfinished& body) {
    Talker& talker = talkers_[event.id];
    std::string row = label(event.id);
    std::string plain;  // without reverse video: its codes have no width
    text::append_safe(body.text, body.malformed, {.reverse_video = false, .lines = false}, plain);
    const std::string mark =
        body.held > 0 ? tr_format(" ... ({} bytes of a character)", body.held) : std::string(" ...");
    const int room = screen_.columns() - 1 - text::text_width(row + mark, options_.ambiguous);
    row += text::cut_to_width(plain, std::max(room, 0), options_.ambiguous);
    talker.unfinished = styled(options_.presentation, "2", row + mark);
}

void Console::on(const model::Event& event, const model::HalfClosed& body) {
    Talker& talker = talkers_[event.id];
    if (body.direction == model::Direction::in) {
        talker.peer_finished = true;
        talker.unfinished.reset();
        note(talker.self_finished
                 ? tr_format("{} has finished sending (FIN)", who_is(event.id))
                 : tr_format("{} has finished sending (FIN); you can still send, or /close", who_is(event.id)));
    } else {
        talker.self_finished = true;
        note(talker.peer_finished
                 ? tr_format("you have finished sending to {} (FIN)", who_is(event.id))
                 : tr_format("you have finished sending to {} (FIN); what it sends is still shown", who_is(event.id)));
    }
}

void Console::on(const model::Event& event, const model::Closed& body) {
    const std::string who = who_is(event.id);
    const auto talker = talkers_.find(event.id);
    const bool was_here = talker != talkers_.end();
    if (was_here) {
        held_.changed(talker->second.held.size(), 0);
        talkers_.erase(talker);
    }
    const char* how = body.reason == Reason::closed    ? tr("closed")
                      : body.reason == Reason::reset   ? tr("reset")
                      : body.reason == Reason::timeout ? tr("timed out")
                                                       : reason_name(body.reason);
    const bool named = body.reason == Reason::closed || body.reason == Reason::reset || body.reason == Reason::timeout;
    if (was_here) {
        std::string text = tr_format("{} has left: {}", who,
                                     body.detail.empty() ? how
                                     : named             ? tr_format("{} ({})", how, text::safe_line(body.detail))
                                                         : text::safe_line(body.detail));
        text += tr_format("; received {} bytes, sent {}", body.received, body.sent);
        body.reason == Reason::closed ? note(text) : warn(text);
    } else {
        warn(body.detail.empty() ? tr_format("no connection: {}", how) : text::safe_line(body.detail));
    }
    if (to_ == To::one && to_id_ == event.id) to_ = To::nobody;
    std::erase_if(repeats_, [&](const Repeat& repeat) { return repeat.command.id == event.id; });
    if (leaving_) return;
    if (!options_.listening) {
        note(options_.retry ? tr_format("calling again in {} s; /reconnect calls at once, /quit leaves",
                                        std::chrono::duration<double>(*options_.retry).count())
                            : tr("/reconnect calls again, /quit leaves"));
    } else if (to_ == To::nobody && !talkers_.empty()) {
        note(tr("nobody is addressed now: /to N chooses, /who lists"));
    }
}

void Console::on(const model::Event& event, const model::Fault& body) {
    warn(text::safe_line(body.message));
    answered(event.ref, Answer::refused);
}

void Console::answered(const std::string& ref, Answer answer) {
    if (ref.empty()) return;
    for (Pending& pending : pending_) {
        if (pending.ref == ref) pending.answer = answer;
    }
    settle(ref);
}

void Console::on(const model::Event& event, const model::Sent&) { answered(event.ref, Answer::sent); }

void Console::on(const model::Event& event, const model::EncodingChanged& body) {
    Talker& talker = talkers_[event.id];
    const bool in = body.direction == model::Direction::in;
    if (body.detected) {
        talker.decoded_as = body.encoding;
        note(tr_format("{} writes {} (detected)", who_is(event.id), body.encoding));
        if (body.from_seq > 0) show_again(event.id, body.from_seq, "");
        return;
    }
    (in ? talker.receive : talker.send) = body.encoding;
    if (in) talker.decoded_as.clear();
    note(in ? tr_format("received from {}: {}; /again shows what came before anew", who_is(event.id), body.encoding)
            : tr_format("sent to {}: {}", who_is(event.id), body.encoding));
}

void Console::on(const model::Event& event, const model::FramingChanged& body) {
    talkers_[event.id].frame = body.frame;
    if (body.lost) {
        warn(
            tr_format("{}: the framing has lost its way; bytes are shown as they come until /frame", who_is(event.id)));
    } else {
        note(tr_format("messages of {}: {}", who_is(event.id), body.frame));
    }
}

void Console::on(const model::Event& event, const model::EolChanged& body) {
    talkers_[event.id].eol = body.eol;
    note(tr_format("lines sent to {} end with {}", who_is(event.id), body.eol));
}

void Console::on(const model::Event& event, const model::Named& body) {
    Talker& talker = talkers_[event.id];
    const bool is_first = talker.name.empty();
    const std::string before = who_is(event.id);
    const bool has_moved = std::exchange(talker.room, text::safe_line(body.room)) != talker.room;
    const bool is_renamed = std::exchange(talker.name, text::safe_line(body.name)) != talker.name;
    if (is_first) return;  // his first words will show it
    if (is_renamed) note(tr_format("{} is called {} now", before, talker.name));
    if (has_moved && talker.room.empty()) note(tr_format("{} is back in the first room", before));
    if (has_moved && !talker.room.empty()) note(tr_format("{} is in room {} now", before, talker.room));
}

void Console::on(const model::Event& event, const model::Dropped& body) {
    warn(tr_format("{} missed {} messages ({} bytes): {}", who_is(event.id), body.messages, body.bytes, body.why));
}

void Console::on(const model::Event& event, const model::DeviceNamed& body) {
    const auto talker = talkers_.find(event.id);
    if (talker != talkers_.end()) talker->second.device = body.name;
    note(body.replaces ? tr_format("client {} is {}, which was client {}", event.id.value, text::safe_line(body.name),
                                   body.replaces.value)
                       : tr_format("client {} is {}", event.id.value, text::safe_line(body.name)));
}

void Console::on(const model::Event& event, const model::Diagnostic& body) {
    if (body.left_out > 0) warn(tr_format("{}, stderr: {} bytes left out", who_is(event.id), body.left_out));
    if (!body.text.empty()) note(tr_format("{}, stderr: {}", who_is(event.id), body.text));
}

void Console::on(const model::Event& event, const model::ReplyChanged& body) {
    const auto talker = talkers_.find(event.id);
    if (talker != talkers_.end()) talker->second.reply = body.reply;
    if (!event.id && !body.again) {
        reply_ = body.reply;
        for (auto& [id, each] : talkers_) {
            if (!each.reply.empty() && !each.self_finished) each.reply = body.reply;  // no answer can reach the others
        }
    }
    const std::string reply = text::safe_line(body.reply);
    note(event.id ? tr_format("answering {} by {}", who_is(event.id), reply) : tr_format("answering by {}", reply));
}

void Console::on(const model::Event&, const model::Stopped&) {}

std::size_t Console::show_again(SessionId id, std::uint64_t from_seq, std::string_view find) {
    Talker& talker = talkers_[id];
    const std::string name = talker.in_force(talker.receive);
    const auto named = text::user_encoding(name);  // none for `bytes`
    const text::Encoding* const encoding = named ? *named : nullptr;
    if (find.empty()) {
        print(styled(options_.presentation, "2", "---- " + tr_format("{} again, as {}", who_is(id), name)));
    }
    if (find.empty() && talker.held.let_go() > 0 && from_seq <= talker.held.let_go()) {
        note(tr_format("{} older messages are no longer held", talker.held.let_go()));
    }
    std::optional<text::Decoder> decoder;
    if (encoding) decoder.emplace(*encoding);
    const bool flush = flushes_text(talker.frame);
    std::size_t shown = 0;
    for (const Held::Entry& entry : talker.held.entries()) {
        std::string text;
        std::vector<MalformedUnit> malformed;
        if (decoder) decoder->decode(entry.payload(), text, malformed);
        if (decoder && flush) decoder->flush(text, malformed);
        if (entry.seq < from_seq || (!find.empty() && text.find(find) == std::string::npos)) continue;
        show_message(id, entry.time, text, malformed, entry.bytes.view(), decoder.has_value());
        ++shown;
    }
    if (find.empty()) print(styled(options_.presentation, "2", "----"));
    return shown;
}

// --- drawing

std::string Console::who_is(SessionId id) const {
    if (!options_.listening) return tr("the server");
    const auto found = talkers_.find(id);
    if (found != talkers_.end() && found->second.called_for) return tr_format("server {}", id.value);
    if (found == talkers_.end() || found->second.name.empty()) return tr_format("client {}", id.value);
    return tr_format("client {} ({})", id.value, found->second.name);
}

std::string Console::label(SessionId id) const {
    if (!options_.listening) return tr("server: ");
    const auto found = talkers_.find(id);
    if (found != talkers_.end() && found->second.called_for) return tr_format("server {}: ", id.value);
    if (found != talkers_.end() && !found->second.name.empty()) {
        const Talker& talker = found->second;
        return talker.room.empty() ? talker.name + ": " : talker.name + " (" + talker.room + "): ";
    }
    if (found != talkers_.end() && !found->second.device.empty()) {
        return tr_format("client {} ({}): ", id.value, text::safe_line(found->second.device));
    }
    return talkers_.size() > 1 ? tr_format("client {}: ", id.value) : std::string(tr("client: "));
}

std::string Console::prompt_for(SessionId id) const {
    const auto found = talkers_.find(id);
    const bool is_server = found != talkers_.end() && found->second.called_for;
    return is_server ? tr_format("server {}>>>:", id.value) : tr_format("client {}>>>:", id.value);
}

std::string Console::addressee() const {
    if (to_ == To::all) return tr("all>>>:");
    if (to_ == To::nobody && (options_.listening ? had_caller_ : false)) return tr("nobody>>>:");
    if (options_.listening && (talkers_.size() > 1 || (to_ == To::one && talkers_.size() == 1 && to_id_.value > 1))) {
        return prompt_for(to_id_);
    }
    return ">>>:";
}

std::string Console::addressee(const model::Command& command) const {
    if (command.all) return tr("all>>>:");
    if (options_.listening && (talkers_.size() > 1 || !(to_ == To::one && to_id_ == command.id))) {
        return prompt_for(command.id);
    }
    return addressee();
}

// In the prompt's place, over as many rows as it needs; what was being typed waits out of sight.
void Console::ask_about_paste(LiveRows& rows) const {
    const auto lines = 1 + std::count(pasted_->begin(), pasted_->end(), '\n');
    std::string question = tr_format("{} lines pasted: [o]ne message, [m]any, [Esc] none? ", lines);
    if (question.ends_with(' ')) question.pop_back();
    std::vector<std::string> parts = wrapped(question, screen_.columns() - 2, options_.ambiguous);
    rows.prompt = parts.back() + " ";
    parts.pop_back();
    std::move(parts.begin(), parts.end(), std::back_inserter(rows.above));
    rows.cursor_at = rows.prompt.size();
    rows.cursor = text::text_width(rows.prompt, options_.ambiguous);
}

LiveRows Console::live_rows() {
    constexpr std::size_t kMostUnfinished = 3;
    LiveRows rows;
    for (const auto& [id, talker] : talkers_) {
        if (talker.unfinished && rows.above.size() < kMostUnfinished) rows.above.push_back(*talker.unfinished);
    }
    if (pasted_) {
        ask_about_paste(rows);
        return rows;
    }
    const std::string name = addressee();
    const Row row = row_.render(editor_, {.columns = screen_.columns() - 1,
                                          .prompt = name,
                                          .prompt_style = options_.presentation.colour ? "1;32" : "",
                                          .reverse_video = true,
                                          .ambiguous = options_.ambiguous});
    rows.prompt = row.text;
    rows.cursor_at = row.cursor_at;
    rows.cursor = row.cursor_column;
    return rows;
}

void Console::note(std::string_view text) { print_wrapped("-- ", text, "2"); }
void Console::warn(std::string_view text) { print_wrapped("!! ", text, "31"); }
void Console::say(std::string_view text) { note(text); }

// What we say ourselves is broken between words; what a peer says is left to the terminal, so that it can be copied.
void Console::print_wrapped(std::string_view mark, std::string_view text, const char* style) {
    const int indent = text::text_width(mark, options_.ambiguous);
    std::string head(mark);
    for (const std::string& row : wrapped(text, std::max(screen_.columns() - 1 - indent, 2), options_.ambiguous)) {
        print(*style ? styled(options_.presentation, style, head + row) : head + row);
        head.assign(static_cast<std::size_t>(indent), ' ');
    }
}

void Console::print(std::string_view line) {
    screen_.print(line);
    dirty_ = true;
}

void Console::resize(int columns) {
    screen_.resize(columns);
    dirty_ = true;
}

std::string Console::draw() {
    const SteadyTime now = clock_.now();
    if (!dirty_ || now < last_draw_ + kRedraw) return {};
    dirty_ = false;
    last_draw_ = now;
    return screen_.draw(live_rows());
}

std::string Console::leave() { return screen_.leave(); }

std::optional<SteadyTime> Console::next_wake(bool can_draw) const {
    std::optional<SteadyTime> first = escape_until_;
    const auto earlier = [&](SteadyTime time) { first = first ? std::min(*first, time) : time; };
    if (dirty_ && can_draw) earlier(last_draw_ + kRedraw);
    for (const Repeat& repeat : repeats_) earlier(repeat.next);
    return first;
}

}  // namespace earshot::view
