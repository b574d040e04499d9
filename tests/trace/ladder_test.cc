// Ladders of openings and closings: segments in, rows out (the notation is in notation.h).
#include <gtest/gtest.h>

#include "tests/trace/ladder_case.h"

namespace earshot::trace {
namespace {

TEST_P(LadderOf, IsAsWritten) { EXPECT_EQ(notation::ladder_of(GetParam().in), notation::tidy(GetParam().rows)); }

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
        ?      CLOSED      | # listening                           | (LISTEN)
        0      SYN-SENT    | > SYN s=0                             | (SYN-RECEIVED)
        +31.2  ESTABLISHED | < SYN,ACK s=0 a=1                     | -
        +0.04  -           | > ACK s=1 a=1                         | (ESTABLISHED)
        +812   -           | > PSH,ACK s=1 a=1 6B                  | -
        +204.3 -           | > PSH,ACK s=1 a=1 6B retransmission#1 | -
        +31.9  -           | < ACK s=1 a=7                         | -
        +40    CLOSE-WAIT  | < FIN,ACK s=1 a=7                     | (FIN-WAIT-1)
        +0.1   -           | > ACK s=7 a=2                         | (FIN-WAIT-2)
        +2400  LAST-ACK    | > FIN,ACK s=7 a=2                     | (TIME-WAIT)
        +31    CLOSED      | < ACK s=2 a=8                         | -
    )"},
    {"ClosedHere", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +9 c FIN,ACK s=1 a=1
        +1 s ACK s=1 a=2
        +5 s FIN,ACK s=1 a=2
        +1 c ACK s=2 a=2
        +1 finish
    )",
     R"(
        ?  CLOSED      | # listening          | (LISTEN)
        0  SYN-SENT    | > SYN s=0            | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1    | -
        +1 -           | > ACK s=1 a=1        | (ESTABLISHED)
        +9 FIN-WAIT-1  | > FIN,ACK s=1 a=1    | (CLOSE-WAIT)
        +1 FIN-WAIT-2  | < ACK s=1 a=2        | -
        +5 TIME-WAIT   | < FIN,ACK s=1 a=2    | (LAST-ACK)
        +1 -           | > ACK s=2 a=2        | (CLOSED)
        +1 -           | # still-in-time-wait | -
    )"},
    {"ClosedThereWithThreeSegments", R"(
        self=s
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +9 c FIN,ACK s=1 a=1
        +1 s FIN,ACK s=1 a=2
        +1 c ACK s=2 a=2
    )",
     R"(
        ?  (CLOSED)      | # listening       | LISTEN
        0  (SYN-SENT)    | > SYN s=0         | SYN-RECEIVED
        +1 (ESTABLISHED) | < SYN,ACK s=0 a=1 | -
        +1 -             | > ACK s=1 a=1     | ESTABLISHED
        +9 (FIN-WAIT-1)  | > FIN,ACK s=1 a=1 | CLOSE-WAIT
        +1 (TIME-WAIT)   | < FIN,ACK s=1 a=2 | LAST-ACK
        +1 -             | > ACK s=2 a=2     | CLOSED
    )"},
    {"BothEndsInferredFromAFile", R"(
        self=- source=file
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +9 s FIN,ACK s=1 a=1
        +1 c ACK s=1 a=2
        +5 c FIN,ACK s=1 a=2
        +1 s ACK s=2 a=2
        +1 finish
    )",
     R"(
        ?  (CLOSED)      | # listening          | (LISTEN)
        0  (SYN-SENT)    | > SYN s=0            | (SYN-RECEIVED)
        +1 (ESTABLISHED) | < SYN,ACK s=0 a=1    | -
        +1 -             | > ACK s=1 a=1        | (ESTABLISHED)
        +9 (CLOSE-WAIT)  | < FIN,ACK s=1 a=1    | (FIN-WAIT-1)
        +1 -             | > ACK s=1 a=2        | (FIN-WAIT-2)
        +5 (LAST-ACK)    | > FIN,ACK s=1 a=2    | (TIME-WAIT)
        +1 (CLOSED)      | < ACK s=2 a=2        | -
        +1 -             | # time-wait-goes-on | -
    )"},
    {"DataAfterTheHalfClose", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +9 c FIN,ACK s=1 a=1
        +1 s ACK s=1 a=2
        +5 s PSH,ACK s=1 a=2 10B
        +1 c ACK s=2 a=11
        +5 s FIN,ACK s=11 a=2
        +1 c ACK s=2 a=12
    )",
     R"(
        ?  CLOSED      | # listening           | (LISTEN)
        0  SYN-SENT    | > SYN s=0             | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1     | -
        +1 -           | > ACK s=1 a=1         | (ESTABLISHED)
        +9 FIN-WAIT-1  | > FIN,ACK s=1 a=1     | (CLOSE-WAIT)
        +1 FIN-WAIT-2  | < ACK s=1 a=2         | -
        +5 -           | < PSH,ACK s=1 a=2 10B | -
        +1 -           | > ACK s=2 a=11        | -
        +5 TIME-WAIT   | < FIN,ACK s=11 a=2    | (LAST-ACK)
        +1 -           | > ACK s=2 a=12        | (CLOSED)
    )"},
    {"SimultaneousOpen", R"(
        self=c
        0 c SYN s=0
        +30 s SYN s=0
        +0.1 c SYN,ACK s=0 a=1
        +30 s SYN,ACK s=0 a=1
        +0.1 c ACK s=1 a=1 w=64000
    )",
     R"(
        ?    CLOSED       | # listening                        | (CLOSED)
        0    SYN-SENT     | > SYN s=0                          | -
        +30  SYN-RECEIVED | < SYN s=0 simultaneous-open        | (SYN-SENT)
        +0.1 -            | > SYN,ACK s=0 a=1 retransmission#1 | (ESTABLISHED)
        +30  ESTABLISHED  | < SYN,ACK s=0 a=1 retransmission#1 | -
        +0.1 -            | > ACK s=1 a=1 window-update        | -
    )"},
    {"SimultaneousClose", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +500 c FIN,ACK s=1 a=1
        +1 s FIN,ACK s=1 a=1
        +1 c ACK s=2 a=2
        +1 s ACK s=2 a=2
    )",
     R"(
        ?    CLOSED      | # listening                          | (LISTEN)
        0    SYN-SENT    | > SYN s=0                            | (SYN-RECEIVED)
        +1   ESTABLISHED | < SYN,ACK s=0 a=1                    | -
        +1   -           | > ACK s=1 a=1                        | (ESTABLISHED)
        +500 FIN-WAIT-1  | > FIN,ACK s=1 a=1                    | -
        +1   CLOSING     | < FIN,ACK s=1 a=1 simultaneous-close | (FIN-WAIT-1)
        +1   -           | > ACK s=2 a=2                        | (TIME-WAIT)
        +1   TIME-WAIT   | < ACK s=2 a=2                        | -
    )"},
    {"FinIsLostAndSentAgain", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +500 c FIN,ACK s=1 a=1
        +210 c FIN,ACK s=1 a=1
        +1 s ACK s=1 a=2
    )",
     R"(
        ?    CLOSED      | # listening                        | (LISTEN)
        0    SYN-SENT    | > SYN s=0                          | (SYN-RECEIVED)
        +1   ESTABLISHED | < SYN,ACK s=0 a=1                  | -
        +1   -           | > ACK s=1 a=1                      | (ESTABLISHED)
        +500 FIN-WAIT-1  | > FIN,ACK s=1 a=1                  | -
        +210 -           | > FIN,ACK s=1 a=1 retransmission#1 | (CLOSE-WAIT)
        +1   FIN-WAIT-2  | < ACK s=1 a=2                      | -
    )"},
    {"LastAckIsLost", R"(
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +500 c FIN,ACK s=1 a=1
        +1 s FIN,ACK s=1 a=2
        +1 c ACK s=2 a=2
        +400 s FIN,ACK s=1 a=2
        +1 c ACK s=2 a=2
        +59900 tick
        +200 tick
    )",
     R"(
        ?    (CLOSED)      | # listening                        | (LISTEN)
        0    (SYN-SENT)    | > SYN s=0                          | (SYN-RECEIVED)
        +1   (ESTABLISHED) | < SYN,ACK s=0 a=1                  | -
        +1   -             | > ACK s=1 a=1                      | (ESTABLISHED)
        +500 (FIN-WAIT-1)  | > FIN,ACK s=1 a=1                  | (CLOSE-WAIT)
        +1   (TIME-WAIT)   | < FIN,ACK s=1 a=2                  | (LAST-ACK)
        +1   -             | > ACK s=2 a=2                      | (CLOSED)
        +400 -             | < FIN,ACK s=1 a=2 retransmission#1 | (LAST-ACK)
        +1   -             | > ACK s=2 a=2 duplicate-ack#1      | (CLOSED)
        ?    (CLOSED)      | # time-wait-over                   | -
    )"},
    {"TimeWaitIsOverWhenTheKernelSaysSo", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +5 c FIN,ACK s=1 a=1
        +1 s FIN,ACK s=1 a=2
        +1 c ACK s=2 a=2
        +1 ! state TIME-WAIT
        +60000 ! gone
    )",
     R"(
        ?      CLOSED      | # listening       | (LISTEN)
        0      SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1     ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +1     -           | > ACK s=1 a=1     | (ESTABLISHED)
        +5     FIN-WAIT-1  | > FIN,ACK s=1 a=1 | (CLOSE-WAIT)
        +1     TIME-WAIT   | < FIN,ACK s=1 a=2 | (LAST-ACK)
        +1     -           | > ACK s=2 a=2     | (CLOSED)
        +60001 CLOSED      | # time-wait-over  | -
    )"},
    {"TimeWaitOfTheOtherEndIsOverAfterAMinute", R"(
        self=s
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +5 c FIN,ACK s=1 a=1
        +1 s FIN,ACK s=1 a=2
        +1 c ACK s=2 a=2
        +59000 tick
        +1001 tick
    )",
     R"(
        ?  (CLOSED)      | # listening       | LISTEN
        0  (SYN-SENT)    | > SYN s=0         | SYN-RECEIVED
        +1 (ESTABLISHED) | < SYN,ACK s=0 a=1 | -
        +1 -             | > ACK s=1 a=1     | ESTABLISHED
        +5 (FIN-WAIT-1)  | > FIN,ACK s=1 a=1 | CLOSE-WAIT
        +1 (TIME-WAIT)   | < FIN,ACK s=1 a=2 | LAST-ACK
        +1 -             | > ACK s=2 a=2     | CLOSED
        ?  (CLOSED)      | # time-wait-over  | -
    )"},
    {"SynTakesATimeWaitOver", R"(
        self=s
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +5 s FIN,ACK s=1 a=1
        +1 c FIN,ACK s=1 a=2
        +1 s ACK s=2 a=2
        +2000 c SYN s=700000
        +1 s SYN,ACK s=900000 a=700001
        +1 c ACK s=700001 a=900001
    )",
     R"(
        ?     (CLOSED)      | # listening       | LISTEN
        0     (SYN-SENT)    | > SYN s=0         | SYN-RECEIVED
        +1    (ESTABLISHED) | < SYN,ACK s=0 a=1 | -
        +1    -             | > ACK s=1 a=1     | ESTABLISHED
        +5    (CLOSE-WAIT)  | < FIN,ACK s=1 a=1 | FIN-WAIT-1
        +1    (LAST-ACK)    | > FIN,ACK s=1 a=2 | TIME-WAIT
        +1    (CLOSED)      | < ACK s=2 a=2     | -
        +2000 (SYN-SENT)    | > SYN s=0         | SYN-RECEIVED
        +1    (ESTABLISHED) | < SYN,ACK s=0 a=1 | -
        +1    -             | > ACK s=1 a=1     | ESTABLISHED
    )"},
    {"AnsweredLaterThanRowsAreHeld", R"(
        self=c
        0 c SYN s=0
        +199 tick
        +1 tick
        +150 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
    )",
     R"(
        ?    CLOSED      | # listening       | -
        0    SYN-SENT    | > SYN s=0         | -
        +350 ESTABLISHED | < SYN,ACK s=0 a=1 | (SYN-RECEIVED)
        +1   -           | > ACK s=1 a=1     | (ESTABLISHED)
    )"},
    {"SynSentTwice", R"(
        self=c
        0 c SYN s=0
        +1000 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
    )",
     R"(
        ?     CLOSED      | # listening                | -
        0     SYN-SENT    | > SYN s=0                  | -
        +1000 -           | > SYN s=0 retransmission#1 | (SYN-RECEIVED)
        +1    ESTABLISHED | < SYN,ACK s=0 a=1          | -
        +1    -           | > ACK s=1 a=1              | (ESTABLISHED)
    )"},
    {"SynAckSentTwice", R"(
        self=s
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1000 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
    )",
     R"(
        ?     (CLOSED)      | # listening                        | LISTEN
        0     (SYN-SENT)    | > SYN s=0                          | SYN-RECEIVED
        +1    (ESTABLISHED) | < SYN,ACK s=0 a=1                  | -
        +1000 -             | < SYN,ACK s=0 a=1 retransmission#1 | -
        +1    -             | > ACK s=1 a=1                      | ESTABLISHED
    )"},
    {"OpenedWithData", R"(
        self=c
        0 c SYN s=0 10B
        +1 s SYN,ACK s=0 a=11
        +1 c ACK s=11 a=1
    )",
     R"(
        ?  CLOSED      | # listening        | (LISTEN)
        0  SYN-SENT    | > SYN s=0 10B      | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=11 | -
        +1 -           | > ACK s=11 a=1     | (ESTABLISHED)
    )"},
    {"RelativeNumbersAcrossTheWrap", R"(
        self=c isn=4294967290/4294967295
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 c PSH,ACK s=1 a=1 100B
        +1 s PSH,ACK s=1 a=101 50B
        +1 c ACK s=101 a=51
        +900 c PSH,ACK s=1 a=51 100B
        +1 s ACK s=51 a=101
        +1 c FIN,ACK s=101 a=51
        +1 s FIN,ACK s=51 a=102
        +1 c ACK s=102 a=52
    )",
     R"(
        ?    CLOSED      | # listening                              | (LISTEN)
        0    SYN-SENT    | > SYN s=0                                | (SYN-RECEIVED)
        +1   ESTABLISHED | < SYN,ACK s=0 a=1                        | -
        +1   -           | > ACK s=1 a=1                            | (ESTABLISHED)
        +1   -           | > PSH,ACK s=1 a=1 100B                   | -
        +1   -           | < PSH,ACK s=1 a=101 50B                  | -
        +1   -           | > ACK s=101 a=51                         | -
        +900 -           | > PSH,ACK s=1 a=51 100B retransmission#1 | -
        +1   -           | < ACK s=51 a=101 duplicate-ack#1         | -
        +1   FIN-WAIT-1  | > FIN,ACK s=101 a=51                     | (CLOSE-WAIT)
        +1   TIME-WAIT   | < FIN,ACK s=51 a=102                     | (LAST-ACK)
        +1   -           | > ACK s=102 a=52                         | (CLOSED)
    )"},
};
INSTANTIATE_TEST_SUITE_P(OpeningAndClosing, LadderOf, testing::ValuesIn(kOpeningAndClosing), name_of_case);

}  // namespace
}  // namespace earshot::trace
