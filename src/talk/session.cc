#include "talk/session.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"
#include "net/socket_options.h"
#include "net/tls_hello.h"
#include "talk/fan_out.h"
#include "talk/line_codes.h"
#include "talk/responder.h"
#include "talk/shard.h"
#include "talk/tracer.h"

namespace earshot::talk {

namespace {

constexpr Millis kUnfinishedAfter{200};  // interface.md: an unfinished line is shown after 200 ms
// What keeps a connection that is over from being read to its end.
constexpr unsigned kHoldsEnd = static_cast<unsigned>(Session::Pause::sink) |
                               static_cast<unsigned>(Session::Pause::partner) |
                               static_cast<unsigned>(Session::Pause::memory);
constexpr std::size_t kUnfinishedShown = 4096;  // bytes of it that a view gets: more than a screen's row

}  // namespace

Session::Session(Shard& shard, SessionId id, std::unique_ptr<net::Connection>&& connection,
                 const SessionOptions& options, std::unique_ptr<frame::Framer> framer)
    : shard_(shard), id_(id), options_(&options), inbox_(std::move(framer)), text_(options.receive, options.detect) {
    inbox_.set_line_codes(line_codes(options.receive));
    connection_ = std::move(connection);
    connection_->set_handler(this);
}

Session::~Session() {
    if (fan_out_) fan_out_->remove(*this);
    count_held(0, 0);
}

void Session::start() {
    last_traffic_ = last_received_ = now();
    if (!was_called_ && (options_->message_rate.is_limited() || options_->byte_rate.is_limited())) {
        paces_ = std::make_unique<Paces>();
    }
    update_interest();
    if (connection_->has_buffered_input()) {
        read_again_ = true;
        shard_.needs_flush(*this);
    }
    arm_timer();
}

SteadyTime Session::now() const { return shard_.clock_.now(); }

// The clock is asked only where somebody waits by it: it would be a fiftieth of a small message's cost.
void Session::note_traffic() {
    if (options_->idle_timeout > Millis(0)) last_traffic_ = now();
}

SessionOptions& Session::own_options() {
    if (!own_) {
        own_ = std::make_unique<SessionOptions>(*options_);
        options_ = own_.get();
    }
    return *own_;
}

// --- receiving

void Session::on_ready(bool readable, bool writable) {
    if (ended_) return;
    in_handler_ = true;
    // Told without having asked: the connection is over. What it still holds can be no more than the kernel's buffer,
    // and who ends it should not have to wait for the one that holds it up.
    if (readable && !asked_to_read_ && !resetting_) hung_up_ = true;
    if (readable) read_ready();
    in_handler_ = false;
    if (ended_) return;
    if (writable || !outbox_.empty() || wants_fin_out()) return flush();
    update_interest();
    account();
}

void Session::read_ready() {
    // One read a turn, so that a fast peer does not keep the others waiting; what TLS has decrypted already has no
    // readiness of its own and is taken at once.
    do {
        const bool paused = hung_up_ ? (paused_ & static_cast<unsigned>(kHoldsEnd)) != 0 : paused_ != 0;
        if (paused && !receive_ended_) return;
        if (shard_.is_short_of_memory() && !receive_ended_) return shard_.hold_for_memory(*this);
        if (!take_read(connection_->read_some(MutableByteView(shard_.read_buffer_).first(read_size())))) return;
    } while (!ended_ && (hung_up_ || connection_->has_buffered_input()));
    if (!ended_) watch_unfinished();
}

// False: nothing more is to be read now.
bool Session::take_read(net::IoResult result) {
    switch (result.status) {
        case net::IoStatus::would_block:
            return false;
        case net::IoStatus::failed:
            failed();
            return false;
        case net::IoStatus::end:
            if (!receive_ended_) peer_ended();
            return false;
        case net::IoStatus::ok:
            break;
    }
    if (received_ == 0) hint_at_tls(ByteView(shard_.read_buffer_).first(result.bytes));
    if (shard_.tracer_) shard_.tracer_->received(id_, ByteView(shard_.read_buffer_).first(result.bytes));
    note_traffic();
    if (inbox_.framer().quiet_time() > Millis(0)) last_received_ = now();
    take_in(ByteView(shard_.read_buffer_).first(result.bytes));
    return true;
}

// No more than may be read now: one read of all there is could be minutes' worth.
std::size_t Session::read_size() {
    const std::size_t most = shard_.read_buffer_.size();
    if (!paces_ || hung_up_ || !options_->byte_rate.is_limited()) return most;
    return std::clamp<std::size_t>(paces_->bytes.room(options_->byte_rate, now()), 1, most);
}

// He is not read before he may say a tenth of what may come at once, so that a fast one costs ten turns a second and
// not one for each message.
void Session::keep_pace(Pace Paces::*pace, const Rate& rate, std::uint64_t amount) {
    if (!paces_ || !rate.is_limited()) return;
    const SteadyTime time = now();
    (*paces_.*pace).spend(rate, time, amount);
    if ((*paces_.*pace).has_room(rate, time)) return;
    const std::uint64_t tenth = std::max<std::uint64_t>(rate.count / 10, 1);
    paces_->until = std::max(paces_->until, (*paces_.*pace).room_at(rate, tenth));
    pause_reading(Pause::pace);
    arm_timer();
}

void Session::take_in(ByteView bytes) {
    keep_pace(&Paces::bytes, options_->byte_rate, bytes.size());
    received_ += bytes.size();
    shard_.tally_.received.add(bytes.size());
    if (responder_) responder_->received(*this, bytes);
    if (!ended_) cut(bytes);
}

void Session::cut(ByteView bytes) {
    if (!answers_messages_ && !(shard_.is_watched() && shard_.sink()->wants_messages())) return;
    cutting([&] { inbox_.take(bytes, *this); });
}

// A responder may pause, resume or end him on what it reads, which must not cut the same bytes again.
template <typename Cut>
void Session::cutting(const Cut& cut) {
    if (std::exchange(reading_, true)) return;
    cut();
    if (answers_messages_ && !ended_) responder_->messages_done(*this);
    if (is_above_high_water()) was_above_ = true;
    reading_ = false;
}

// A caller who speaks TLS to a plain listener sees nothing but silence; somebody here should know why.
void Session::hint_at_tls(ByteView first) {
    if (!shard_.is_watched() || connection_->tls() || !net::looks_like_tls_client_hello(first)) return;
    shard_.emit(id_, "",
                model::Fault{Reason::tls, tr_format("{} speaks TLS, and this end is plain: listen with --tls",
                                                    connection_->peer().text())});
}

bool Session::read(const Received& message) {
    ++messages_in_;
    const bool shown = shard_.is_watched() && shard_.sink()->wants_messages();
    const bool answered = answers_text_;
    if (text_.makes_text() && (answered || (shown && shard_.sink()->wants_text()))) {
        constexpr std::size_t kKeptCapacity = 1 << 20;  // bytes: a rare large message does not stay in memory
        MessageText text = std::move(shard_.message_text_);
        read_text(message, text);
        if (shown) emit_message(message, &text);
        Received with_text = message;
        with_text.text = &text;
        if (answers_messages_ && !ended_) responder_->message(*this, with_text);
        if (text.text.capacity() <= kKeptCapacity) shard_.message_text_ = std::move(text);
    } else {
        if (shown) emit_message(message, nullptr);
        if (answers_messages_ && !ended_) responder_->message(*this, message);
    }
    keep_pace(&Paces::messages, options_->message_rate, 1);
    if (message.lost) lose_framing();
    if (is_above_high_water()) was_above_ = true;
    return !ended_ && (!holds_messages() || receive_ended_);
}

// A responder that answers messages may want the next one later.
bool Session::holds_messages() const {
    constexpr unsigned kWithoutAnswers = static_cast<unsigned>(Pause::sink) | static_cast<unsigned>(Pause::pace);
    return (answers_messages_ ? paused_ : paused_ & kWithoutAnswers) != 0;
}

void Session::read_text(const Received& message, MessageText& text) {
    text.text.clear();
    text.malformed.clear();
    const ByteView payload = answers_text_ ? responder_->text_bytes(*this, message.payload()) : message.payload();
    const auto change = text_.read(payload, flushes_text(), text.text, text.malformed);
    if (change) {
        shard_.emit(
            id_, "",
            model::EncodingChanged{model::Direction::in, change->to->name, true, change->reread ? first_in_doubt_ : 0});
        inbox_.set_line_codes(line_codes(*change->to));
    }
    if (first_in_doubt_ == 0 && text_.is_in_doubt()) first_in_doubt_ = messages_in_;
}

// `text` is taken where nobody else wants it.
void Session::emit_message(const Received& message, MessageText* text) {
    model::Message event;
    event.seq = messages_in_;
    event.bytes = SharedBytes::copy_of(message.bytes);
    event.payload_at = static_cast<std::uint32_t>(message.payload_at);
    event.payload_size = static_cast<std::uint32_t>(message.payload_size);
    event.malformed_frame = message.why;
    if (text && shard_.sink_->wants_text()) {
        if (answers_text_) {
            event.text = text->text;
            event.malformed = text->malformed;
        } else {
            event.text = std::move(text->text);
            event.malformed = std::move(text->malformed);
        }
        event.encoding = text_.encoding()->name;
    } else {
        event.encoding = "bytes";
    }
    shard_.emit(id_, "", std::move(event));
}

// What the framing may keep of a message: no more than whoever answers takes.
void Session::limit_messages() {
    const ByteCount most = options_->max_message;
    inbox_.set_max_message(responder_ ? std::min(most, responder_->longest_message()) : most);
}

void Session::lose_framing() {
    auto chunk = frame::make_framer("chunk", options_->max_message);
    EARSHOT_CHECK(static_cast<bool>(chunk));
    inbox_.set_framer(std::move(*chunk));
    limit_messages();
    shard_.emit(id_, "", model::FramingChanged{"chunk", true});
}

// A character that the end of the stream cut off is still the peer's: it is shown as the bytes it was.
void Session::show_rest_of_text() {
    if (!shard_.is_watched() || text_.held() == 0) return;
    model::Message event;
    event.seq = ++messages_in_;
    event.encoding = text_.encoding()->name;
    text_.read({}, true, event.text, event.malformed);
    shard_.emit(id_, "", std::move(event));
}

// What there is of the last message counts as one.
void Session::finish_messages() {
    cutting([&] { inbox_.finish(*this); });
}

void Session::peer_ended() {
    receive_ended_ = true;
    sent_before_fin_ = sent_;
    if (shard_.tracer_) shard_.tracer_->half_closed(id_, model::Direction::in);
    finish_messages();
    if (ended_) return;
    show_rest_of_text();
    unfinished_at_ = {};
    shard_.emit(id_, "", model::HalfClosed{model::Direction::in});
    if (responder_) responder_->half_closed(*this);
    if (ended_) return;
    if (ending_ || fin_sent_) {
        if (fin_sent_) end_as_asked();
    } else if (options_->close_on_fin) {
        close(Reason::closed, "");
    } else if (connection_->plain_descriptor() >= 0) {
        // FIN looks the same whether he waits for our answer or has gone for good; a probe tells in the end.
        net::watch_for_departure(connection_->plain_descriptor());
    }
}

void Session::watch_unfinished() {
    if (!shard_.is_watched() || !shard_.sink_->wants_unfinished()) return arm_timer();
    const bool unfinished = (!inbox_.kept().empty() && inbox_.framer().quiet_time() == Millis(0)) || text_.held() > 0;
    if (!unfinished) {
        unfinished_at_ = {};
    } else if (unfinished_at_ == SteadyTime()) {
        unfinished_at_ = now() + kUnfinishedAfter;
    }
    arm_timer();
}

void Session::emit_unfinished() {
    model::Unfinished event;
    const ByteView kept = inbox_.kept();
    event.size = kept.size();
    event.bytes = SharedBytes::copy_of(kept.first(std::min(kept.size(), kUnfinishedShown)));
    const TextReader::Look look = text_.look(event.bytes.view(), event.text, event.malformed);
    event.encoding = look.encoding ? look.encoding->name : "bytes";
    if (kept.size() <= kUnfinishedShown)
        event.held = static_cast<std::uint8_t>(look.held);  // else what is shown was cut here
    shard_.emit(id_, "", std::move(event));
}

// --- sending

bool Session::send(ByteView bytes) {
    if (!may_send()) return false;
    if (fan_out_) fan_out_->catch_up(*this);
    outbox_.append(bytes);
    shard_.tally_.queued.add(bytes.size());
    if (!in_handler_) shard_.needs_flush(*this);
    return true;
}

// A failure is left for flush(): here somebody else's bytes are in the read buffer, which failed() would use.
bool Session::pass(ByteView bytes) {
    if (!may_send()) return true;
    if (outbox_.empty() && !fan_out_) {
        const net::IoResult result = connection_->write_some({&bytes, 1});
        if (result.status == net::IoStatus::ok) {
            note_sent(result.bytes, as_chars(bytes.first(std::min(result.bytes, Tracer::kBeginning))));
            bytes = bytes.subspan(result.bytes);
        }
    }
    if (bytes.empty()) return true;
    was_above_ = true;
    send(bytes);
    return false;
}

Status Session::encode(std::string_view text, bool with_eol, std::vector<std::uint8_t>& bytes) const {
    const text::Encoding* const encoding = send_encoding();
    if (!encoding) {
        return Error{Reason::usage, tr("this conversation sends bytes, not text: send hex, or set a sending encoding")};
    }
    text::Encoder encoder(*encoding);
    auto refusal = encoder.encode(text, bytes);
    if (!refusal && with_eol) refusal = encoder.encode(options_->eol, bytes);
    encoder.finish(bytes);
    if (!refusal) return Ok{};
    if (refusal->malformed) {
        return Error{Reason::malformed,
                     tr_format("not sent: the text is not valid UTF-8 at byte {}", refusal->text_at)};
    }
    std::size_t length = 1;
    while (refusal->text_at + length < text.size() && (text[refusal->text_at + length] & '\xC0') == '\x80') ++length;
    return Error{Reason::unencodable,
                 tr_format("not sent: {} cannot carry “{}” (U+{:04X}); choose another sending encoding", encoding->name,
                           text.substr(refusal->text_at, length), static_cast<std::uint32_t>(refusal->code_point))};
}

void Session::half_close() {
    if (send_ended_) return;
    leave_fan_out();
    send_ended_ = true;
    if (!in_handler_) shard_.needs_flush(*this);
}

void Session::close(Reason reason, std::string detail, Grace grace) {
    if (ended_) return;
    if (grace == Grace::in_all && grace_ != grace) closing_until_ = now() + options_->close_grace;
    grace_ = std::max(grace_, grace);
    if (ending_) return arm_timer();
    leave_fan_out();
    ending_ = true;
    ending_error_ = std::make_unique<Error>(Error{reason, std::move(detail)});
    closing_until_ = now() + options_->close_grace;
    send_ended_ = true;
    paces_.reset();
    resume_reading(Pause::pace);
    if (ended_) return;
    resume_reading(Pause::responder);
    if (ended_) return;
    if (!in_handler_) shard_.needs_flush(*this);
    arm_timer();
}

void Session::reset(Reason reason, std::string detail) {
    if (ended_) return;
    reset_connection();
    end(reason, std::move(detail));
}

void Session::reset_when_sent(Reason reason, std::string detail) {
    if (ended_ || resetting_) return;
    ending_ = resetting_ = send_ended_ = true;
    ending_error_ = std::make_unique<Error>(Error{reason, std::move(detail)});
    closing_until_ = now() + options_->close_grace;
    leave_fan_out();
    pause_reading(Pause::responder);
    if (outbox_.empty()) return reset_if_sent();
    shard_.needs_flush(*this);
    arm_timer();
}

void Session::reset_connection() {
    broken_ = true;
    if (shard_.tracer_) shard_.tracer_->ending(id_, Tracer::Ending::reset_sent);
    connection_->reset();
}

void Session::flush() {
    if (ended_) return;
    if (std::exchange(read_again_, false)) {
        in_handler_ = true;
        read_ready();
        in_handler_ = false;
        if (ended_) return;
    }
    if (write_queued() == net::IoStatus::failed) return failed();
    if (fan_out_) fan_out_->flushed(*this);
    if (outbox_.empty()) after_drain();
    if (ended_) return;
    update_interest();
    account();
}

net::IoStatus Session::write_queued() {
    const bool is_traced = shard_.tracer_ != nullptr;
    const std::string beginning = is_traced ? outbox_.beginning(Tracer::kBeginning) : std::string();
    const Outbox::Flushed flushed = outbox_.flush(*connection_);
    shard_.tally_.queued.subtract(flushed.bytes);
    note_sent(flushed.bytes, beginning);
    return flushed.status;
}

bool Session::make_room() {
    if (is_above_high_water() && may_send() && !finishing_) {
        write_queued();
        shard_.needs_flush(*this);  // which sees what has failed, and tells who waited for room
    }
    return !is_above_high_water();
}

void Session::note_sent(ByteCount bytes, std::string_view beginning) {
    if (shard_.tracer_) shard_.tracer_->sent(id_, bytes, as_bytes(beginning));
    if (bytes == 0) return;
    sent_ += bytes;
    shard_.tally_.sent.add(bytes);
    note_traffic();
    if (ending_ && grace_ == Grace::while_stuck) closing_until_ = now() + options_->close_grace;
}

// For its fan-out, which has looked that nothing else is queued. False: the connection has failed.
bool Session::send_at_once(std::span<const ByteView> pieces, std::size_t& taken) {
    const net::IoResult result = connection_->write_some(pieces);
    if (result.status == net::IoStatus::failed) return failed(), false;
    taken = result.bytes;
    const ByteView first = pieces.front().first(std::min({pieces.front().size(), taken, Tracer::kBeginning}));
    note_sent(taken, as_chars(first));
    return true;
}

void Session::leave_fan_out() {
    if (fan_out_) fan_out_->leave(*this);
}

void Session::after_drain() {
    if (std::exchange(was_above_, false) && responder_) responder_->drained(*this);
    if (outbox_.empty()) emit_dropped();
    if (ended_ || !outbox_.empty()) return;
    if (resetting_) return reset_if_sent();
    if (!wants_fin_out()) return;
    const net::IoResult result = connection_->end_sending();
    if (result.status == net::IoStatus::would_block) return;
    if (result.status == net::IoStatus::failed) return failed();
    fin_sent_ = true;
    if (shard_.tracer_) shard_.tracer_->half_closed(id_, model::Direction::out);
    shard_.emit(id_, "", model::HalfClosed{model::Direction::out});
    if (receive_ended_) end_as_asked();
}

void Session::emit_dropped() {
    if (dropped_messages_ == 0) return;
    shard_.emit(id_, "",
                model::Dropped{std::exchange(dropped_messages_, 0), std::exchange(dropped_bytes_, 0),
                               tr("the caller did not read fast enough")});
}

void Session::note_dropped(ByteCount bytes) {
    if (++dropped_messages_ == 1 && outbox_.empty()) shard_.needs_flush(*this);  // which tells it
    shard_.tally_.missed.add();
    dropped_bytes_ += bytes;
}

void Session::set_paused(std::uint8_t by) {
    if (!ended_ && (paused_ == 0) != (by == 0)) {
        by != 0 ? shard_.tally_.read_paused.add() : shard_.tally_.read_paused.subtract();
    }
    paused_ = by;
}

void Session::pause_reading(Pause by) {
    set_paused(paused_ | static_cast<std::uint8_t>(by));
    if (!in_handler_ && !ended_) update_interest();
}

void Session::resume_reading(Pause by) {
    if (paused_ == 0) return;
    set_paused(paused_ & static_cast<std::uint8_t>(~static_cast<unsigned>(by)));
    if (ended_) return;
    if (paused_ != 0) return still_paused();
    last_traffic_ = last_received_ = now();  // silence while we did not listen is not the peer's
    cutting([&] { inbox_.resume(*this); });
    if (ended_) return;
    account();
    arm_timer();
    read_again_ = connection_->has_buffered_input();
    if (!in_handler_) shard_.needs_flush(*this);
}

// What held back his end or the clock may have been what went.
void Session::still_paused() {
    arm_timer();
    if (!hung_up_ || (paused_ & kHoldsEnd) != 0) return;
    read_again_ = true;
    if (!in_handler_) shard_.needs_flush(*this);
}

// --- steering

void Session::set_responder(Responder* responder) {
    responder_ = responder;
    answers_messages_ = responder && responder->takes_messages();
    answers_text_ = responder && responder->wants_text();
    limit_messages();
}

void Session::answer_by(Responder* responder) {
    if (!may_send() || ended_) return;
    if (responder_) responder_->left(*this);
    if (ended_) return;
    note_kept(0);
    leave_fan_out();
    set_responder(responder);
    was_above_ = false;
    if (responder_) responder_->opened(*this);
    if (ended_) return;
    if (receive_ended_ && responder_) responder_->half_closed(*this);
    if (!ended_) resume_reading(Pause::responder);
}

Status Session::set_receive(const TextChoice& choice) {
    text_.choose(choice, options_->detect);
    first_in_doubt_ = 0;
    inbox_.set_line_codes(line_codes(choice));
    if (responder_) responder_->sending_changed(*this);
    cut_again();
    return Ok{};
}

Status Session::set_send(const TextChoice& choice) {
    send_choice_ = choice;
    if (responder_) responder_->sending_changed(*this);
    return Ok{};
}

void Session::set_eol(std::string eol) {
    own_options().eol = std::move(eol);
    if (responder_) responder_->sending_changed(*this);
}

Status Session::set_framing(std::string_view name) {
    auto framer = frame::make_framer(name, options_->max_message);
    if (!framer) return framer.error();
    inbox_.set_framer(std::move(*framer));
    limit_messages();
    const bool is_open = text_.makes_text() && received_ > 0;  // `auto`: no mark can come any more
    inbox_.set_line_codes(is_open ? line_codes(*text_.encoding()) : line_codes(text_.choice()));
    last_received_ = now();
    cut_again();
    return Ok{};
}

// What no message has taken yet may hold some by another framing.
void Session::cut_again() {
    cutting([&] { inbox_.resume(*this); });
    if (ended_) return;
    account();
    watch_unfinished();
}

}  // namespace earshot::talk
