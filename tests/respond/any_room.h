// Words for property tests of what passes lines from many to many: callers who come, speak, stall, go on and are lost,
// in an order that a seed decides, over one shard or several; then an account of every line.
//
// What each caller is due is the model's to say. It is told what happens in the order in which the code under test has
// it: what a letter of another shard brings happens when that letter is opened.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/talk/several_shards.h"
#include "text/encoder.h"
#include "text/encoding.h"

namespace earshot::respond {

class AnyRoom : public talk::SeveralShards {
  protected:
    struct Person {
        Caller* caller = nullptr;
        std::size_t place = 0;
        const text::Encoding* writes = &text::utf8();
        std::set<const text::Encoding*> reads;  // that he has been sent so far
        std::string eol;
        bool keen = false;             // reads everything at once
        bool stalls = false;           // reads nothing now
        bool finished = false;         // has sent his FIN
        bool killed = false;           // by the test
        bool closed = false;           // by the code under test, or because he was killed
        std::deque<std::string> said;  // and not been heard yet, as text
        std::string rest;              // of a line he has begun
        std::string cut;               // what was heard in its place; not empty: he must be lost now
        std::size_t sent = 0;          // bytes
        std::string heard;             // bytes
        std::uint64_t dropped = 0;     // lines, by events
        ByteCount dropped_bytes = 0;
        Reason reason = Reason::closed;
    };

    static constexpr unsigned kSeeds = 12;  // of each policy
    static constexpr int kSteps = 3000;

    virtual void open_room(std::size_t shards) = 0;
    virtual void happened(std::size_t place, const model::Event& event) = 0;
    // What somebody may say, as text that his encoding has.
    virtual std::string any_line(const Person& who) = 0;
    // What he heard against what he was due: `exact` where he is here, or left in order and has read it all.
    virtual void check(const Person& who, bool exact) = 0;
    virtual bool says_goodbye(const Person&) { return false; }  // he has been sent away in order

    template <typename T>
    const T& one_of(const std::vector<T>& all) {
        return all[below(all.size())];
    }

    void play(unsigned seed, talk::Slow slow, std::size_t shards, int steps) {
        draws.seed(seed);
        begin(slow, shards);
        for (int step = 0; step < steps && !HasFatalFailure(); ++step) {
            any_step();
            for (auto& who : people) {
                if (who->keen) hear(*who, SIZE_MAX);
            }
        }
        drain();
        account();
    }

    void play_all(talk::Slow slow) {
        for (unsigned seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
            SCOPED_TRACE("seed " + std::to_string(seed));
            play(seed, slow, 1 + seed % 3, kSteps);
        }
    }

    // What others are to be told of when this shard's letters are opened at `to`.
    void later(std::size_t from, std::size_t to, std::function<void()> happens) {
        letters[{from, to}].push_back(std::move(happens));
    }
    bool turn(std::size_t place, int events = 1000) override {
        const bool did = SeveralShards::turn(place, events);
        for (std::size_t to = 0; to < places.size(); ++to) {
            auto& written = letters[{place, to}];
            auto& mailbox = places[to]->mailbox;
            if (written.empty() || mailbox.empty()) continue;
            mailbox.back() = [work = std::move(mailbox.back()), written = std::exchange(written, {})] {
                for (const auto& happens : written) happens();
                work();
            };
        }
        return did;
    }
    Person* person(SessionId id) {
        const auto found = by_id.find(id);
        return found == by_id.end() ? nullptr : found->second;
    }

    static std::string in(const text::Encoding& encoding, std::string_view text) {
        std::string made;
        while (!text.empty()) {
            std::size_t size = 1;
            while (size < text.size() && (text[size] & '\xC0') == '\x80') ++size;
            std::vector<std::uint8_t> bytes;
            text::Encoder encoder(encoding);
            if (const auto refusal = encoder.encode(text.substr(0, size), bytes)) {
                char code[16];
                std::snprintf(code, sizeof code, "\\u{%x}", static_cast<unsigned>(refusal->code_point));
                made += code;
            } else {
                made += as_chars(bytes);
            }
            text.remove_prefix(size);
        }
        return made;
    }

