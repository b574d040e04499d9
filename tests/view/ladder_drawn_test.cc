// From the core's rows to lines: what both halves have agreed on.
#include <gtest/gtest.h>

#include "tests/view/ladder_rows.h"
#include "trace/ladder.h"
#include "view/ladder/text_ladder.h"

namespace earshot::view {
namespace {

using namespace std::chrono_literals;

class Drawing {
  public:
    explicit Drawing(LadderOptions options, LadderLook look = {}) : ladder_(options), text_(look) {}

    Drawing& fact(std::chrono::nanoseconds at, FactBody body) { return ladder_.add(Fact{kStart + at, body}), *this; }
    Drawing& segment(std::chrono::nanoseconds at, Segment segment) {
        segment.window = 64240;
        segment.sent_at = kStart + at;
        return ladder_.add(segment), *this;
    }
    std::string finish(std::chrono::nanoseconds at) {
        ladder_.finish(kStart + at);
        std::string drawn = "\n";
        for (const Row& row : ladder_.take()) drawn += text_.row(row);
        return drawn;
    }

  private:
    Ladder ladder_;
    TextLadder text_;
};

TEST(DrawnLadder, OfTheKernelIsDottedAndDoesNotPretendToKnow) {
    LadderLook look;
    look.encodings = {text::find_encoding("gbk"), text::find_encoding("gbk")};
    Drawing drawing({.source = Source::kernel, .self = End::client}, look);
    drawing.fact(0ms, CallStarted{})
        .fact(31ms, CallEstablished{})
        .fact(40ms, BytesSent{6, "\xc4\xe3\xba\xc3\r\n"})
        .fact(60ms, BytesReceived{4, "\xc4\xe3\xba\xc3"})
        .fact(100ms, FinReceived{})
        .fact(110ms, FinSent{})
        .fact(111ms, StateRead{State::last_ack})
        .fact(150ms, StateRead{});
    EXPECT_EQ(drawing.finish(200ms), R"(
      ms       CLOSED |                                     | (LISTEN)
   0.000     SYN-SENT |. SYN ..............................>| (SYN-RECEIVED)
   +31.0  ESTABLISHED |<.......................... SYN,ACK .|
       ?              |. ACK ..............................>| (ESTABLISHED)
    +9.0              |. ACK 6B 你好\r\n ..................>| GBK
   +20.0              |<...................... ACK 4B 你好 .| GBK
   +40.0   CLOSE-WAIT |<.......................... FIN,ACK .| (FIN-WAIT-1)
   +10.0     LAST-ACK |. FIN,ACK ..........................>|
       ?       CLOSED |<.............................. ACK .| (TIME-WAIT)
   +90.0              |          TIME-WAIT goes on          |
)");
}

TEST(DrawnLadder, OfARefusedCallExplainsItself) {
    LadderLook look;
    look.explain = true;
    Drawing drawing({.source = Source::packets, .self = End::client}, look);
    const auto made = [](RowBuilder row) { return row.segment(); };
    drawing.segment(0ms, made(client("SYN")));
    Segment refusal = made(server("RST,ACK").ack(1));
    refusal.seq = 0;
    drawing.segment(45us, refusal);
    EXPECT_EQ(drawing.finish(1ms), R"(
      ms       CLOSED |                                     | (CLOSED)
   0.000     SYN-SENT |- SYN s=0 -------------------------->|
                      |  can you hear me?                   |
  +0.045       CLOSED |<------------------ RST,ACK s=1 a=1 -|
                      |    nobody takes calls at this port  |
)");
}

}  // namespace
}  // namespace earshot::view
