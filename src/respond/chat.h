// --reply chat: callers talk with each other in rooms, line by line, each in his own encoding. What is said to whom is
// the ChatHall's; here it becomes bytes.
#pragma once

#include <unordered_map>
#include <vector>

#include "respond/chat_hall.h"
#include "respond/chat_wording.h"
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
    void closed(talk::Session& session) override;
    std::optional<ByteCount> speak(std::span<talk::Session* const> to, bool all, std::string_view text) override;

  private:
    // One line in one encoding, for all who have it.
    struct Form {
        const text::Encoding* encoding = nullptr;
        std::string eol;
        std::vector<std::uint8_t> bytes;
        Misfits misfits;
        std::size_t hearers = 0;
    };
    // Who ends while a line is being delivered leaves the hall after it.
    class Delivering;

    void tell(Seat to, Seat from, std::string_view line) override;
    void tell_all(std::span<const Seat> to, Seat from, std::string_view line) override;
    void renamed(Seat who) override;
    void dismiss(Seat who) override;

    void deliver(Seat to, std::string_view line);
    Form& form_for(const talk::Session& session, std::string_view line);
    void say_what_did_not_fit(Seat from);
    void hear(Seat seat, const talk::Received& message);

    ChatHall hall_;
    std::vector<talk::Session*> sessions_;  // by seat; null: he is gone
    std::unordered_map<SessionId, Seat> seats_;
    std::vector<Form> forms_;
    std::size_t forms_used_ = 0;
    talk::Shard* shard_ = nullptr;  // of those who are here
    int delivering_ = 0;
    std::vector<Seat> gone_;
    ByteCount queued_ = 0;  // bytes, by what is being done
    std::string safe_;
    std::vector<std::uint8_t> scratch_;
};

}  // namespace earshot::respond
