#include "talk/shard.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"
#include "talk/fan_out.h"
#include "talk/responder.h"
#include "talk/tracer.h"
#include "text/grapheme.h"

namespace earshot::talk {

namespace {

constexpr std::size_t kReadBuffer = 256 * 1024;  // one read's most; shared by all, so size costs nothing a caller

std::optional<model::Tls> tls_of(const net::Connection& connection) {
    const net::TlsFacts* facts = connection.tls();
    if (!facts) return std::nullopt;
    return model::Tls{facts->version,   facts->cipher,      facts->alpn,
                      facts->peer_name, facts->peer_sha256, facts->verified};
}

}  // namespace

Shard::Shard(TimerWheel& timers, const Clock& clock, SessionOptions options, model::EventSink* sink,
             Responder* responder)
    : timers_(timers),
      clock_(clock),
      options_(std::move(options)),
      sink_(sink),
      responder_(responder),
      read_buffer_(kReadBuffer) {
    share(std::make_shared<MemoryBound>(), nullptr);
}

void Shard::join(std::shared_ptr<Neighbours> neighbours, std::size_t place) {
    EARSHOT_CHECK(sessions_.empty() && last_id_ == 0);
    id_step_ = neighbours->count();
    last_id_ = place + 1 - id_step_;  // wraps: the first number is place + 1
    mail_ = std::make_unique<Mail>(std::move(neighbours), place);
}

// All that it is made of, before anybody hears of it: either all or nothing.
Session& Shard::place(std::unique_ptr<net::Connection>&& connection, SessionId id) {
    auto framer = frame::make_framer(options_.frame, options_.max_message);
    EARSHOT_CHECK(static_cast<bool>(framer));  // the options were checked when they were given
    const auto placed = sessions_.try_emplace(id).first;
    try {
        placed->second = std::make_unique<Session>(*this, id, std::move(connection), options_, std::move(*framer));
    } catch (const std::bad_alloc&) {
        sessions_.erase(placed);
        throw;
    }
    return *placed->second;
}

SessionId Shard::adopt(std::unique_ptr<net::Connection>&& connection, SessionId id, SessionId partner) {
    const bool calls = static_cast<bool>(id);  // a call has a number while it is made
    if (!id) id = reserve_id();
    Session& opened = place(std::move(connection), id);
    opened.was_called_ = calls;
    if (!calls) ++callers_;
    (calls ? tally_.called : tally_.accepted).add();
    try {
        begin(opened, partner);
    } catch (const std::bad_alloc&) {
        opened.reset(Reason::limit, tr("no memory is left for this conversation"));
    }
    return id;
}

void Shard::begin(Session& opened, SessionId partner) {
    const SessionId id = opened.id();
    const net::Connection& connection = *opened.connection();
    if (tracer_) tracer_->opened(id, connection, opened.was_called_ ? trace::End::client : trace::End::server);
    if (sink_ && sink_->wants_openings()) {
        emit(id, "", model::Opened{connection.peer().text(), connection.local().text(), tls_of(connection), partner});
    }
    if (held_) opened.pause_reading(Session::Pause::sink);
    // A call for somebody's sake is answered by who made it.
    Session* const caller = partner ? find(partner) : nullptr;
    opened.set_responder(caller ? caller->responder_ : responder_);
    if (opened.responder_) opened.responder_->opened(opened);
    if (!opened.has_ended()) opened.start();
}

Session* Shard::find(SessionId id) {
    const auto found = sessions_.find(id);
    return found == sessions_.end() || found->second->has_ended() ? nullptr : found->second.get();
}

void Shard::emit(SessionId id, std::string ref, model::Body body) {
    if (sink_) sink_->take(model::Event{clock_.wall(), id, std::move(ref), std::move(body)});
}

void Shard::needs_flush(Session& session) {
    if (!std::exchange(session.flush_pending_, true)) to_flush_.push_back(session.id());
}

void Shard::ended(Session& session, Reason reason) {
    to_bury_.push_back(session.id());
    if (!session.was_called_) --callers_;
    tally_.ended[static_cast<std::size_t>(reason)].add();
    if (on_ended_) on_ended_(session.id(), reason);
}

void Shard::let_leave() {
    while (!to_deliver_.empty()) {
        FanOut* fan_out = to_deliver_.back();
        to_deliver_.pop_back();
        fan_out->deliver();
    }
    std::vector<SessionId> batch;
    batch.swap(to_flush_);
    for (const SessionId id : batch) {
        const auto found = sessions_.find(id);
        if (found == sessions_.end()) continue;
        found->second->flush_pending_ = false;
        found->second->flush();
    }
}

void Shard::bury() {
    for (const SessionId id : std::exchange(to_bury_, {})) sessions_.erase(id);
}

void Shard::hand_on() {
    if (!mail_) return;
    for (FanOut* const fan_out : to_deliver_) fan_out->hand_on();
    mail_->send();
}

void Shard::finish_batch() {
    do {
        // A flush may queue more for others (a responder that was waiting): until nobody has anything new.
        while (!to_flush_.empty() || !to_deliver_.empty()) let_leave();
    } while (is_short_of_memory() ? make_room() : read_again());
    if (is_short_of_memory() && !memory_due_.is_set()) look_again();
    if (!to_bury_.empty()) bury();
    if (mail_) mail_->send();
}

void Shard::close_all(Reason reason, const std::string& detail) {
    for (auto& [id, session] : sessions_) session->close(reason, detail, Session::Grace::in_all);
}

void Shard::reset_all(Reason reason, const std::string& detail) {
    for (auto& [id, session] : sessions_) session->reset(reason, detail);
}

void Shard::hold_reading(bool hold) {
    if (std::exchange(held_, hold) == hold) return;
    for (auto& [id, session] : sessions_) {
        hold ? session->pause_reading(Session::Pause::sink) : session->resume_reading(Session::Pause::sink);
    }
}

// --- commands

std::vector<Session*> Shard::addressees(const model::Command& command) {
    std::vector<Session*> found;
    if (command.id) {
        if (Session* session = find(command.id)) found.push_back(session);
        return found;
    }
    for (auto& [id, session] : sessions_) {
        if (!session->has_ended()) found.push_back(session.get());
    }
    if (!command.all && found.size() > 1) found.clear();
    std::sort(found.begin(), found.end(), [](const Session* a, const Session* b) { return a->id() < b->id(); });
    return found;
}

void Shard::fail(const model::Command& command, SessionId id, Error error) {
    emit(id, command.ref, model::Fault{error.reason, std::move(error.message)});
}

void Shard::carry_out(const model::Command& command) {
    const std::vector<Session*> to = addressees(command);
    if (to.empty()) {
        std::string why = tr("nobody is connected");
        if (command.id) {
            why = tr_format("there is no conversation {}", command.id.value);
        } else if (!command.all && !sessions_.empty()) {
            why = tr("several conversations are open: say which, by its id, or all");
        }
        return fail(command, command.id, Error{Reason::usage, std::move(why)});
    }
    Outcome outcome = carry_out_for(command, to, to.size() == 1);
    if (outcome.error) return fail(command, outcome.id, std::move(*outcome.error));
    if (!command.ref.empty()) emit(outcome.id, command.ref, model::Sent{outcome.bytes, outcome.conversations});
}

namespace {

bool sends(const model::Command& command) {
    return std::holds_alternative<model::SendText>(command.body) ||
           std::holds_alternative<model::SendBytes>(command.body);
}

}  // namespace

Shard::Outcome Shard::look_at(const model::Command& command) {
    std::vector<Session*> to = addressees({{}, true, "", {}});
    Outcome outcome{to.size(), to.empty() ? SessionId{} : to.front()->id(), 0, 0, std::nullopt};
    if (!sends(command)) return outcome;
    if (std::holds_alternative<model::SendText>(command.body)) {
        std::erase_if(to, [](const Session* session) { return session->responder_ && session->responder_->speaks(); });
    }
    Encoded encoded;
    if (const Status fits = encode(command, to, false, encoded); !fits) outcome.error = fits.error();
    return outcome;
}

Shard::Outcome Shard::carry_out_for_all(const model::Command& command) {
    const std::vector<Session*> to = addressees({{}, true, "", {}});
    return to.empty() ? Outcome{} : carry_out_for(command, to, false);
}

Shard::Outcome Shard::carry_out_for(const model::Command& command, const std::vector<Session*>& to, bool alone) {
    if (sends(command)) return send(command, to, alone);
    for (Session* session : to) {
        if (const Status done = carry_out_on(command.body, *session); !done) {
            return {to.size(), session->id(), 0, 0, done.error()};
        }
    }
    const SessionId only = to.size() == 1 ? to.front()->id() : SessionId{};
    return {to.size(), only, 0, static_cast<std::uint32_t>(to.size()), std::nullopt};
}

// Those whose responder says it in its own way are taken from `to`.
ByteCount Shard::speak(const model::SendText& text, bool all, std::vector<Session*>& to) {
    ByteCount bytes = 0;
    std::vector<Session*> rest;
    while (!to.empty()) {
        Responder* const responder = to.front()->responder_;
        const auto others = std::stable_partition(
            to.begin(), to.end(), [&](const Session* session) { return session->responder_ == responder; });
        const std::span<Session* const> same(to.begin(), others);
        const auto said = responder ? responder->speak(same, all, text.text) : std::nullopt;
        said ? void(bytes += *said) : void(rest.insert(rest.end(), same.begin(), same.end()));
        to.erase(to.begin(), others);
    }
    to = std::move(rest);
    return bytes;
}

// Refused for one is refused for all, so that a line is not half said; only who has heard our end already, or has
// stopped reading, is left out.
Status Shard::encode(const model::Command& command, const std::vector<Session*>& to, bool alone, Encoded& encoded) {
    for (Session* session : to) {
        if (!session->may_send()) {
            if (!alone) continue;
            return Error{Reason::closed, tr("not sent: this end has finished sending")};
        }
        std::vector<std::uint8_t> bytes;
        if (const auto* text = std::get_if<model::SendText>(&command.body)) {
            const Status fits = session->encode(text->text, text->eol, bytes);
            if (!fits) {
                const std::string who = alone ? std::string() : tr_format("conversation {}: ", session->id().value);
                return Error{fits.error().reason, who + fits.error().message};
            }
        } else {
            bytes = std::get<model::SendBytes>(command.body).bytes;
        }
        encoded.emplace_back(session, std::move(bytes));
    }
    return Ok{};
}

Shard::Outcome Shard::send(const model::Command& command, const std::vector<Session*>& all, bool alone) {
    const SessionId only = all.size() == 1 ? all.front()->id() : SessionId{};
    const auto refused = [&](Error error) { return Outcome{all.size(), only, 0, 0, std::move(error)}; };
    std::vector<Session*> to = all;
    Outcome outcome{all.size(), only, 0, 0, std::nullopt};
    if (const auto* text = std::get_if<model::SendText>(&command.body)) outcome.bytes = speak(*text, command.all, to);
    outcome.conversations = static_cast<std::uint32_t>(all.size() - to.size());
    if (to.empty()) return outcome;
    Encoded encoded;
    if (const Status fits = encode(command, to, alone, encoded); !fits) return refused(fits.error());
    for (auto& [session, bytes] : encoded) {
        const bool no_memory = is_short_of_memory() && session->queued() > 0;
        if (no_memory || session->queued() + bytes.size() > session->options_->max_queue) {
            const std::string who = alone ? std::string() : tr_format("conversation {}: ", session->id().value);
            Error full{Reason::limit,
                       who + (no_memory ? tr_format("not sent: {} bytes are waiting already, and all that waits for "
                                                    "callers has reached the bound (--max-memory)",
                                                    session->queued())
                                        : tr_format("not sent: {} bytes are waiting already; the peer does not read",
                                                    session->queued()))};
            if (alone) return refused(std::move(full));
            emit(session->id(), "", model::Fault{full.reason, std::move(full.message)});  // the ref is for `sent`
            continue;
        }
        session->send(bytes);
        outcome.id = outcome.conversations == 0 ? session->id() : SessionId{};
        outcome.bytes += bytes.size();
        ++outcome.conversations;
    }
    if (outcome.conversations == 0) return refused({Reason::closed, tr("not sent: nobody is left to send to")});
    return outcome;
}

namespace {

Result<std::string> eol_bytes(std::string_view name) {
    if (name == "lf") return std::string("\n");
    if (name == "crlf") return std::string("\r\n");
    if (name == "cr") return std::string("\r");
    if (name == "none") return std::string();
    return Error{Reason::usage, tr_format("unknown end of line “{}”: lf, crlf, cr or none",
                                          name.substr(0, text::grapheme_floor(name, 40)))};
}

}  // namespace

Status Shard::carry_out_on(const model::CommandBody& body, Session& session) {
    if (std::holds_alternative<model::HalfClose>(body)) {
        session.half_close();
    } else if (std::holds_alternative<model::Close>(body)) {
        session.close(Reason::closed, "");
    } else if (std::holds_alternative<model::Reset>(body)) {
        session.reset(Reason::reset, tr("reset by this end"));
    } else if (const auto* encoding = std::get_if<model::SetEncoding>(&body)) {
        for (const bool in : {true, false}) {
            const auto& name = in ? encoding->in : encoding->out;
            if (!name) continue;
            const auto choice = TextChoice::parse(*name);
            if (!choice) return choice.error();
            const Status set = in ? session.set_receive(*choice) : session.set_send(*choice);
            if (!set) return set;
            emit(session.id(), "",
                 model::EncodingChanged{in ? model::Direction::in : model::Direction::out, choice->name(), false, 0});
        }
    } else if (const auto* framing = std::get_if<model::SetFraming>(&body)) {
        const Status set = session.set_framing(framing->frame);
        if (!set) return set;
        emit(session.id(), "", model::FramingChanged{framing->frame, false});
    } else if (const auto* eol = std::get_if<model::SetEol>(&body)) {
        auto bytes = eol_bytes(eol->eol);
        if (!bytes) return bytes.error();
        session.set_eol(std::move(*bytes));
        emit(session.id(), "", model::EolChanged{eol->eol});
    } else {
        return Error{Reason::usage, tr("this command is not for a conversation")};
    }
    return Ok{};
}

}  // namespace earshot::talk
