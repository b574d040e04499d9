// What callers type after a slash.
#include <algorithm>
#include <utility>

#include "base/i18n.h"
#include "respond/chat_hall.h"
#include "respond/chat_names.h"

namespace earshot::respond {
namespace {

// The first word, taken from `text` with the blanks around it.
std::string_view take_word(std::string_view& text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(std::min(text.find_first_not_of(" \t", end), text.size()));
    return word;
}

// What a person typed where a name belongs, short enough to be repeated.
std::string_view shortened(std::string_view word) {
    if (word.size() <= kLongestNameSize) return word;
    std::size_t end = kLongestNameSize;
    while (end > 0 && (word[end] & '\xC0') == '\x80') --end;
    return word.substr(0, end);
}

// The one that is called so, or all that begin so.
std::vector<const ChatCommand*> find_commands(std::string_view name) {
    std::vector<const ChatCommand*> found;
    for (const ChatCommand& command : chat_commands()) {
        if (name == command.name) return {&command};
        if (!name.empty() && std::string_view(command.name).starts_with(name)) found.push_back(&command);
    }
    return found;
}

}  // namespace

std::span<const ChatCommand> chat_commands() {
    static constexpr ChatCommand kCommands[] = {
        {"nick", "NAME", msgid("choose a name"), &ChatHall::nick},
        {"who", "[ROOM]", msgid("list who is in the room"), &ChatHall::who},
        {"rooms", "", msgid("list the rooms"), &ChatHall::list_rooms},
        {"join", "ROOM", msgid("go to another room, which is made where there is none"), &ChatHall::join},
        {"me", "TEXT", msgid("say what you do"), &ChatHall::me},
        {"msg", "NAME TEXT", msgid("say something to one only"), &ChatHall::msg},
        {"help", "", msgid("list the commands"), &ChatHall::help},
        {"quit", "", msgid("leave"), &ChatHall::quit},
    };
    return kCommands;
}

void ChatHall::run(Seat seat, std::string_view line) {
    const std::string_view name = line.substr(0, line.find_first_of(" \t"));
    std::string_view arguments = line.substr(name.size());
    arguments.remove_prefix(std::min(arguments.find_first_not_of(" \t"), arguments.size()));
    while (arguments.ends_with(' ') || arguments.ends_with('\t')) arguments.remove_suffix(1);
    const std::vector<const ChatCommand*> found = find_commands(name);
    if (found.size() == 1) return (this->*found.front()->run)(seat, arguments);
    if (!found.empty()) {
        std::string names;
        for (const ChatCommand* command : found) names.append(names.empty() ? "/" : ", /").append(command->name);
        return notify(seat, tr_format("/{} begins several commands: {}", name, names));
    }
    notify(seat, tr_format("unknown command /{}: /help lists them, // sends a slash", shortened(name)));
}

void ChatHall::nick(Seat seat, std::string_view name) {
    if (const char* fault = fault_of_name(name)) return notify(seat, tr(fault));
    if (name == guests_[seat].name) return;
    const std::string before = guests_[seat].name;
    free_name(before);
    if (looks_like(name, "server") || looks_like(name, operator_name()) || !take_name(name, seat)) {
        take_name(before, seat);
        return notify(seat, tr_format("{} is somebody else's name, or looks like it", name));
    }
    guests_[seat].name = name;
    post_.renamed(seat);
    notify(seat, tr_format("you are {} now", name));
    announce(*guests_[seat].room, seat, tr_format("{} is called {} now", before, name));
}

void ChatHall::join(Seat seat, std::string_view name) {
    if (const char* fault = fault_of_name(name)) return notify(seat, tr(fault));
    const Room& before = *guests_[seat].room;
    if (find_room(name) == &before) {
        return notify(seat, tr_format("you are in {} already", before.name));
    }
    announce(before, seat, tr_format("{} has gone to another room", guests_[seat].name));
    quit_room(seat);
    Room& room = room_named(name);
    enter(seat, room);
    post_.renamed(seat);
    who(seat, "");
    announce(room, seat, tr_format("{} is here", guests_[seat].name));
}

void ChatHall::list(Seat seat, std::string text, const std::vector<std::string_view>& items, std::size_t in_all) {
    for (std::size_t i = 0; i < items.size(); ++i) text.append(i == 0 ? "" : ", ").append(items[i]);
    if (items.empty() && text.ends_with(' ')) text.pop_back();
    if (in_all > items.size()) text += tr_format(" and {} more", in_all - items.size());
    notify(seat, text);
}

void ChatHall::list_rooms(Seat seat, std::string_view) {
    std::vector<std::string> texts;
    for (const auto& [folded, room] : rooms_) {
        if (texts.size() == kListed) break;
        texts.push_back(room->name + " (" + std::to_string(room->members.size()) + ")");
    }
    list(seat, tr("rooms: "), {texts.begin(), texts.end()}, rooms_.size());
}

void ChatHall::who(Seat seat, std::string_view name) {
    const Room* room = guests_[seat].room;
    if (!name.empty()) {
        room = find_room(name);
        if (!room) return notify(seat, tr_format("there is no room {}", shortened(name)));
    }
    std::vector<std::string_view> names;
    for (const Seat member : room->members) {
        if (names.size() == kListed) break;
        names.emplace_back(guests_[member].name);
    }
    std::sort(names.begin(), names.end());
    list(seat, tr_format("in {}: ", room->name), names, room->members.size());
}

void ChatHall::me(Seat seat, std::string_view text) {
    if (text.empty()) return notify(seat, tr("/me takes what you do, as in: /me waves"));
    line_.assign("* ").append(guests_[seat].name).append(" ").append(text);
    post_.tell_all(guests_[seat].room->number, seat, line_);
}

void ChatHall::msg(Seat seat, std::string_view text) {
    const std::string_view name = take_word(text);
    if (text.empty()) return notify(seat, tr("/msg takes a name and a text, as in: /msg bob hello"));
    const Seat to = find(name);
    if (to == kNobody) return notify(seat, tr_format("nobody here is called {}", shortened(name)));
    line_.assign("[").append(guests_[seat].name).append("] ").append(text);
    post_.tell(to, seat, line_);
}

void ChatHall::help(Seat seat, std::string_view) {
    for (const ChatCommand& command : chat_commands()) {
        notify(seat, std::string("/") + command.name + (*command.arguments ? " " : "") + command.arguments + "  " +
                         tr(command.help));
    }
    notify(seat, tr("//TEXT says what begins with a slash"));
}

void ChatHall::quit(Seat seat, std::string_view) {
    notify(seat, tr("goodbye"));
    post_.dismiss(seat);
    leave(seat);
}

}  // namespace earshot::respond
