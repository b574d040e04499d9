// One end by RFC 9293, figure 5: what it sends and receives, letter by letter, and the state that leaves it in.
#include "trace/end_state.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace earshot::trace {
namespace {

// Both ends' numbers begin at 0, nobody sends data: SYN is 0, FIN is 1, everything after it 2.
struct Path {
    const char* from;
    const char* steps;  // `>X` is sent, `<X` is received; `.1` acknowledges the SYN, `.2` the FIN too
    State state;
};
void PrintTo(const Path& path, std::ostream* out) { *out << path.from << " " << path.steps; }

class EndStateOf : public testing::TestWithParam<Path> {};

Segment segment_of(const std::string& word, bool fin_was_sent) {
    Segment made;
    const auto has = [&](const char* name) { return word.find(name) != std::string::npos; };
    const auto set = [&](Flag flag) { made.flags = static_cast<std::uint8_t>(made.flags | flag); };
    if (has("SYN")) set(kSyn);
    if (has("FIN")) set(kFin);
    if (has("RST")) set(kRst);
    if (const auto dot = word.find('.'); dot != std::string::npos) {
        set(kAck);
        made.ack = static_cast<std::uint32_t>(word[dot + 1] - '0');
    }
    made.seq = has("SYN") ? 0 : fin_was_sent && !has("FIN") ? 2 : 1;
    return made;
}

TEST_P(EndStateOf, IsThatOfTheFigure) {
    EndState end, peer;
    end.become(std::string(GetParam().from) == "LISTEN" ? State::listen : State::closed);
    peer.become(State::listen);
    std::istringstream words(GetParam().steps);
    for (std::string word; words >> word;) {
        const bool sends = word[0] == '>';
        const Segment segment = segment_of(word, sends ? end.has_sent_fin() : peer.has_sent_fin());
        if (sends) {
            end.send(segment, peer);
        } else {
            peer.send(segment, end);
            end.receive(segment, true);
        }
    }
    ASSERT_TRUE(end.state());
    EXPECT_EQ(name_of(*end.state()), name_of(GetParam().state));
}

const Path kFigure5[] = {
    {"CLOSED", "", State::closed},
    {"CLOSED", ">SYN", State::syn_sent},
    {"CLOSED", ">SYN <SYN", State::syn_received},
    {"CLOSED", ">SYN <SYN >SYN.1 <SYN.1", State::established},
    {"CLOSED", ">SYN <SYN.1", State::established},
    {"CLOSED", ">SYN <SYN.1 >.1", State::established},
    {"CLOSED", ">SYN <RST.1", State::closed},
    {"LISTEN", "", State::listen},
    {"LISTEN", "<RST", State::listen},
    {"LISTEN", "<SYN", State::syn_received},
    {"LISTEN", "<SYN >SYN.1", State::syn_received},
    {"LISTEN", "<SYN >SYN.1 <.1", State::established},
    {"LISTEN", "<SYN >SYN.1 <RST", State::closed},
    {"LISTEN", "<SYN >SYN.1 >FIN.1", State::fin_wait_1},
    {"LISTEN", "<SYN >SYN.1 <FIN.1", State::close_wait},
    {"LISTEN", "<SYN >SYN.1 <.1 >SYN.1", State::syn_received},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1", State::fin_wait_1},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1 <.2", State::fin_wait_2},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1 <.2 <FIN.2", State::time_wait},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1 <.2 <FIN.2 >.2", State::time_wait},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1 <FIN.2", State::time_wait},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1 <FIN.1", State::closing},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1 <FIN.1 >.2 <.2", State::time_wait},
    {"CLOSED", ">SYN <SYN.1 >.1 <FIN.1", State::close_wait},
    {"CLOSED", ">SYN <SYN.1 >.1 <FIN.1 >.2", State::close_wait},
    {"CLOSED", ">SYN <SYN.1 >.1 <FIN.1 >FIN.2", State::last_ack},
    {"CLOSED", ">SYN <SYN.1 >.1 <FIN.1 >FIN.2 <.2", State::closed},
    {"CLOSED", ">SYN <SYN.1 >.1 <FIN.1 >FIN.2 <.2 >FIN.2", State::last_ack},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1 <.2 <FIN.2 <SYN", State::syn_received},
    {"CLOSED", ">SYN <SYN.1 >.1 >FIN.1 <RST", State::closed},
    {"CLOSED", ">SYN <SYN.1 >.1 <FIN.1 <RST", State::closed},
    {"CLOSED", ">SYN <SYN.1 >.1 <RST", State::closed},
    {"CLOSED", ">SYN <SYN.1 >RST", State::closed},
    {"CLOSED", ">SYN <.1 >RST", State::syn_sent},
};
INSTANTIATE_TEST_SUITE_P(Figure5, EndStateOf, testing::ValuesIn(kFigure5));

TEST(EndState, IsUnknownUntilSomethingSaysIt) { EXPECT_FALSE(EndState().state()); }

TEST(EndState, BecomesEveryState) {
    for (int i = 0; i <= static_cast<int>(State::time_wait); ++i) {
        EndState end;
        end.become(static_cast<State>(i));
        EXPECT_EQ(end.state(), static_cast<State>(i));
    }
}

}  // namespace
}  // namespace earshot::trace
