#include "respond/chat.h"

#include <utility>

#include "base/i18n.h"
#include "respond/telnet_commands.h"
#include "talk/shard.h"
#include "text/decoder.h"

namespace earshot::respond {

class Chat::Speaking {
  public:
    explicit Speaking(Chat& chat) : chat_(chat) { ++chat_.speaking_; }
    ~Speaking() {
        if (chat_.speaking_ == 1) {
            while (!chat_.gone_.empty()) {
                const Seat seat = chat_.gone_.back();
                chat_.gone_.pop_back();
                chat_.hall_.leave(seat);
            }
        }
        --chat_.speaking_;
    }
    Speaking(const Speaking&) = delete;
    Speaking& operator=(const Speaking&) = delete;

  private:
    Chat& chat_;
};

// --- from callers

ByteView Chat::text_bytes(ByteView payload) { return without_telnet_commands(payload, scratch_); }

void Chat::opened(talk::Session& session) {
    const Speaking speaking(*this);
    shard_ = &session.shard();
    const Seat seat = hall_.take_seat(session.id().value);
    if (seat >= guests_.size()) guests_.resize(seat + 1);
    guests_[seat].session = &session;
    seats_.emplace(session.id(), seat);
    hall_.let_in(seat);
}

void Chat::message(talk::Session& session, const talk::Received& message) {
    const Speaking speaking(*this);
    const auto found = seats_.find(session.id());
    if (found == seats_.end()) return;
    group_anew(found->second);  // his words may have shown what he writes
    hear(found->second, message);
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
    const talk::Session* const session = guests_[seat].session;
    for (const std::string_view line : safe_lines(text.text, text.malformed, safe_)) {
        if (guests_[seat].session != session) return;  // he has said /quit
        hall_.hear(seat, line);
    }
}

// He may go on listening. Where he is in truth gone, this line makes his system say so, and he leaves at once.
void Chat::half_closed(talk::Session& session) {
    const Speaking speaking(*this);
    const auto found = seats_.find(session.id());
    if (found != seats_.end()) hall_.notify(found->second, tr("you have finished sending; you still hear the room"));
}

void Chat::closed(talk::Session& session) {
    const auto found = seats_.find(session.id());
    if (found == seats_.end()) return;
    const Seat seat = found->second;
    seats_.erase(found);
    guests_[seat].session = nullptr;
    const Speaking speaking(*this);
    gone_.push_back(seat);
}

// --- from the operator

std::optional<ByteCount> Chat::speak(std::span<talk::Session* const> to, bool all, std::string_view text) {
    const Speaking speaking(*this);
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
    talk::Session* const session = guests_[to].session;
    if (!session || !session->may_send()) return;
    const text::Encoding* const chosen = session->send_encoding();
    const text::Encoding& encoding = chosen ? *chosen : text::utf8();
    bytes_.clear();
    const Misfits misfits = append_encoded(encoding, line, session->eol(), bytes_);
    if (session->is_above_high_water()) return session->note_dropped(bytes_.size());
    queued_ += bytes_.size();
    session->send(bytes_);
    say_what_did_not_fit(from, encoding, misfits, 1);
}

void Chat::tell_all(RoomNumber room, Seat from, std::string_view line) {
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return;
    const Guest* const speaker = from == kNobody ? nullptr : &guests_[from];
    for (Group* const group : found->second) {
        const std::size_t hearers = group->members - (speaker && speaker->group == group ? 1 : 0);
        if (hearers == 0) continue;
        bytes_.clear();
        const Misfits misfits = append_encoded(*group->encoding, line, group->eol, bytes_);
        queued_ += bytes_.size() * hearers;
        group->fan_out.say(speaker ? speaker->session : nullptr, bytes_);
        say_what_did_not_fit(from, *group->encoding, misfits, hearers);
    }
}

void Chat::say_what_did_not_fit(Seat from, const text::Encoding& encoding, const Misfits& misfits,
                                std::size_t hearers) {
    if (misfits.count == 0) return;
    const talk::Session* const speaker = from == kNobody ? nullptr : guests_[from].session;
    shard_->emit(
        speaker ? speaker->id() : SessionId{}, "",
        model::Fault{Reason::unencodable,
                     tr_format("{} cannot carry “{}” (U+{:04X}): callers who got its code instead: {}", encoding.name,
                               misfits.first, static_cast<std::uint32_t>(misfits.first_code), hearers)});
}

// --- who hears with whom

void Chat::entered(Seat who, RoomNumber room) {
    guests_[who].room = room;
    group_anew(who);
}

void Chat::sending_changed(talk::Session& session) {
    const auto found = seats_.find(session.id());
    if (found != seats_.end()) group_anew(found->second);
}

void Chat::group_anew(Seat seat) {
    Guest& guest = guests_[seat];
    if (guest.group && guest.session && guest.group->room == guest.room) {
        const text::Encoding* const encoding = guest.session->send_encoding();
        if (guest.group->encoding == (encoding ? encoding : &text::utf8()) && guest.group->eol == guest.session->eol())
            return;
    }
    leave_group(guest);
    if (guest.room == kNowhere || !guest.session) return;
    guest.group = &group_for(guest.room, *guest.session);
    ++guest.group->members;
    guest.group->fan_out.join(*guest.session);
}

void Chat::leave_group(Guest& guest) {
    Group* const group = std::exchange(guest.group, nullptr);
    if (!group) return;
    if (guest.session) group->fan_out.leave(*guest.session);
    if (--group->members > 0) return;
    const auto room = rooms_.find(group->room);
    std::erase(room->second, group);
    if (room->second.empty()) rooms_.erase(room);
    free_groups_.push_back(group);
}

Chat::Group& Chat::group_for(RoomNumber room, const talk::Session& session) {
    const text::Encoding* encoding = session.send_encoding();
    if (!encoding) encoding = &text::utf8();
    std::vector<Group*>& groups = rooms_[room];
    for (Group* const group : groups) {
        if (group->encoding == encoding && group->eol == session.eol()) return *group;
    }
    if (free_groups_.empty()) {
        groups_.push_back(std::make_unique<Group>());
        free_groups_.push_back(groups_.back().get());
    }
    Group& group = *free_groups_.back();
    free_groups_.pop_back();
    group.room = room;
    group.encoding = encoding;
    group.eol = session.eol();
    groups.push_back(&group);
    return group;
}

void Chat::renamed(Seat who) {
    if (const talk::Session* session = guests_[who].session) {
        session->shard().emit(session->id(), "", model::Named{hall_.name_of(who), std::string(hall_.room_of(who))});
    }
}

void Chat::dismiss(Seat who) {
    talk::Session* const session = std::exchange(guests_[who].session, nullptr);
    if (!session) return;
    seats_.erase(session->id());
    session->close(Reason::closed, "");
}

}  // namespace earshot::respond