    std::vector<std::unique_ptr<Person>> people;  // all who have ever been here
    bool changes_encodings = true;

  private:
    void begin(talk::Slow slow, std::size_t shards) {
        if (neighbours) neighbours->close();
        shut();
        people.clear();
        by_id.clear();
        letters.clear();
        options.slow = slow;
        options.high_water = 200 + below(2000);
        open_room(shards);
        for (std::size_t i = 0; i < shards; ++i) {
            places[i]->sink.on_event = [this, i](const model::Event& event) { take(i, event); };
        }
        for (int i = 0; i < 3; ++i) come(i < 2);
    }

    void come(bool keen) {
        people.push_back(std::make_unique<Person>());
        Person& who = *people.back();
        who.place = below(places.size());
        who.keen = keen;
        who.caller = &call(who.place, keen ? 1 << 20 : 1 + below(2000));
        by_id[who.caller->id] = &who;
        const auto& encoding = one_of(encodings());
        who.eol = below(3) == 0 ? "\r\n" : "\n";
        who.writes = changes_encodings ? text::find_encoding(encoding) : &text::utf8();
        who.reads = {&text::utf8()};
        if (below(4) == 0) who.caller->wire.write_at_most(1 + below(60));
        if (below(4) == 0) who.caller->wire.read_at_most(1 + below(40));
        if (!changes_encodings) return;
        who.reads.insert(who.writes);
        order(who, model::SetEncoding{encoding, encoding});
        order(who, model::SetEol{who.eol == "\n" ? "lf" : "crlf"});
    }

    static const std::vector<std::string>& encodings() {
        static const std::vector<std::string> all{"utf-8", "utf-8", "gbk", "big5", "shift_jis", "windows-1251"};
        return all;
    }
    void order(Person& who, model::CommandBody body) {
        places[who.place]->shard->carry_out({who.caller->id, false, "", std::move(body)});
    }
    bool speaks(const Person& who) const { return !who.finished && !who.killed && !who.closed; }

    void any_step() {
        Person& who = *one_of(people);
        switch (below(40)) {
            case 0:
                if (present() < 12) come(below(4) == 0);
                break;
            case 1:
                if (!who.keen && below(6) == 0) kill(who);
                break;
            case 2:
                if (!who.keen && below(6) == 0 && speaks(who)) finish(who);
                break;
            case 3:
            case 4:
            case 5:
                who.stalls = !who.keen && below(2) == 0;
                who.caller->wire.hold(who.stalls && below(4) == 0);
                break;
            case 6:
                if (changes_encodings) another_encoding(who);
                break;
            case 7:
            case 8:
            case 9:
            case 10:
            case 11:
            case 12:
            case 13:
            case 14:
                if (!who.stalls) hear(who, below(600));
                break;
            case 15:
            case 16:
            case 17:
            case 18:
            case 19:
            case 20:
            case 21:
                turn(below(places.size()), static_cast<int>(1 + below(12)));
                break;
            default:
                if (speaks(who)) {
                    for (std::size_t lines = 1 + below(4); lines > 0; --lines) say(who);
                }
        }
    }

    std::size_t present() const {
        return static_cast<std::size_t>(
            std::count_if(people.begin(), people.end(), [](const auto& who) { return !who->closed && !who->killed; }));
    }
    void give(Person& who, const std::string& bytes) {
        who.caller->wire.send(bytes);
        who.sent += bytes.size();
    }
    // Whole, or its beginning now and the rest with the next.
    void say(Person& who) {
        give(who, std::exchange(who.rest, ""));
        const std::string text = any_line(who);
        who.said.push_back(text);
        const std::string bytes = in(*who.writes, text) + (below(3) == 0 ? "\r\n" : "\n");
        const std::size_t now = below(5) == 0 ? below(bytes.size()) : bytes.size();
        give(who, bytes.substr(0, now));
        who.rest = bytes.substr(now);
    }
    void kill(Person& who) {
        who.killed = true;
        who.caller->wire.reset();
    }
    // His last line may lack its end.
    void finish(Person& who) {
        std::string rest = std::exchange(who.rest, "");
        if (rest != "\n") {
            while (rest.ends_with('\n') || rest.ends_with('\r')) rest.pop_back();
        }
        give(who, rest);
        who.finished = true;
        who.caller->wire.end();
    }
    void another_encoding(Person& who) {
        if (who.closed || who.killed) return;
        const std::string to = one_of(encodings());
        who.reads.insert(text::find_encoding(to));
        order(who, model::SetEncoding{std::nullopt, to});
        if (!who.said.empty() || !who.rest.empty() || who.caller->wire.unread() > 0) return;
        who.writes = text::find_encoding(to);
        order(who, model::SetEncoding{to, std::nullopt});
    }
    bool hear(Person& who, std::size_t at_most) {
        const std::string more = who.caller->wire.received(at_most);
        who.heard += more;
        return !more.empty();
    }

