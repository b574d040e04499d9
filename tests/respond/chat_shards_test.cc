// Chat with its callers in several shards and its hall in one of them.
#include "respond/chat.h"
#include "tests/talk/several_shards.h"

namespace earshot::respond {
namespace {

class ChatOverShards : public talk::SeveralShards {
  protected:
    ChatOverShards() {
        options.frame = "line";
        options.eol = "\n";
    }
};

TEST_F(ChatOverShards, PassesALineToAllButWhoSaidItWhereverTheyAre) {
    open<Chat>(3);
    auto &a = call(1), &b = call(0), &c = call(2), &d = call(1);
    forget();
    a.wire.send("hello\n");
    EXPECT_EQ(heard(b), "guest2: hello\n");
    EXPECT_EQ(heard(c), "guest2: hello\n");
    EXPECT_EQ(heard(d), "guest2: hello\n");
    EXPECT_EQ(heard(a), "");
}

TEST_F(ChatOverShards, HasOneHolderOfANameAndOneListOfAll) {
    open<Chat>(2);
    auto &a = call(0), &b = call(1), &c = call(1);
    forget();
    a.wire.send("/nick bob\n");
    settle();
    b.wire.send("/nick BOB\n");
    EXPECT_NE(heard(b).find("-- BOB is somebody else's name"), std::string::npos);
    c.wire.send("/who\n/rooms\n");
    EXPECT_NE(heard(c).find("-- in lobby: bob, guest2, guest4\n-- rooms: lobby (3)\n"), std::string::npos);
}

TEST_F(ChatOverShards, KeepsRoomsApart) {
    open<Chat>(2);
    auto &a = call(0), &b = call(1), &c = call(1);
    forget();
    a.wire.send("/join tea\n");
    settle();
    b.wire.send("/join tea\n");
    forget();
    b.wire.send("with milk\n/msg guest4 psst\n");
    EXPECT_EQ(heard(a), "guest2: with milk\n");
    EXPECT_EQ(heard(c), "[guest2] psst\n");
}

TEST_F(ChatOverShards, TellsWhoLeavesAndFreesHisName) {
    open<Chat>(2);
    auto &a = call(0), &b = call(1);
    b.wire.send("/nick bob\n");
    forget();
    b.wire.reset();
    EXPECT_EQ(heard(a), "-- bob has left\n");
    auto& c = call(1);
    forget();
    c.wire.send("/nick bob\n/quit\n");
    EXPECT_EQ(heard(c), "-- you are bob now\n-- goodbye\n");
    EXPECT_TRUE(c.wire.saw_end());
}

TEST_F(ChatOverShards, LetsOneLeaveBeforeTheHallHasHeardOfHim) {
    open<Chat>(2);
    auto& a = call(0);
    auto& b = call(1);
    b.wire.send("hello\n");
    turn(1);
    b.wire.reset();
    turn(1);
    settle();
    auto& c = call(1);
    forget();
    c.wire.send("/who\n");
    EXPECT_EQ(heard(c), "-- in lobby: guest1, guest4\n");
    EXPECT_EQ(heard(a), "");
}

TEST_F(ChatOverShards, LetsTheOperatorSpeakInEachShard) {
    open<Chat>(2);
    auto &a = call(0), &b = call(1);
    settle();
    b.wire.send("/join tea\n");
    forget();
    talk::Shard::Outcome sum[2];
    for (int i = 0; i < 2; ++i) {
        sum[i] =
            places[static_cast<std::size_t>(i)]->shard->carry_out_for_all({{}, true, "", model::SendText{"hi", true}});
    }
    EXPECT_EQ(heard(a), "server: hi\n");
    EXPECT_EQ(heard(b), "server: hi\n");
    EXPECT_EQ(sum[0].bytes + sum[1].bytes, 2 * std::string("server: hi\n").size());
}

TEST_F(ChatOverShards, NamesTheSpeakerOfWhatAnEncodingLacks) {
    options.receive = options.send = {talk::TextChoice::Kind::encoding, &text::utf8()};
    open<Chat>(2);
    auto &a = call(0), &b = call(1);
    forget();
    places[1]->shard->carry_out({b.id, false, "", model::SetEncoding{std::nullopt, "gbk"}});
    a.wire.send("a😀\n");
    EXPECT_EQ(heard(b), "guest1: a\\u{1f600}\n");
    for (const auto& event : places[1]->sink.events) {
        EXPECT_TRUE(!std::holds_alternative<model::Fault>(event.body) || event.id == a.id);
    }
}

// What the hall's shard has encoded goes along; it must only be used where encoding and end of line are the same.
TEST_F(ChatOverShards, TellsEachInHisOwnBytesWhereverTheyWereMade) {
    options.receive = options.send = {talk::TextChoice::Kind::encoding, &text::utf8()};
    open<Chat>(2);
    Caller* callers[2][4];
    for (std::size_t place = 0; place < 2; ++place) {
        for (auto& caller : callers[place]) caller = &call(place);
        const auto set = [&](std::size_t who, const char* encoding, const char* eol) {
            const SessionId id = callers[place][who]->id;
            places[place]->shard->carry_out({id, false, "", model::SetEncoding{std::nullopt, encoding}});
            places[place]->shard->carry_out({id, false, "", model::SetEol{eol}});
        };
        set(1, "gbk", "lf");
        set(2, "gbk", place == 0 ? "crlf" : "lf");
        set(3, place == 0 ? "big5" : "utf-16be", "lf");
    }
    forget();
    for (std::size_t from = 0; from < 2; ++from) {
        Caller& speaker = *callers[from][0];
        speaker.wire.send("中\n");
        settle();
        const std::string name = "guest" + std::to_string(speaker.id.value) + ": ";
        std::string wide;
        for (const char c : name) wide += std::string("\0", 1) + c;
        for (std::size_t place = 0; place < 2; ++place) {
            EXPECT_EQ(heard(*callers[place][0]), place == from ? "" : name + "中\n");
            EXPECT_EQ(heard(*callers[place][1]), name + "\xd6\xd0\n");
            EXPECT_EQ(heard(*callers[place][2]), name + "\xd6\xd0" + (place == 0 ? "\r\n" : "\n"));
        }
        EXPECT_EQ(heard(*callers[0][3]), name + "\xa4\xa4\n");
        EXPECT_EQ(heard(*callers[1][3]), wide + "\x4e\x2d" + std::string("\0\n", 2));
    }
}

TEST_F(ChatOverShards, LetsWhoSpeaksFasterThanTheHallHearsWait) {
    open<Chat>(2);
    auto &a = call(0, 16 << 20), &b = call(1);
    forget();
    const std::string line = std::string(999, 'x') + "\n";
    for (int i = 0; i < 3000; ++i) {
        b.wire.send(line);
        turn(1);
    }
    EXPECT_GT(b.wire.unread(), 1u << 20);
    std::string all;
    for (int i = 0; i < 20'000 && b.wire.unread() > 0; ++i) {
        turn(0);
        turn(1);
        all += a.wire.received();
    }
    all += heard(a);
    EXPECT_EQ(b.wire.unread(), 0u);
    EXPECT_EQ(all.size(), 3000 * (line.size() + 8));
}

// Any interleaving: lines of those who stay arrive once and in their order, and afterwards the hall knows who is there.
TEST_F(ChatOverShards, GivesEachLineOnceInAnyInterleaving) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        begin_anew(seed);
        const std::size_t shards = 2 + below(3);
        open<Chat>(shards);
        std::vector<Caller*> all, passing;
        std::vector<int> said(5);
        for (std::size_t i = 0; i < said.size(); ++i) all.push_back(&call(below(shards), 1 << 20));
        forget();
        for (int step = 0; step < 2000; ++step) {
            switch (below(5)) {
                case 0: {
                    const std::size_t who = below(all.size());
                    all[who]->wire.send("#" + std::to_string(who) + " " + std::to_string(said[who]++) + "\n");
                    break;
                }
                case 1:
                    if (passing.size() < 5) passing.push_back(&call(below(shards)));
                    if (below(2) == 0) passing[below(passing.size())]->wire.send("/join tea\n");
                    if (below(3) == 0) passing[below(passing.size())]->wire.send("/nick zoe\n");
                    break;
                case 2:
                    if (passing.empty()) break;
                    switch (below(3)) {
                        case 0:
                            passing.back()->wire.send("/quit\n");
                            break;
                        case 1:
                            passing.back()->wire.reset();
                            break;
                        default:
                            passing.back()->wire.end();
                            passing.back()->wire.reset();
                    }
                    passing.pop_back();
                    break;
                default:
                    turn(below(shards), static_cast<int>(1 + below(6)));
            }
        }
        for (Caller* each : passing) each->wire.reset();
        settle();
        for (std::size_t who = 0; who < all.size(); ++who) {
            const std::string text = all[who]->wire.received();
            std::vector<int> next(all.size());
            for (std::size_t at = 0; (at = text.find('#', at)) != std::string::npos; ++at) {
                const auto from = static_cast<std::size_t>(text[at + 1] - '0');
                ASSERT_EQ(std::stoi(text.substr(at + 3)), next[from]++);
            }
            for (std::size_t from = 0; from < all.size(); ++from) {
                EXPECT_EQ(next[from], from == who ? 0 : said[from]);
            }
        }
        all[0]->wire.send("/rooms\n");
        EXPECT_EQ(heard(*all[0]), "-- rooms: lobby (5)\n");
    }
}

}  // namespace
}  // namespace earshot::respond
