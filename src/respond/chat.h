// --reply chat: callers talk with each other in rooms, line by line, each in his own encoding. What is said to whom is
// the ChatHall's; here it becomes bytes.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "respond/chat_hall.h"
#include "respond/chat_wording.h"
#include "talk/fan_out.h"
#include "talk/responder.h"
#include "text/encoding.h"

namespace earshot::talk {
class Shard;
}

namespace earshot::respond {

// A line is encoded once for each encoding that its hearers have. A caller above his high-water mark misses whole
// lines, counted, as under `broadcast`. Text that a command sends is the operator's: to all it is said in every room.
class Chat final : public talk::Responder, private ChatHall::Post {
  public:
    Chat() : hall_(*this) {}

    bool wants_text() const override { return true; }
    ByteView text_bytes(ByteView payload) override;
    void opened(talk::Session& session) override;
    void message(talk::Session& session, const talk::Received& message) override;
    void half_closed(talk::Session& session) override;
    void sending_changed(talk::Session& session) override;
    void closed(talk::Session& session) override;
    std::optional<ByteCount> speak(std::span<talk::Session* const> to, bool all, std::string_view text) override;

  private:
    // Those in one room to whom a line goes in the same bytes.
    struct Group {
        RoomNumber room = kNowhere;
        const text::Encoding* encoding = nullptr;
        std::string eol;
        std::size_t members = 0;  // none: it may become another
        talk::FanOut fan_out;
    };
    struct Guest {
        talk::Session* session = nullptr;  // null: he is gone
        RoomNumber room = kNowhere;
        Group* group = nullptr;
    };
    // Who ends while something is being said leaves the hall after it.
    class Speaking;

    void tell(Seat to, Seat from, std::string_view line) override;
    void tell_all(RoomNumber room, Seat from, std::string_view line) override;
    void entered(Seat who, RoomNumber room) override;
    void renamed(Seat who) override;
    void dismiss(Seat who) override;

    void hear(Seat seat, const talk::Received& message);
    // Puts him among those who are told in the same bytes.
    void group_anew(Seat seat);
    void leave_group(Guest& guest);
    Group& group_for(RoomNumber room, const talk::Session& session);
    void say_what_did_not_fit(Seat from, const text::Encoding& encoding, const Misfits& misfits, std::size_t hearers);

    ChatHall hall_;
    std::vector<Guest> guests_;  // by seat
    std::unordered_map<SessionId, Seat> seats_;
    // Groups are used again and never go: one may be at work when its last member leaves.
    std::vector<std::unique_ptr<Group>> groups_;
    std::vector<Group*> free_groups_;
    std::unordered_map<RoomNumber, std::vector<Group*>> rooms_;
    talk::Shard* shard_ = nullptr;  // of those who are here
    int speaking_ = 0;
    std::vector<Seat> gone_;
    ByteCount queued_ = 0;  // bytes, by what is being done
    std::string safe_;
    std::vector<std::uint8_t> scratch_;
    std::vector<std::uint8_t> bytes_;  // of the line that is being said
};

}  // namespace earshot::respond
