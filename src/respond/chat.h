// --reply chat: callers talk with each other in rooms, line by line, each in his own encoding. What is said to whom is
// the ChatHall's; here it becomes bytes.
#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "respond/chat_exchange.h"
#include "respond/chat_hall.h"
#include "respond/chat_wording.h"
#include "talk/fan_out.h"
#include "talk/responder.h"
#include "talk/shard.h"
#include "text/encoding.h"

namespace earshot::respond {

// A line is encoded once for each encoding that its hearers have. A caller above his high-water mark misses whole
// lines, counted, as under `broadcast`. Text that a command sends is the operator's: to all it is said in every room.
//
// Each shard has its own, for its callers; the first one's has the exchange with the hall.
class Chat final : public talk::Responder {
  public:
    Chat() = default;
    // The one that answers there.
    static Chat& of(talk::Shard& shard) { return static_cast<Chat&>(*shard.responder()); }

    bool wants_text() const override { return true; }
    ByteCount longest_message() const override { return ChatHall::kLongestLine; }
    ByteView text_bytes(const talk::Session& session, ByteView payload) override;
    void opened(talk::Session& session) override;
    void message(talk::Session& session, const talk::Received& message) override;
    void half_closed(talk::Session& session) override;
    void sending_changed(talk::Session& session) override;
    void closed(talk::Session& session) override;
    bool speaks() const override { return true; }
    std::optional<ByteCount> speak(std::span<talk::Session* const> to, bool all, std::string_view text) override;

    // --- for the exchange, about callers of this shard
    void seated(SessionId id, Seat seat);
    // `by`: whose doing it is; none: the operator's, or he has gone.
    void tell(Seat to, SessionId by, std::string_view line);
    // A line in the bytes that some of its hearers get. In UTF-8 it is not worth keeping.
    struct Rendering {
        const text::Encoding* encoding = nullptr;
        std::string_view eol;
        ByteView bytes;
    };
    // To all who are in the room but `from`, who may be in another shard, which has made `renderings`.
    void tell_all(RoomNumber room, Seat from, SessionId by, std::string_view line,
                  std::span<const Rendering> renderings = {});
    // What the last tell_all() has made; good until the next. Only where there are several shards.
    std::span<const Rendering> renderings() const { return renderings_; }
    void entered(Seat who, RoomNumber room);
    void renamed(Seat who, const std::string& name, const std::string& room);
    void dismiss(Seat who);
    // Under --slow wait: the receipt is kept while somebody is full.
    void wait_for_the_full(const std::shared_ptr<talk::Receipt>& receipt);

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
        talk::Session* session = nullptr;  // null: he is gone, or in another shard
        RoomNumber room = kNowhere;
        Group* group = nullptr;
    };

    void begin(talk::Shard& shard);
    static ChatExchange& hall_there(talk::Shard& there);
    // Does it where the hall is, here at once. `work` holds what it needs.
    template <typename Work>
    void ask(std::size_t bytes, Work work);
    void hear(const talk::Session& session, const talk::Received& message);
    // Puts him among those who are told in the same bytes.
    void group_anew(Seat seat);
    void leave_group(Guest& guest);
    ByteView render(const Group& group, std::string_view line, std::span<const Rendering> made, Misfits& misfits);
    Group& group_for(RoomNumber room, const talk::Session& session);
    void say_what_did_not_fit(SessionId by, const text::Encoding& encoding, const Misfits& misfits,
                              std::size_t hearers);

    talk::Shard* shard_ = nullptr;                     // of those who are here
    talk::Mail* mail_ = nullptr;                       // null: it is the only one
    std::unique_ptr<ChatExchange> exchange_;           // null: another shard has it
    std::unique_ptr<talk::Sheaf<SessionId>> to_hall_;  // where it has
    std::vector<Guest> guests_;                        // by seat
    std::unordered_map<SessionId, Seat> seats_;
    std::unordered_set<SessionId> without_seat_;  // those who have come, and the hall has not answered
    // Groups are used again and never go: one may be at work when its last member leaves.
    std::vector<std::unique_ptr<Group>> groups_;
    std::vector<Group*> free_groups_;
    std::unordered_map<RoomNumber, std::vector<Group*>> rooms_;
    ByteCount queued_ = 0;  // bytes, by what is being done
    std::string safe_;
    std::vector<std::uint8_t> scratch_;
    std::vector<std::uint8_t> bytes_;  // of the line that is being said
    std::vector<Rendering> renderings_;
    std::vector<std::vector<std::uint8_t>> rendered_;  // their bytes
};

}  // namespace earshot::respond