    void take(std::size_t place, const model::Event& event) {
        if (Person* const who = person(event.id)) note(*who, event);
        happened(place, event);
    }
    void note(Person& who, const model::Event& event) {
        if (const auto* message = std::get_if<model::Message>(&event.body)) {
            ASSERT_FALSE(who.said.empty()) << "he has not said " << message->text;
            ASSERT_EQ(who.cut, "") << "but " << message->text;
            // Who is lost in the middle of a line has said its beginning.
            if (message->text != who.said.front()) who.cut = message->text + ", not " + who.said.front();
            who.said.pop_front();
        } else if (const auto* dropped = std::get_if<model::Dropped>(&event.body)) {
            who.dropped += dropped->messages;
            who.dropped_bytes += dropped->bytes;
        } else if (const auto* closed = std::get_if<model::Closed>(&event.body)) {
            who.cut.clear();
            who.closed = true;
            who.reason = closed->reason;
        }
    }

    // Everybody reads on until nothing moves.
    void drain() {
        for (auto& who : people) {
            who->stalls = false;
            who->caller->wire.hold(false);
            if (speaks(*who)) give(*who, std::exchange(who->rest, ""));
        }
        for (bool moved = true; moved;) {
            settle();
            moved = false;
            for (auto& who : people) {
                moved |= hear(*who, SIZE_MAX);
                if (!who->finished && !who->closed && says_goodbye(*who)) {
                    finish(*who);
                    moved = true;
                }
            }
        }
    }

    void account() {
        std::uint64_t dropped = 0, sent = 0, received = 0, missed_here = 0, sent_here = 0, received_here = 0;
        for (auto& who : people) {
            SCOPED_TRACE("caller " + std::to_string(who->caller->id.value));
            EXPECT_EQ(who->cut, "");
            const bool in_order = !who->killed && who->reason == Reason::closed;
            if (in_order && !says_goodbye(*who)) {
                EXPECT_TRUE(who->said.empty()) << "he was not heard to the end";
                EXPECT_FALSE(who->closed);
            }
            if (!who->killed && who->reason != Reason::closed) {
                EXPECT_EQ(who->reason, Reason::limit);
                EXPECT_EQ(options.slow, talk::Slow::disconnect);
            }
            if (who->keen || options.slow == talk::Slow::wait) {
                EXPECT_EQ(who->dropped, 0u) << "he read all the time, or should have been waited for";
            }
            check(*who, in_order);
            dropped += who->dropped;
            sent += who->heard.size();
            received += who->sent - who->caller->wire.unread();
        }
        for (auto& place : places) {
            const talk::Tally& tally = place->shard->tally();
            missed_here += tally.missed.value();
            sent_here += tally.sent.value();
            received_here += tally.received.value();
            EXPECT_EQ(tally.queued.value(), 0u);
            EXPECT_EQ(tally.read_paused.value(), 0u);
        }
        EXPECT_EQ(missed_here, dropped);
        EXPECT_EQ(sent_here, sent);
        EXPECT_EQ(received_here, received);
    }

    std::map<SessionId, Person*> by_id;
    std::map<std::pair<std::size_t, std::size_t>, std::vector<std::function<void()>>> letters;
};

}  // namespace earshot::respond
