// Who is in which room, by what name, and what of a line goes to whom: the whole of a chat but its bytes. Pure: lines
// of text in, lines of text out; it knows no conversation, only the seats that its caller gives meaning to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace earshot::respond {

// A guest's number, small and used again when he has left: an index for whoever delivers.
using Seat = std::uint32_t;
inline constexpr Seat kNobody = 0xffff'ffff;
// A room's number, never used twice.
using RoomNumber = std::uint64_t;
inline constexpr RoomNumber kNowhere = 0;

class ChatHall {
  public:
    // Delivers, and never calls back. `from`: whose doing it is; kNobody: the operator's. A line has no end of line.
    class Post {
      public:
        virtual void tell(Seat to, Seat from, std::string_view line) = 0;
        // To all who are in the room but `from`.
        virtual void tell_all(RoomNumber room, Seat from, std::string_view line) = 0;
        // He is in this room from now on and in no other; kNowhere: he has left.
        virtual void entered(Seat who, RoomNumber room) = 0;
        // His name or room is another one from now on.
        virtual void renamed(Seat who) = 0;
        // He wants to go. He has no seat after it.
        virtual void dismiss(Seat who) = 0;

      protected:
        ~Post() = default;
    };

    static constexpr std::size_t kLongestLine = 64 << 10;  // bytes; a longer one is refused
    static constexpr std::size_t kListed = 100;            // names that one answer lists

    explicit ChatHall(Post& post);
    ~ChatHall();

    // A seat for one who is called guest and `number` at first. He is in the lobby when he has been let in.
    Seat take_seat(std::uint64_t number);
    void let_in(Seat seat);
    void leave(Seat seat);
    // What he has typed: something to say or a command. No line break in it, and nothing unfit for a terminal.
    void hear(Seat seat, std::string_view line);
    // What the operator says, as it is heard in all rooms or by one.
    static std::string spoken(std::string_view line);
    static std::string spoken_to_one(std::string_view line);
    // There is nothing to say in it.
    static bool is_blank(std::string_view line);
    // Something about his line or his conversation that he should know.
    void notify(Seat seat, std::string_view text);

    const std::string& name_of(Seat seat) const { return guests_[seat].name; }
    // Empty: the lobby.
    std::string_view room_of(Seat seat) const;
    std::size_t rooms() const { return rooms_.size(); }

  private:
    struct Room {
        std::string name;
        RoomNumber number = kNowhere;
        std::vector<Seat> members;
    };
    struct Guest {
        std::string name;
        Room* room = nullptr;   // null: the seat is free, or he has not been let in
        std::size_t place = 0;  // in the room's members
    };
    friend struct ChatCommand;
    friend std::span<const struct ChatCommand> chat_commands();

    static std::string_view operator_name();
    void say(Seat seat, std::string_view text);
    void announce(const Room& room, Seat from, const std::string& text);
    Room& room_named(std::string_view name);
    void enter(Seat seat, Room& room);
    void quit_room(Seat seat);
    void list(Seat seat, std::string text, const std::vector<std::string_view>& items, std::size_t in_all);
    Room* find_room(std::string_view name) const;
    // Who is called so, or so that it looks alike; kNobody: the name is free.
    Seat find(std::string_view name) const;
    bool take_name(std::string_view name, Seat seat);
    void free_name(std::string_view name);

    // Commands: what stands behind the word.
    void run(Seat seat, std::string_view line);
    void nick(Seat seat, std::string_view name);
    void join(Seat seat, std::string_view name);
    void list_rooms(Seat seat, std::string_view);
    void who(Seat seat, std::string_view room);
    void me(Seat seat, std::string_view text);
    void msg(Seat seat, std::string_view arguments);
    void help(Seat seat, std::string_view);
    void quit(Seat seat, std::string_view);

    Post& post_;
    std::vector<Guest> guests_;
    std::vector<Seat> free_;
    std::unordered_map<std::string, Seat> by_name_;        // folded, in both ways
    std::map<std::string, std::unique_ptr<Room>> rooms_;   // folded; the lobby always, another while somebody is in it
    std::unordered_map<std::string, Room*> by_room_name_;  // folded, in both ways
    RoomNumber last_room_ = kNowhere;
    Room& lobby_;
    std::string line_;  // room that is used again
};

// The table of what a caller may type after a slash.
struct ChatCommand {
    const char* name;
    const char* arguments;
    const char* help;  // a msgid
    void (ChatHall::*run)(Seat, std::string_view);
};
std::span<const ChatCommand> chat_commands();

}  // namespace earshot::respond
