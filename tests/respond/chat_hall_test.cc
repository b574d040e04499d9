#include "respond/chat_hall.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "respond/chat_names.h"

namespace earshot::respond {
namespace {

// A hall whose post lies in pigeonholes.
class Hall : public testing::Test, private ChatHall::Post {
  protected:
    Seat come() {
        const Seat seat = hall.take_seat(++numbers);
        hall.let_in(seat);
        forget();
        return seat;
    }
    Seat come_as(const std::string& name) {
        const Seat seat = come();
        hall.hear(seat, "/nick " + name);
        EXPECT_EQ(hall.name_of(seat), name);
        forget();
        return seat;
    }
    // What he has got since, one line after the other.
    std::string post(Seat seat) { return std::exchange(holes[seat], {}); }
    void forget() { holes.clear(); }

    void tell(Seat to, Seat, std::string_view line) override { holes[to].append(line).append("\n"); }
    void tell_all(RoomNumber room, Seat from, std::string_view line) override {
        for (const auto& [seat, his] : rooms) {
            if (his == room && seat != from) tell(seat, from, line);
        }
    }
    void entered(Seat who, RoomNumber room) override { rooms[who] = room; }
    void renamed(Seat) override {}
    void dismiss(Seat who) override { dismissed.push_back(who); }

