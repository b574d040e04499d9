// Ladders of whole conversations: segments and facts in, rows out (the notation is in notation.h).
#include "trace/ladder.h"

#include <gtest/gtest.h>

#include "tests/trace/notation.h"

namespace earshot::trace {
namespace {

using notation::ladder_of;
using notation::tidy;

struct Case {
    const char* name;
    const char* in;
    const char* rows;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class LadderOf : public testing::TestWithParam<Case> {};

TEST_P(LadderOf, IsAsWritten) { EXPECT_EQ(ladder_of(GetParam().in), tidy(GetParam().rows)); }

std::string name_of_case(const testing::TestParamInfo<Case>& info) { return info.param.name; }

const Case kOpeningAndClosing[] = {
    {"SampleOfTheInterface", R"(
        self=c
        0      c SYN s=0 mss=1460
        +31.2  s SYN,ACK s=0 a=1 mss=1460
        +0.04  c ACK s=1 a=1
        +812   c PSH,ACK s=1 a=1 6B
        +204.3 c PSH,ACK s=1 a=1 6B
        +31.9  s ACK s=1 a=7
        +40    s FIN,ACK s=1 a=7
        +0.1   c ACK s=7 a=2
        +2400  c FIN,ACK s=7 a=2
        +31    s ACK s=2 a=8
    )",
     R"(
        ?      CLOSED       | # listening                             | (LISTEN)
        0      SYN-SENT     | > SYN s=0                               | (SYN-RECEIVED)
        +31.2  ESTABLISHED  | < SYN,ACK s=0 a=1                       | -
        +0.04  -            | > ACK s=1 a=1                           | (ESTABLISHED)
        +812   -            | > PSH,ACK s=1 a=1 6B                    | -
        +204.3 -            | > PSH,ACK s=1 a=1 6B retransmission#1   | -
        +31.9  -            | < ACK s=1 a=7                           | -
        +40    CLOSE-WAIT   | < FIN,ACK s=1 a=7                       | (FIN-WAIT-1)
        +0.1   -            | > ACK s=7 a=2                           | (FIN-WAIT-2)
        +2400  LAST-ACK     | > FIN,ACK s=7 a=2                       | (TIME-WAIT)
        +31    CLOSED       | < ACK s=2 a=8                           | -
    )"},
};
INSTANTIATE_TEST_SUITE_P(OpeningAndClosing, LadderOf, testing::ValuesIn(kOpeningAndClosing), name_of_case);

}  // namespace
}  // namespace earshot::trace
