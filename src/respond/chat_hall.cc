#include "respond/chat_hall.h"

#include "base/check.h"
#include "base/i18n.h"
#include "respond/chat_names.h"

namespace earshot::respond {
namespace {

constexpr const char* kLobby = "lobby";

// Neither sign begins a name, so that nobody can say what looks like a notice.
std::string notice(std::string_view text) { return "-- " + std::string(text); }

}  // namespace

ChatHall::ChatHall(Post& post) : post_(post), lobby_(room_named(kLobby)) {}
ChatHall::~ChatHall() = default;

// --- coming and going

Seat ChatHall::take_seat(std::uint64_t number) {
    Seat seat = static_cast<Seat>(guests_.size());
    if (free_.empty()) {
        guests_.emplace_back();
    } else {
        seat = free_.back();
        free_.pop_back();
    }
    std::string name = "guest" + std::to_string(number);
    while (!take_name(name, seat)) name += "_";  // somebody has called himself so
    guests_[seat].name = std::move(name);
    return seat;
}

void ChatHall::let_in(Seat seat) {
    enter(seat, lobby_);
    post_.renamed(seat);
    notify(seat, tr_format("you are {} in {}: /nick NAME chooses another name, /help lists the commands",
                           guests_[seat].name, lobby_.name));
    who(seat, "");
    announce(lobby_, seat, tr_format("{} is here", guests_[seat].name));
}

void ChatHall::leave(Seat seat) {
    const Room* const room = guests_[seat].room;
    EARSHOT_CHECK(room);
    announce(*room, seat, tr_format("{} has left", guests_[seat].name));
    quit_room(seat);
    post_.entered(seat, kNowhere);
    free_name(guests_[seat].name);
    guests_[seat] = {};
    free_.push_back(seat);
}

std::string_view ChatHall::room_of(Seat seat) const {
    const Room* const room = guests_[seat].room;
    return room == &lobby_ ? std::string_view() : room->name;
}

ChatHall::Room& ChatHall::room_named(std::string_view name) {
    if (Room* const found = find_room(name)) return *found;
    FoldedName folded = folded_name(name);
    auto& room = rooms_[folded.small];
    room = std::make_unique<Room>(Room{std::string(name), ++last_room_, {}});
    by_room_name_.emplace(std::move(folded.small), room.get());
    by_room_name_.emplace(std::move(folded.capital), room.get());
    return *room;
}

ChatHall::Room* ChatHall::find_room(std::string_view name) const {
    const FoldedName folded = folded_name(name);
    auto found = by_room_name_.find(folded.small);
    if (found == by_room_name_.end()) found = by_room_name_.find(folded.capital);
    return found == by_room_name_.end() ? nullptr : found->second;
}

void ChatHall::enter(Seat seat, Room& room) {
    guests_[seat].room = &room;
    guests_[seat].place = room.members.size();
    room.members.push_back(seat);
    post_.entered(seat, room.number);
}

void ChatHall::quit_room(Seat seat) {
    Room& room = *guests_[seat].room;
    const Seat last = room.members.back();
    room.members[guests_[seat].place] = last;
    guests_[last].place = guests_[seat].place;
    room.members.pop_back();
    guests_[seat].room = nullptr;
    if (!room.members.empty() || &room == &lobby_) return;
    const FoldedName folded = folded_name(room.name);
    by_room_name_.erase(folded.small);
    by_room_name_.erase(folded.capital);
    rooms_.erase(folded.small);
}

// --- talking

void ChatHall::hear(Seat seat, std::string_view line) {
    if (is_blank(line)) return;
    if (line.size() > kLongestLine) {
        return notify(seat, tr_format("not sent: the line is longer than {} bytes", kLongestLine));
    }
    if (line.starts_with('/') && !line.starts_with("//")) return run(seat, line.substr(1));
    say(seat, line.starts_with('/') ? line.substr(1) : line);
}

void ChatHall::say(Seat seat, std::string_view text) {
    line_.assign(guests_[seat].name).append(": ").append(text);
    post_.tell_all(guests_[seat].room->number, seat, line_);
}

std::string_view ChatHall::operator_name() {
    const std::string_view label = tr("server: ");  // as consoles call a server
    return label.substr(0, label.find_first_of(": "));
}

bool ChatHall::is_blank(std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; }

std::string ChatHall::spoken(std::string_view text) { return std::string(operator_name()).append(": ").append(text); }

std::string ChatHall::spoken_to_one(std::string_view text) {
    return std::string("[").append(operator_name()).append("] ").append(text);
}

void ChatHall::notify(Seat seat, std::string_view text) { post_.tell(seat, seat, notice(text)); }

void ChatHall::announce(const Room& room, Seat from, const std::string& text) {
    post_.tell_all(room.number, from, notice(text));
}

Seat ChatHall::find(std::string_view name) const {
    const FoldedName folded = folded_name(name);
    auto found = by_name_.find(folded.small);
    if (found == by_name_.end()) found = by_name_.find(folded.capital);
    return found == by_name_.end() ? kNobody : found->second;
}

// False: somebody else has it, or one that looks like it.
bool ChatHall::take_name(std::string_view name, Seat seat) {
    FoldedName folded = folded_name(name);
    for (const std::string* each : {&folded.small, &folded.capital}) {
        const auto found = by_name_.find(*each);
        if (found != by_name_.end() && found->second != seat) return false;
    }
    by_name_.emplace(std::move(folded.small), seat);
    by_name_.emplace(std::move(folded.capital), seat);
    return true;
}

void ChatHall::free_name(std::string_view name) {
    const FoldedName folded = folded_name(name);
    by_name_.erase(folded.small);
    by_name_.erase(folded.capital);
}

}  // namespace earshot::respond
