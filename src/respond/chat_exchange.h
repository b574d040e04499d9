// Where the hall of a chat meets its callers, who may be in several shards: the hall is in the first, so that there is
// one place that decides on names, rooms and who said what first; requests come to it and lines leave it by letters.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "respond/chat_hall.h"
#include "talk/neighbours.h"
#include "talk/sheaf.h"
#include "text/encoding.h"

namespace earshot::respond {

class Chat;

// Of the first shard's thread. What is for callers of this shard is a call, what is for others a letter.
class ChatExchange final : private ChatHall::Post {
  public:
    // `mail` null: this is the only shard.
    ChatExchange(Chat& here, talk::Mail* mail);
    ~ChatExchange();

    // Callers by the numbers of their conversations. One who is not there (any more) is left alone.
    void come(SessionId id);
    void hear(SessionId id, std::string_view line);
    void notify(SessionId id, std::string_view text);
    void leave(SessionId id);

  private:
    struct Guest {
        SessionId id{};         // none: he has gone
        std::size_t place = 0;  // the shard he is in
        RoomNumber room = kNowhere;
    };
    // Who ends while something is being said leaves the hall after it.
    class Speaking;

    void tell(Seat to, Seat from, std::string_view line) override;
    void tell_all(RoomNumber room, Seat from, std::string_view line) override;
    void entered(Seat who, RoomNumber room) override;
    void renamed(Seat who) override;
    void dismiss(Seat who) override;

    SessionId id_of(Seat seat) const { return seat == kNobody ? SessionId{} : guests_[seat].id; }
    void count(RoomNumber room, std::size_t place, bool is_in);
    template <typename Work>
    void there(std::size_t place, std::size_t bytes, Work work);

    // A line for a room; before it, with an encoding, how it is written there: the end of line and then the bytes.
    struct ToRoom {
        RoomNumber room = kNowhere;
        Seat from = kNobody;
        SessionId by{};
        const text::Encoding* encoding = nullptr;
        std::size_t eol_size = 0;
    };
    static void open_to_room(talk::Shard& there, const talk::Sheaf<ToRoom>::Page& page,
                             const std::shared_ptr<talk::Receipt>& receipt);

    Chat& here_;
    talk::Mail* const mail_;
    std::string rendering_;
    std::unique_ptr<talk::Sheaf<ToRoom>> to_rooms_;  // null: this is the only shard
    ChatHall hall_;
    std::unordered_map<SessionId, Seat> seats_;
    std::vector<Guest> guests_;                                         // by seat
    std::unordered_map<RoomNumber, std::vector<std::size_t>> present_;  // by shard; empty where there is only one
    int speaking_ = 0;
    std::vector<Seat> gone_;
};

}  // namespace earshot::respond
