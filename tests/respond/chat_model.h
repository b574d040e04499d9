// A chat as docs/chat.md describes it, in the simplest form that can be written: what each caller is due, line by line,
// in the order in which the hall hears things. The property test holds the real one to it.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace earshot::respond {

class ChatModel {
  public:
    using Id = std::uint64_t;

    void come(Id id) {
        std::string name = "guest" + std::to_string(id);
        while (holder_of(name) != 0) name += "_";
        guests_[id] = {name, kLobby};
        notice(id, "you are " + name + " in lobby: /nick NAME chooses another name, /help lists the commands");
        who(id, kLobby);
        announce(id, name + " is here");
    }

    void hear(Id id, std::string line) {
        if (!guests_.contains(id) || line.find_first_not_of(" \t") == std::string::npos) return;
        if (line[0] == '/' && !line.starts_with("//")) return run(id, line);
        if (line[0] == '/') line.erase(0, 1);
        tell_others(id, guests_[id].name + ": " + line);
    }

    void half_closed(Id id) {
        if (guests_.contains(id)) notice(id, "you have finished sending; you still hear the room");
    }

    void leave(Id id) {
        if (!guests_.contains(id)) return;
        announce(id, guests_[id].name + " has left");
        guests_.erase(id);
    }

    const std::vector<std::string>& due(Id id) { return due_[id]; }
    bool is_here(Id id) const { return guests_.contains(id); }
    bool has_quit(Id id) const { return quit_.contains(id); }
    std::string name_of(Id id) const { return guests_.contains(id) ? guests_.at(id).name : "nobody"; }
    std::size_t lines() const {
        std::size_t sum = 0;
        for (const auto& [id, lines] : due_) sum += lines.size();
        return sum;
    }

  private:
    static constexpr const char* kLobby = "lobby";
    struct Guest {
        std::string name, room;
    };

    static std::string folded(std::string name) {
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        return name;
    }
    Id holder_of(const std::string& name) const {
        for (const auto& [id, guest] : guests_) {
            if (folded(guest.name) == folded(name)) return id;
        }
        return 0;
    }
    void notice(Id id, const std::string& text) { due_[id].push_back("-- " + text); }
    void tell_others(Id from, const std::string& line) {
        for (const auto& [id, guest] : guests_) {
            if (id != from && guest.room == guests_[from].room) due_[id].push_back(line);
        }
    }
    void announce(Id from, const std::string& text) { tell_others(from, "-- " + text); }

    static std::string joined(std::vector<std::string> items) {
        std::sort(items.begin(), items.end());
        std::string text;
        for (const std::string& item : items) text += (text.empty() ? " " : ", ") + item;
        return text;
    }
    void who(Id id, const std::string& room) {
        std::vector<std::string> names;
        for (const auto& [other, guest] : guests_) {
            if (guest.room == room) names.push_back(guest.name);
        }
        notice(id, "in " + room + ":" + joined(names));
    }

    void run(Id id, const std::string& line) {
        const auto word_end = line.find(' ');
        const std::string command = line.substr(0, word_end);
        std::string rest = word_end == std::string::npos ? "" : line.substr(word_end + 1);
        while (rest.ends_with(' ')) rest.pop_back();
        Guest& me = guests_[id];
        // Whoever typed this is lost in the middle of it: nobody hears what is wrong with it.
        const bool takes_words = command == "/nick" || command == "/join" || command == "/me" || command == "/msg";
        const bool lacks_words = rest.empty() || (command == "/msg" && rest.find(' ') >= rest.size() - 1);
        const bool is_no_name = (command == "/nick" || command == "/join") && rest.find('\\') != std::string::npos;
        if ((takes_words && lacks_words) || is_no_name) return notice(id, "what is wrong");
        if (command == "/nick") {
            const Id holder = holder_of(rest);
            if (folded(rest) == "server" || (holder != 0 && holder != id)) {
                return notice(id, rest + " is somebody else's name, or looks like it");
            }
            if (rest == me.name) return;
            const std::string before = std::exchange(me.name, rest);
            notice(id, "you are " + rest + " now");
            announce(id, before + " is called " + rest + " now");
        } else if (command == "/join") {
            if (rest == me.room) return notice(id, "you are in " + me.room + " already");
            announce(id, me.name + " has gone to another room");
            me.room = rest;
            who(id, rest);
            announce(id, me.name + " is here");
        } else if (command == "/me") {
            tell_others(id, "* " + me.name + " " + rest);
        } else if (command == "/msg") {
            const std::string name = rest.substr(0, rest.find(' '));
            const Id to = holder_of(name);
            if (to == 0) return notice(id, "nobody here is called " + name);
            due_[to].push_back("[" + me.name + "] " + rest.substr(name.size() + 1));
        } else if (command == "/who") {
            who(id, me.room);
        } else if (command == "/rooms") {
            std::map<std::string, int> rooms{{kLobby, 0}};
            for (const auto& [other, guest] : guests_) ++rooms[guest.room];
            std::vector<std::string> texts;
            texts.reserve(rooms.size());
            for (const auto& [room, members] : rooms) texts.push_back(room + " (" + std::to_string(members) + ")");
            notice(id, "rooms:" + joined(texts));
        } else if (command == "/quit") {
            notice(id, "goodbye");
            leave(id);
            quit_.insert(id);
        } else {
            notice(id, "unknown command " + command + ": /help lists them, // sends a slash");
        }
    }

    std::map<Id, Guest> guests_;
    std::map<Id, std::vector<std::string>> due_;
    std::set<Id> quit_;
};

}  // namespace earshot::respond
