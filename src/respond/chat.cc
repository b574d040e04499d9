#include "respond/chat.h"

#include <utility>

#include "base/i18n.h"
#include "respond/telnet_commands.h"
#include "talk/shard.h"
#include "text/decoder.h"

namespace earshot::respond {

class Chat::Delivering {
  public:
    explicit Delivering(Chat& chat) : chat_(chat) { ++chat_.delivering_; }
    ~Delivering() {
        if (chat_.delivering_ == 1) {
            while (!chat_.gone_.empty()) {
                const Seat seat = chat_.gone_.back();
                chat_.gone_.pop_back();
                chat_.hall_.leave(seat);
            }
        }
        --chat_.delivering_;
    }
    Delivering(const Delivering&) = delete;
    Delivering& operator=(const Delivering&) = delete;

  private:
    Chat& chat_;
};

// --- from callers

ByteView Chat::text_bytes(ByteView payload) { return without_telnet_commands(payload, scratch_); }

void Chat::opened(talk::Session& session) {
    const Delivering delivering(*this);
    shard_ = &session.shard();
    const Seat seat = hall_.take_seat(session.id().value);
    if (seat >= sessions_.size()) sessions_.resize(seat + 1);
    sessions_[seat] = &session;
    seats_.emplace(session.id(), seat);
    hall_.let_in(seat);
}

void Chat::message(talk::Session& session, const talk::Received& message) {
    const Delivering delivering(*this);
    const auto found = seats_.find(session.id());
    if (found != seats_.end()) hear(found->second, message);
}

void Chat::hear(Seat seat, const talk::Received& message) {
    if (message.why) return hall_.notify(seat, tr_format("not sent: {}", tr(message.why)));
    talk::MessageText bytes_read;  // where a command has said `bytes`: a chat is text all the same
    if (!message.text) {
        text::Decoder decoder(text::utf8());
        decoder.decode(text_bytes(message.payload()), bytes_read.text, bytes_read.malformed);
        decoder.flush(bytes_read.text, bytes_read.malformed);
    }
    const talk::MessageText& text = message.text ? *message.text : bytes_read;
    const talk::Session* const session = sessions_[seat];
    for (const std::string_view line : safe_lines(text.text, text.malformed, safe_)) {
        if (sessions_[seat] != session) return;  // he has said /quit
        hall_.hear(seat, line);
    }
}

// He may go on listening. Where he is in truth gone, this line makes his system say so, and he leaves at once.
void Chat::half_closed(talk::Session& session) {
    const Delivering delivering(*this);
    const auto found = seats_.find(session.id());
    if (found != seats_.end()) hall_.notify(found->second, tr("you have finished sending; you still hear the room"));
}

void Chat::closed(talk::Session& session) {
    const auto found = seats_.find(session.id());
    if (found == seats_.end()) return;
    const Seat seat = found->second;
    seats_.erase(found);
    sessions_[seat] = nullptr;
    const Delivering delivering(*this);
    gone_.push_back(seat);
}

// --- from the operator

std::optional<ByteCount> Chat::speak(std::span<talk::Session* const> to, bool all, std::string_view text) {
    const Delivering delivering(*this);
    queued_ = 0;
    std::string safe;
    for (const std::string_view line : safe_lines(text, {}, safe)) {
        if (all) {
            hall_.speak(line);
            continue;
        }
        for (const talk::Session* session : to) {
            const auto found = seats_.find(session->id());
            if (found != seats_.end()) hall_.speak_to(found->second, line);
        }
    }
    return queued_;
}

// --- to callers

void Chat::tell(Seat to, Seat from, std::string_view line) {
    forms_used_ = 0;
    deliver(to, line);
    say_what_did_not_fit(from);
}

void Chat::tell_all(std::span<const Seat> to, Seat from, std::string_view line) {
    forms_used_ = 0;
    for (const Seat seat : to) {
        if (seat != from) deliver(seat, line);
    }
    say_what_did_not_fit(from);
}

void Chat::deliver(Seat to, std::string_view line) {
    talk::Session* const session = sessions_[to];
    if (!session || !session->may_send()) return;
    Form& form = form_for(*session, line);
    if (session->is_above_high_water()) return session->note_dropped(form.bytes.size());
    ++form.hearers;
    queued_ += form.bytes.size();
    session->send(form.bytes);
}

Chat::Form& Chat::form_for(const talk::Session& session, std::string_view line) {
    const text::Encoding* encoding = session.send_encoding();
    if (!encoding) encoding = &text::utf8();
    const std::string_view eol = session.eol();
    for (std::size_t i = 0; i < forms_used_; ++i) {
        if (forms_[i].encoding == encoding && forms_[i].eol == eol) return forms_[i];
    }
    if (forms_used_ == forms_.size()) forms_.emplace_back();
    Form& form = forms_[forms_used_++];
    form.encoding = encoding;
    form.eol = eol;
    form.hearers = 0;
    form.bytes.clear();
    form.misfits = append_encoded(*encoding, line, eol, form.bytes);
    return form;
}

void Chat::say_what_did_not_fit(Seat from) {
    for (std::size_t i = 0; i < forms_used_; ++i) {
        const Form& form = forms_[i];
        if (form.misfits.count == 0 || form.hearers == 0) continue;
        const talk::Session* const speaker = from == kNobody ? nullptr : sessions_[from];
        shard_->emit(speaker ? speaker->id() : SessionId{}, "",
                     model::Fault{Reason::unencodable,
                                  tr_format("{} cannot carry “{}” (U+{:04X}): callers who got its code instead: {}",
                                            form.encoding->name, form.misfits.first,
                                            static_cast<std::uint32_t>(form.misfits.first_code), form.hearers)});
    }
}

void Chat::renamed(Seat who) {
    if (const talk::Session* session = sessions_[who]) {
        session->shard().emit(session->id(), "", model::Named{hall_.name_of(who), std::string(hall_.room_of(who))});
    }
}

void Chat::dismiss(Seat who) {
    talk::Session* const session = std::exchange(sessions_[who], nullptr);
    if (!session) return;
    seats_.erase(session->id());
    session->close(Reason::closed, "");
}

}  // namespace earshot::respond
