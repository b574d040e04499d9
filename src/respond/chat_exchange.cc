#include "respond/chat_exchange.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "respond/chat.h"
#include "talk/shard.h"

namespace earshot::respond {

class ChatExchange::Speaking {
  public:
    explicit Speaking(ChatExchange& exchange) : exchange_(exchange) { ++exchange_.speaking_; }
    ~Speaking() {
        if (exchange_.speaking_ == 1) {
            while (!exchange_.gone_.empty()) {
                const Seat seat = exchange_.gone_.back();
                exchange_.gone_.pop_back();
                exchange_.hall_.leave(seat);
            }
        }
        --exchange_.speaking_;
    }
    Speaking(const Speaking&) = delete;
    Speaking& operator=(const Speaking&) = delete;

  private:
    ChatExchange& exchange_;
};

ChatExchange::ChatExchange(Chat& here, talk::Mail* mail)
    : here_(here),
      mail_(mail),
      to_rooms_(mail ? std::make_unique<talk::Sheaf<ToRoom>>(*mail) : nullptr),
      hall_(*this) {}
ChatExchange::~ChatExchange() = default;

// --- from callers

void ChatExchange::come(SessionId id) {
    const Speaking speaking(*this);
    const Seat seat = hall_.take_seat(id.value);
    if (seat >= guests_.size()) guests_.resize(seat + 1);
    const std::size_t place = mail_ ? mail_->neighbours().home_of(id) : 0;
    guests_[seat] = {id, place, kNowhere};
    seats_.emplace(id, seat);
    there(place, 0, [id, seat](Chat& chat) { chat.seated(id, seat); });
    hall_.let_in(seat);
}

void ChatExchange::hear(SessionId id, std::string_view line) {
    const Speaking speaking(*this);
    const auto found = seats_.find(id);
    if (found != seats_.end()) hall_.hear(found->second, line);
}

void ChatExchange::notify(SessionId id, std::string_view text) {
    const Speaking speaking(*this);
    const auto found = seats_.find(id);
    if (found != seats_.end()) hall_.notify(found->second, text);
}

void ChatExchange::leave(SessionId id) {
    const auto found = seats_.find(id);
    if (found == seats_.end()) return;
    const Seat seat = found->second;
    seats_.erase(found);
    guests_[seat].id = {};
    const Speaking speaking(*this);
    gone_.push_back(seat);
}

// --- to callers

template <typename Work>
void ChatExchange::there(std::size_t place, std::size_t bytes, Work work) {
    if (!mail_ || place == mail_->place()) return work(here_);
    mail_->write(place, bytes,
                 [work = std::move(work)](talk::Shard& shard, const std::shared_ptr<talk::Receipt>& receipt) {
                     Chat& chat = Chat::of(shard);
                     work(chat);
                     chat.wait_for_the_full(receipt);
                 });
}

void ChatExchange::tell(Seat to, Seat from, std::string_view line) {
    const std::size_t place = guests_[to].place;
    const SessionId by = id_of(from);
    if (!mail_ || place == mail_->place()) return here_.tell(to, by, line);
    there(place, line.size(), [to, by, said = std::string(line)](Chat& chat) { chat.tell(to, by, said); });
}

void ChatExchange::tell_all(RoomNumber room, Seat from, std::string_view line) {
    const SessionId by = id_of(from);
    if (!mail_) return here_.tell_all(room, from, by, line);
    const auto present = present_.find(room);
    if (present == present_.end()) return;
    const std::vector<std::size_t>& counts = present->second;
    const bool here = counts[mail_->place()] > 0;
    if (here) here_.tell_all(room, from, by, line);
    const auto renderings = here ? here_.renderings() : std::span<const Chat::Rendering>();
    const auto send = [&](const ToRoom& head, std::string_view text) {
        for (std::size_t place = 0; place < counts.size(); ++place) {
            if (counts[place] > 0 && place != mail_->place()) to_rooms_->add(place, head, text, open_to_room);
        }
    };
    for (const Chat::Rendering& each : renderings) {
        rendering_.assign(each.eol).append(as_chars(each.bytes));
        send({.encoding = each.encoding, .eol_size = each.eol.size()}, rendering_);
    }
    send({.room = room, .from = from, .by = by}, line);
}

void ChatExchange::open_to_room(talk::Shard& there, const talk::Sheaf<ToRoom>::Page& page,
                                const std::shared_ptr<talk::Receipt>& receipt) {
    Chat& chat = Chat::of(there);
    std::vector<Chat::Rendering> renderings;
    page.for_each([&](const ToRoom& to, std::string_view said) {
        if (to.encoding) {
            renderings.push_back({to.encoding, said.substr(0, to.eol_size), as_bytes(said.substr(to.eol_size))});
            return;
        }
        chat.tell_all(to.room, to.from, to.by, said, renderings);
        renderings.clear();
    });
    chat.wait_for_the_full(receipt);
}

void ChatExchange::entered(Seat who, RoomNumber room) {
    Guest& guest = guests_[who];
    if (mail_) {
        count(guest.room, guest.place, false);
        count(room, guest.place, true);
    }
    guest.room = room;
    there(guest.place, 0, [who, room](Chat& chat) { chat.entered(who, room); });
}

void ChatExchange::count(RoomNumber room, std::size_t place, bool is_in) {
    if (room == kNowhere) return;
    std::vector<std::size_t>& counts = present_[room];
    if (counts.empty()) counts.resize(mail_->shards());
    is_in ? ++counts[place] : --counts[place];
    if (std::all_of(counts.begin(), counts.end(), [](std::size_t each) { return each == 0; })) present_.erase(room);
}

void ChatExchange::renamed(Seat who) {
    there(guests_[who].place, 0, [who, name = hall_.name_of(who), room = std::string(hall_.room_of(who))](Chat& chat) {
        chat.renamed(who, name, room);
    });
}

void ChatExchange::dismiss(Seat who) {
    seats_.erase(guests_[who].id);
    guests_[who].id = {};
    there(guests_[who].place, 0, [who](Chat& chat) { chat.dismiss(who); });
}

}  // namespace earshot::respond