    ChatHall hall{*this};
    std::map<Seat, std::string> holes;
    std::map<Seat, RoomNumber> rooms;
    std::vector<Seat> dismissed;
    std::uint64_t numbers = 0;
};

TEST_F(Hall, TellsOneWhoComesWhoHeIsAndTheOthersThatHeIsThere) {
    const Seat bob = come_as("bob");
    const Seat other = hall.take_seat(7);
    hall.let_in(other);
    EXPECT_EQ(post(bob), "-- guest7 is here\n");
    EXPECT_EQ(post(other),
              "-- you are guest7 in lobby: /nick NAME chooses another name, /help lists the commands\n"
              "-- in lobby: bob, guest7\n");
}

TEST_F(Hall, GivesALineToEverybodyButTheSenderOnce) {
    const Seat a = come_as("ann"), b = come(), c = come();
    hall.hear(a, "hello");
    EXPECT_EQ(post(a), "");
    EXPECT_EQ(post(b), "ann: hello\n");
    EXPECT_EQ(post(c), "ann: hello\n");
}

TEST_F(Hall, SendsASlashForTwo) {
    const Seat a = come_as("ann"), b = come();
    hall.hear(a, "//nick");
    hall.hear(a, "//");
    EXPECT_EQ(post(b), "ann: /nick\nann: /\n");
}

TEST_F(Hall, TellsOfAnotherName) {
    const Seat a = come(), b = come();
    hall.hear(a, "/nick 小明");
    EXPECT_EQ(post(a), "-- you are 小明 now\n");
    EXPECT_EQ(post(b), "-- guest1 is called 小明 now\n");
}

TEST_F(Hall, HasEachNameOnce) {
    come_as("Bob");
    const Seat other = come();
    for (const char* name : {"bob", "BOB", "ｂｏｂ", "bоb", "server", "SERVER"}) {
        hall.hear(other, std::string("/nick ") + name);
        EXPECT_EQ(hall.name_of(other), "guest2") << name;
    }
    EXPECT_NE(post(other).find("-- bob is somebody else's name, or looks like it\n"), std::string::npos);
}

TEST_F(Hall, TakesNoNameThatLooksLikeAnothersInEitherCase) {
    const Seat a = come_as("nina"), b = come(), c = come();
    hall.hear(b, "/nick ΝΙΝΑ");
    EXPECT_EQ(post(b), "-- ΝΙΝΑ is somebody else's name, or looks like it\n");
    hall.hear(a, "/nick νan");
    post(b);
    for (const char* name : {"nan", "van"}) {
        hall.hear(b, std::string("/nick ") + name);
        EXPECT_EQ(post(b), std::string("-- ") + name + " is somebody else's name, or looks like it\n");
    }
    hall.leave(a);
    hall.hear(b, "/nick nan");
    hall.hear(c, "/nick van");
    EXPECT_EQ(hall.name_of(b), "nan");
    EXPECT_EQ(hall.name_of(c), "van");
    hall.hear(b, "/join ΤΟΜ");
    hall.hear(c, "/join tom");
    EXPECT_EQ(hall.room_of(c), "ΤΟΜ");
    EXPECT_EQ(hall.rooms(), 2U);
    hall.hear(b, "/join x");
    hall.hear(c, "/join x");
    hall.hear(b, "/join TOM");
    EXPECT_EQ(hall.room_of(b), "TOM") << "the other room is gone";
}

TEST_F(Hall, LetsOneChangeTheCaseOfHisOwnName) {
    const Seat a = come_as("bob");
    hall.hear(a, "/nick Bob");
    EXPECT_EQ(hall.name_of(a), "Bob");
}

TEST_F(Hall, FreesANameThatIsGivenUp) {
    const Seat a = come_as("bob"), b = come();
    hall.hear(a, "/nick ann");
    hall.hear(b, "/nick bob");
    EXPECT_EQ(hall.name_of(b), "bob");
    hall.leave(b);
    hall.hear(a, "/nick bob");
    EXPECT_EQ(hall.name_of(a), "bob");
}

TEST_F(Hall, NamesANewGuestAlsoWhereSomebodyHasCalledHimselfSo) {
    come_as("guest2");
    EXPECT_EQ(hall.name_of(come()), "guest2_");
}

TEST_F(Hall, KeepsRoomsApart) {
    const Seat a = come_as("ann"), b = come_as("bob"), c = come();
    hall.hear(a, "/join Tea");
    EXPECT_EQ(post(b), "-- ann has gone to another room\n");
    EXPECT_EQ(post(a), "-- in Tea: ann\n");
    hall.hear(c, "/join tea");
    EXPECT_EQ(post(a), "-- guest3 is here\n");
    forget();
    hall.hear(a, "quiet");
    EXPECT_EQ(post(b), "");
    EXPECT_EQ(post(c), "ann: quiet\n");
    hall.hear(b, "/rooms");
    EXPECT_EQ(post(b), "-- rooms: lobby (1), Tea (2)\n");
    hall.hear(b, "/who tea");
    EXPECT_EQ(post(b), "-- in Tea: ann, guest3\n");
}

TEST_F(Hall, ForgetsARoomThatNobodyIsIn) {
    const Seat a = come(), b = come();
    hall.hear(a, "/join tea");
    hall.hear(a, "/join lobby");
    hall.hear(b, "/join cake");
    hall.leave(b);
    EXPECT_EQ(hall.rooms(), 1U);
    hall.leave(a);
    EXPECT_EQ(hall.rooms(), 1U) << "the lobby stays";
}

TEST_F(Hall, DeliversToOneOnly) {
    const Seat a = come_as("ann"), b = come_as("bob"), c = come();
    hall.hear(b, "/join tea");
    forget();
    hall.hear(a, "/msg BOB  are you   there");
    EXPECT_EQ(post(b), "[ann] are you   there\n");
    EXPECT_EQ(post(a) + post(c), "");
    hall.hear(a, "/msg carl hi");
    EXPECT_EQ(post(a), "-- nobody here is called carl\n");
}

TEST_F(Hall, SaysWhatOneDoes) {
    const Seat a = come_as("ann"), b = come();
    hall.hear(a, "/me waves");
    EXPECT_EQ(post(b), "* ann waves\n");
    EXPECT_EQ(post(a), "");
}

TEST_F(Hall, TakesTheBeginningOfACommandAndSaysWhatItDoesNotKnow) {
    const Seat a = come_as("ann");
    hall.hear(a, "/wh");
    EXPECT_EQ(post(a), "-- in lobby: ann\n");
    hall.hear(a, "/m x");
    EXPECT_EQ(post(a), "-- /m begins several commands: /me, /msg\n");
    hall.hear(a, "/mx");
    EXPECT_EQ(post(a), "-- unknown command /mx: /help lists them, // sends a slash\n");
    hall.hear(a, "/");
    EXPECT_EQ(post(a), "-- unknown command /: /help lists them, // sends a slash\n");
}

TEST_F(Hall, ListsEveryCommand) {
    const Seat a = come();
    hall.hear(a, "/help");
    const std::string help = post(a);
    for (const ChatCommand& command : chat_commands()) {
        EXPECT_NE(help.find(std::string("-- /") + command.name), std::string::npos) << command.name;
    }
}

TEST_F(Hall, LetsOneGo) {
    const Seat a = come_as("ann"), b = come();
    hall.hear(a, "/quit");
    EXPECT_EQ(post(a), "-- goodbye\n");
    EXPECT_EQ(post(b), "-- ann has left\n");
    EXPECT_EQ(dismissed, std::vector{a});
}

TEST_F(Hall, PassesOnNoLineThatIsEmptyOrTooLong) {
    const Seat a = come(), b = come();
    hall.hear(a, "");
    hall.hear(a, " \t ");
    hall.hear(a, std::string(ChatHall::kLongestLine + 1, 'x'));
    EXPECT_EQ(post(b), "");
    EXPECT_EQ(post(a), "-- not sent: the line is longer than 65536 bytes\n");
}

TEST_F(Hall, ListsNoMoreNamesThanAPersonReads) {
    Seat last = 0;
    for (std::size_t i = 0; i < ChatHall::kListed + 5; ++i) last = come();
    hall.hear(last, "/who");
    EXPECT_TRUE(post(last).ends_with(" and 5 more\n"));
}

// A line begins with whose it is, whatever he calls himself and says.
TEST_F(Hall, LetsNobodySpeakAsAnother) {
    const Seat a = come(), b = come_as("bob");
    std::mt19937 random(5);
    const std::string signs = "-*[]: /abn\t.";
    for (int i = 0; i < 3000; ++i) {
        std::string line;
        for (std::size_t n = random() % 9; n > 0; --n) line += signs[random() % signs.size()];
        if (random() % 4 == 0) line.insert(0, "/nick ");
        const std::string before = hall.name_of(a);
        hall.hear(a, line);
        const std::string heard = post(b);
        ASSERT_TRUE(heard.empty() || heard.starts_with(before + ": ") ||
                    heard == "-- " + before + " is called " + hall.name_of(a) + " now\n")
            << line << " gave " << heard;
        ASSERT_FALSE(looks_like(hall.name_of(a), "bob"));
    }
}

// Any interleaving of callers: each line reaches all who are in the room, once, in its sender's order, and no other.
TEST_F(Hall, KeepsEachSendersOrderWhateverTheInterleaving) {
    std::mt19937 random(11);
    std::map<Seat, std::string> expected;
    std::map<Seat, std::string> room_of;
    std::map<Seat, std::uint64_t> number_of;
    const auto expect_for_all = [&](Seat from, const std::string& line) {
        for (const auto& [seat, room] : room_of) {
            if (seat != from && room == room_of[from]) expected[seat] += line + "\n";
        }
    };
    std::uint64_t said = 0;
    for (int step = 0; step < 20'000; ++step) {
        const auto what = random() % 20;
        if (room_of.size() < 3 || (what == 0 && room_of.size() < 30)) {
            const Seat seat = come();
            room_of[seat] = "lobby";
            number_of[seat] = numbers;
            expected.clear();
            continue;
        }
        auto who = room_of.begin();
        std::advance(who, static_cast<long>(random() % room_of.size()));
        const Seat seat = who->first;
        const std::string name = hall.name_of(seat);
        if (what == 1) {
            expect_for_all(seat, "-- " + name + " has left");
            hall.leave(seat);
            room_of.erase(seat);
        } else if (what == 2) {
            const std::string to = "r" + std::to_string(random() % 4);
            if (to == who->second) continue;
            expect_for_all(seat, "-- " + name + " has gone to another room");
            room_of[seat] = to;
            expect_for_all(seat, "-- " + name + " is here");
            hall.hear(seat, "/join " + to);
            holes.erase(seat);
            expected.erase(seat);
        } else {
            const std::string line = "line " + std::to_string(++said);
            expect_for_all(seat, name + ": " + line);
            hall.hear(seat, line);
        }
        if (step % 50 == 0) {
            for (const auto& [each, room] : room_of) ASSERT_EQ(post(each), std::exchange(expected[each], {}));
        }
    }
    EXPECT_GT(said, 10'000U);
}

}  // namespace
}  // namespace earshot::respond
