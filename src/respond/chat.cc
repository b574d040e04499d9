#include "respond/chat.h"

#include <utility>

#include "base/i18n.h"
#include "respond/telnet_commands.h"
#include "talk/line_codes.h"
#include "talk/shard.h"
#include "text/decoder.h"

namespace earshot::respond {

// --- from callers

// No telnet speaks UTF-16, where FF begins a mark or is half a letter.
ByteView Chat::text_bytes(const talk::Session& session, ByteView payload) {
    const ByteView left = without_telnet_commands(payload, scratch_);
    if (left.size() == payload.size()) return payload;
    const text::Encoding* const encoding = session.receive_encoding();
    const bool is_wide = encoding && talk::line_codes(*encoding).unit > 1;
    return is_wide || session.begins_with_mark(payload) ? payload : left;
}

void Chat::begin(talk::Shard& shard) {
    if (shard_) return;
    shard_ = &shard;
    mail_ = shard.mail();
    if (!mail_ || mail_->place() == 0) {
        exchange_ = std::make_unique<ChatExchange>(*this, mail_);
    } else {
        to_hall_ = std::make_unique<talk::Sheaf<SessionId>>(*mail_);
    }
}

ChatExchange& Chat::hall_there(talk::Shard& there) {
    Chat& chat = of(there);
    chat.begin(there);
    return *chat.exchange_;
}

template <typename Work>
void Chat::ask(std::size_t bytes, Work work) {
    if (exchange_) return work(*exchange_);
    mail_->write(0, bytes, [work = std::move(work)](talk::Shard& there, const auto& receipt) {
        work(hall_there(there));
        there.mail()->hold_while_ahead(receipt);
    });
}

void Chat::opened(talk::Session& session) {
    begin(session.shard());
    without_seat_.insert(session.id());
    ask(0, [id = session.id()](ChatExchange& hall) { hall.come(id); });
}

void Chat::message(talk::Session& session, const talk::Received& message) {
    const auto found = seats_.find(session.id());
    if (found != seats_.end()) {
        group_anew(found->second);  // his words may have shown what he writes
    } else if (!without_seat_.contains(session.id())) {
        return;
    }
    hear(session, message);
    if (mail_) mail_->hold_while_ahead(session);
}

void Chat::hear(const talk::Session& session, const talk::Received& message) {
    const SessionId id = session.id();
    const auto notify = [&](std::string text) {
        ask(text.size(), [id, text](ChatExchange& hall) { hall.notify(id, text); });
    };
    if (message.continued) return;  // he has been told
    if (message.most > 0) return notify(tr_format("not sent: the line is longer than {} bytes", message.most));
    if (message.why) return notify(tr_format("not sent: {}", tr(message.why)));
    talk::MessageText bytes_read;  // where a command has said `bytes`: a chat is text all the same
    if (!message.text) {
        text::Decoder decoder(text::utf8());
        decoder.decode(text_bytes(session, message.payload()), bytes_read.text, bytes_read.malformed);
        decoder.flush(bytes_read.text, bytes_read.malformed);
    }
    const talk::MessageText& text = message.text ? *message.text : bytes_read;
    for (const std::string_view line : safe_lines(text.text, text.malformed, safe_)) {
        if (exchange_) {
            exchange_->hear(id, line);
            continue;
        }
        to_hall_->add(0, id, line, [](talk::Shard& there, const auto& page, const auto& receipt) {
            ChatExchange& hall = hall_there(there);
            page.for_each([&](SessionId from, std::string_view said) { hall.hear(from, said); });
            there.mail()->hold_while_ahead(receipt);
        });
    }
}

// He may go on listening, where he is not sent away. Where he is in truth gone, this line makes his system say so, and
// he leaves at once.
void Chat::half_closed(talk::Session& session) {
    if (session.shard().options().close_on_fin) return;
    ask(64, [id = session.id()](ChatExchange& hall) {
        hall.notify(id, tr("you have finished sending; you still hear the room"));
    });
}

void Chat::closed(talk::Session& session) {
    const auto found = seats_.find(session.id());
    if (found != seats_.end()) {
        Guest& guest = guests_[found->second];
        if (!exchange_) leave_group(guest);  // the hall may be some time
        guest.session = nullptr;
        seats_.erase(found);
    } else if (without_seat_.erase(session.id()) == 0) {
        return;
    }
    ask(0, [id = session.id()](ChatExchange& hall) { hall.leave(id); });
}

// --- from the operator

// He is nobody's guest, so the hall need not be asked: each shard says it to its own.
std::optional<ByteCount> Chat::speak(std::span<talk::Session* const> to, bool all, std::string_view text) {
    queued_ = 0;
    std::string safe;
    for (const std::string_view line : safe_lines(text, {}, safe)) {
        if (ChatHall::is_blank(line)) continue;
        if (all) {
            std::vector<RoomNumber> rooms;  // who is lost on the way may empty one
            for (const auto& [room, groups] : rooms_) rooms.push_back(room);
            for (const RoomNumber room : rooms) tell_all(room, kNobody, {}, ChatHall::spoken(line));
            continue;
        }
        for (const talk::Session* session : to) {
            const auto found = seats_.find(session->id());
            if (found != seats_.end()) tell(found->second, {}, ChatHall::spoken_to_one(line));
        }
    }
    return queued_;
}

// --- to callers

void Chat::seated(SessionId id, Seat seat) {
    if (seat >= guests_.size()) guests_.resize(seat + 1);
    guests_[seat] = {};
    if (without_seat_.erase(id) == 0) return;  // he has left meanwhile
    guests_[seat].session = shard_->find(id);
    seats_.emplace(id, seat);
}

void Chat::tell(Seat to, SessionId by, std::string_view line) {
    talk::Session* const session = guests_[to].session;
    if (!session || !session->may_send()) return;
    const text::Encoding* const chosen = session->send_encoding();
    const text::Encoding& encoding = chosen ? *chosen : text::utf8();
    bytes_.clear();
    const Misfits misfits = append_encoded(encoding, line, session->eol(), bytes_);
    const bool waits = shard_->options().slow == talk::Slow::wait;
    if (!waits && !session->make_room()) return session->note_dropped(bytes_.size());
    queued_ += bytes_.size();
    if (waits && guests_[to].group) {
        guests_[to].group->fan_out.tell(*session, by ? shard_->find(by) : nullptr, bytes_);
    } else {
        session->send(bytes_);
    }
    say_what_did_not_fit(by, encoding, misfits, 1);
}

void Chat::tell_all(RoomNumber room, Seat from, SessionId by, std::string_view line,
                    std::span<const Rendering> renderings) {
    renderings_.clear();
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return;
    const Guest* const speaker = from < guests_.size() && guests_[from].session ? &guests_[from] : nullptr;
    for (Group* const group : found->second) {
        const std::size_t hearers = group->members - (speaker && speaker->group == group ? 1 : 0);
        if (hearers == 0) continue;
        Misfits misfits;
        const ByteView bytes = render(*group, line, renderings, misfits);
        queued_ += bytes.size() * hearers;
        group->fan_out.say(speaker ? speaker->session : nullptr, bytes);
        say_what_did_not_fit(by, *group->encoding, misfits, hearers);
    }
}

// As somebody else has made it, or made here, and kept for the other shards where it is worth it.
ByteView Chat::render(const Group& group, std::string_view line, std::span<const Rendering> made, Misfits& misfits) {
    for (const Rendering& each : made) {
        if (each.encoding == group.encoding && each.eol == group.eol) return each.bytes;
    }
    const bool may_keep = exchange_ && mail_ && group.encoding != &text::utf8();
    if (may_keep && rendered_.size() == renderings_.size()) rendered_.emplace_back();
    std::vector<std::uint8_t>& bytes = may_keep ? rendered_[renderings_.size()] : bytes_;
    bytes.clear();
    misfits = append_encoded(*group.encoding, line, group.eol, bytes);
    if (may_keep && misfits.count == 0) renderings_.push_back({group.encoding, group.eol, bytes});
    return bytes;
}

void Chat::wait_for_the_full(const std::shared_ptr<talk::Receipt>& receipt) {
    if (shard_->options().slow != talk::Slow::wait) return;
    for (const auto& group : groups_) group->fan_out.hold_while_full(receipt);
}

void Chat::say_what_did_not_fit(SessionId by, const text::Encoding& encoding, const Misfits& misfits,
                                std::size_t hearers) {
    if (misfits.count == 0) return;
    shard_->emit(
        by, "",
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

void Chat::renamed(Seat who, const std::string& name, const std::string& room) {
    if (const talk::Session* session = guests_[who].session) {
        session->shard().emit(session->id(), "", model::Named{name, room});
    }
}

void Chat::dismiss(Seat who) {
    talk::Session* const session = std::exchange(guests_[who].session, nullptr);
    if (!session) return;
    leave_group(guests_[who]);
    seats_.erase(session->id());
    session->close(Reason::closed, "");
}

}  // namespace earshot::respond
