// A tap in lines: what either end says, how it comes and goes, and both ladders, as events come. For a terminal or a
// file; nothing that is written is ever drawn again.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/event.h"
#include "view/console/held.h"
#include "view/ladder/payload_encodings.h"
#include "view/ladder/text_ladder.h"
#include "view/presentation.h"
#include "view/time_prefix.h"

namespace earshot::view {

struct TapViewOptions {
    Presentation presentation;
    std::string client = "auto", server = "auto";        // encodings of what each end sends; known ones
    std::vector<const text::Encoding*> candidates = {};  // of `auto` beside UTF-8
    std::string frame = "line";
    bool ladders = true;   // false: those that come are for others
    bool explain = false;  // a sentence a step in ladders
    int columns = 80;      // of ladders
};

// A caller and the call that was made for him are two conversations and one pair: client 1 and server 1, in ladders c1
// and s1. Pairs are counted from 1 as callers come.
class TapView final : public model::EventSink {
  public:
    // `write` is given whole lines.
    TapView(TapViewOptions options, std::function<void(std::string_view)> write);
    ~TapView() override;

    void take(const model::Event& event) override;
    bool wants_unfinished() const override { return true; }

    // What it holds to show again counts there from now on: to be said before the first event.
    void share_memory(std::shared_ptr<MemoryBound> memory) { held_.share(std::move(memory)); }
    // Memory is short: the oldest of that goes, where there is most of it.
    void give_way();

  private:
    // What is captured may be drawn before it is read: as long as the server is being called nothing is.
    struct Ladder {
        TextLadder drawing;
        PayloadEncodings encodings;

        void decode_as(trace::End from, const text::Encoding* encoding);
    };
    struct Leg {
        std::uint64_t pair = 0;
        bool is_target = false;
        bool is_open = false;
        bool told_unfinished = false;  // of the message that is coming
        std::string decoded_as;
        Held held;
        std::map<std::uint32_t, std::unique_ptr<Ladder>> ladders;  // by model::Traced::ladder
    };

    void on(const model::Event& event, const model::Listening&);
    void on(const model::Event& event, const model::Dialing& body);
    void on(const model::Event& event, const model::Opened& body);
    void on(const model::Event& event, const model::Message& body);
    void on(const model::Event& event, const model::Unfinished& body);
    void on(const model::Event& event, const model::HalfClosed& body);
    void on(const model::Event& event, const model::Closed& body);
    void on(const model::Event& event, const model::Fault& body);
    void on(const model::Event& event, const model::EncodingChanged& body);
    void on(const model::Event& event, const model::FramingChanged& body);
    void on(const model::Event& event, const model::Traced& body);
    template <typename Body>
    void on(const model::Event&, const Body&) {}  // answers to commands: nobody gives any here

    Leg& leg_of(SessionId id, SessionId partner = {});
    void forget_oldest(SessionId closed);
    static std::string who_is(const Leg& leg);
    static std::string label(const Leg& leg);
    void show(const Leg& leg, WallTime time, std::string_view text, std::span<const MalformedUnit> malformed,
              ByteView bytes, bool has_text);
    void show_again(Leg& leg, std::uint64_t from_seq);
    Ladder& ladder_of(Leg& leg, const model::Traced& rows, const std::string& prefix);
    void note(const model::Event& event, std::string_view text);
    void warn(const model::Event& event, std::string_view text);
    void line(std::string_view text);

    TapViewOptions options_;
    std::function<void(std::string_view)> write_;
    TimePrefix time_;
    std::unordered_map<SessionId, Leg> legs_;
    HeldTogether held_;
    std::deque<SessionId> closed_;  // their ladders may go on
    std::uint64_t pairs_ = 0;
    std::string line_;
};

}  // namespace earshot::view
