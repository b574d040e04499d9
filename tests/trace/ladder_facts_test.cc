// Ladders from the kernel's facts alone, and of captures that facts complete.
#include <gtest/gtest.h>

#include "tests/trace/ladder_case.h"

namespace earshot::trace {
namespace {

const Case kFromTheKernel[] = {
    {"CallAndCloseHere", R"(
        self=c source=kernel
        0 ! started
        +31 ! established
        +5 ! sent 6
        +40 ! received 12
        +100 ! fin-sent
        +1 ! state FIN-WAIT-2
        +20 ! fin-received
        +1 ! state TIME-WAIT
        +60000 ! gone
    )",
     R"(
        ?      CLOSED      | # listening      | (LISTEN)
        0      SYN-SENT    | ~> SYN           | (SYN-RECEIVED)
        +31    ESTABLISHED | <~ SYN,ACK       | -
        ?      -           | ~> ACK           | (ESTABLISHED)
        +5     -           | ~> ACK 6B        | -
        +40    -           | <~ ACK 12B       | -
        +100   FIN-WAIT-1  | ~> FIN,ACK       | -
        ?      FIN-WAIT-2  | <~ ACK           | (CLOSE-WAIT)
        +21    TIME-WAIT   | <~ FIN,ACK       | (LAST-ACK)
        ?      -           | ~> ACK           | (CLOSED)
        +60001 CLOSED      | # time-wait-over | -
    )"},
    {"CallAndCloseThere", R"(
        self=c source=kernel
        0 ! started
        +1 ! established
        +5 ! received 6
        +9 ! fin-received
        +1 ! fin-sent
        +1 ! state LAST-ACK
        +30 ! gone
        +60001 tick
    )",
     R"(
        ?  CLOSED      | # listening      | (LISTEN)
        0  SYN-SENT    | ~> SYN           | (SYN-RECEIVED)
        +1 ESTABLISHED | <~ SYN,ACK       | -
        ?  -           | ~> ACK           | (ESTABLISHED)
        +5 -           | <~ ACK 6B        | -
        +9 CLOSE-WAIT  | <~ FIN,ACK       | (FIN-WAIT-1)
        +1 LAST-ACK    | ~> FIN,ACK       | -
        ?  CLOSED      | <~ ACK           | (TIME-WAIT)
        ?  -           | # time-wait-over | (CLOSED)
    )"},
    {"AnsweredWithASavedSyn", R"(
        self=s source=kernel
        ? ! saved SYN s=0 mss=1460 ws=7
        0 ! established
        +5 ! received 6
        +9 ! fin-received
        +1 ! fin-sent
        +30 ! gone
    )",
     R"(
        ?  (CLOSED)      | # listening | LISTEN
        ?  (SYN-SENT)    | ~> SYN s=0  | SYN-RECEIVED
        ?  (ESTABLISHED) | <~ SYN,ACK  | -
        0  -             | ~> ACK      | ESTABLISHED
        +5 -             | ~> ACK 6B   | -
        +9 (FIN-WAIT-1)  | ~> FIN,ACK  | CLOSE-WAIT
        +1 -             | <~ FIN,ACK  | LAST-ACK
        ?  (TIME-WAIT)   | ~> ACK      | CLOSED
    )"},
    {"AnsweredWithoutASavedSyn", R"(
        self=s source=kernel
        0 ! established
        +5 ! sent 6
        +1 finish
    )",
     R"(
        ?  (CLOSED)      | # listening | LISTEN
        ?  (SYN-SENT)    | ~> SYN      | SYN-RECEIVED
        ?  (ESTABLISHED) | <~ SYN,ACK  | -
        0  -             | ~> ACK      | ESTABLISHED
        +5 -             | <~ ACK 6B   | -
    )"},
    {"Refused", R"(
        self=c source=kernel
        0 ! started
        +1 ! refused
    )",
     R"(
        ?  CLOSED   | # listening | (CLOSED)
        0  SYN-SENT | ~> SYN      | -
        +1 CLOSED   | <~ RST,ACK  | -
    )"},
    {"TimedOut", R"(
        self=c source=kernel
        0 ! started
        +200 tick
        +3000 ! timed-out
        +1 finish
    )",
     R"(
        ?     CLOSED   | # listening | -
        0     SYN-SENT | ~> SYN      | -
        +3200 CLOSED   | # gave-up   | -
    )"},
    {"AnsweredLate", R"(
        self=c source=kernel
        0 ! started
        +200 tick
        +150 ! established
    )",
     R"(
        ?    CLOSED      | # listening | -
        0    SYN-SENT    | ~> SYN      | -
        +350 ESTABLISHED | <~ SYN,ACK  | -
        ?    -           | ~> ACK      | (ESTABLISHED)
    )"},
    {"ResetThere", R"(
        self=c source=kernel
        0 ! started
        +1 ! established
        +5 ! sent 6
        +5 ! reset-received
    )",
     R"(
        ?  CLOSED      | # listening | (LISTEN)
        0  SYN-SENT    | ~> SYN      | (SYN-RECEIVED)
        +1 ESTABLISHED | <~ SYN,ACK  | -
        ?  -           | ~> ACK      | (ESTABLISHED)
        +5 -           | ~> ACK 6B   | -
        +5 CLOSED      | <~ RST      | (CLOSED)
    )"},
    {"ResetHere", R"(
        self=s source=kernel
        0 ! established
        +5 ! received 6
        +5 ! reset-sent
    )",
     R"(
        ?  (CLOSED)      | # listening | LISTEN
        ?  (SYN-SENT)    | ~> SYN      | SYN-RECEIVED
        ?  (ESTABLISHED) | <~ SYN,ACK  | -
        0  -             | ~> ACK      | ESTABLISHED
        +5 -             | ~> ACK 6B   | -
        +5 (CLOSED)      | <~ RST      | CLOSED
    )"},
    {"Lost", R"(
        self=c source=kernel
        0 ! started
        +1 ! established
        +5 ! sent 6
        +900 ! account 3
        +900 ! account 3
        +5 ! lost
    )",
     R"(
        ?    CLOSED      | # listening | (LISTEN)
        0    SYN-SENT    | ~> SYN      | (SYN-RECEIVED)
        +1   ESTABLISHED | <~ SYN,ACK  | -
        ?    -           | ~> ACK      | (ESTABLISHED)
        +5   -           | ~> ACK 6B   | -
        +900 -           | # account   | -
        +905 CLOSED      | # gave-up   | -
    )"},
    {"WhichCloseItWasIsToldByTheState", R"(
        self=c source=kernel
        0 ! started
        +1 ! established
        +5 ! fin-sent
        +1 ! fin-received
        +1 ! state TIME-WAIT
        +1 finish
    )",
     R"(
        ?  CLOSED      | # listening          | (LISTEN)
        0  SYN-SENT    | ~> SYN               | (SYN-RECEIVED)
        +1 ESTABLISHED | <~ SYN,ACK           | -
        ?  -           | ~> ACK               | (ESTABLISHED)
        +5 FIN-WAIT-1  | ~> FIN,ACK           | -
        +1 -           | <~ FIN,ACK           | -
        ?  TIME-WAIT   | ~> ACK               | (CLOSED)
        +2 -           | # still-in-time-wait | -
    )"},
    {"FinReadFromTheStateFirst", R"(
        self=c source=kernel
        0 ! started
        +1 ! established
        +5 ! state CLOSE-WAIT
        +1 ! fin-received
        +1 ! fin-sent
        +1 ! state CLOSED
    )",
     R"(
        ?  CLOSED      | # listening | (LISTEN)
        0  SYN-SENT    | ~> SYN      | (SYN-RECEIVED)
        +1 ESTABLISHED | <~ SYN,ACK  | -
        ?  -           | ~> ACK      | (ESTABLISHED)
        ?  CLOSE-WAIT  | <~ FIN,ACK  | (FIN-WAIT-1)
        +7 LAST-ACK    | ~> FIN,ACK  | -
    )"},
    {"BulkIsFoldedWithoutACountOfSegments", R"(
        self=c source=kernel fold=2
        0 ! started
        +1 ! established
        +1 ! sent 1000
        +1 ! sent 1000
        +1 ! sent 1000
        +1 ! received 50
        +1 ! sent 1000
        +1 ! fin-sent
    )",
     R"(
        ?  CLOSED      | # listening            | (LISTEN)
        0  SYN-SENT    | ~> SYN                 | (SYN-RECEIVED)
        +1 ESTABLISHED | <~ SYN,ACK             | -
        ?  -           | ~> ACK                 | (ESTABLISHED)
        +1 -           | ~> ACK 1000B           | -
        +1 -           | ~> ACK 1000B           | -
        +3 -           | ~= c 0/2000/0 s 0/50/0 | -
        +1 FIN-WAIT-1  | ~> FIN,ACK             | -
    )"},
    {"NothingIsSaidTwice", R"(
        self=c source=kernel
        0 ! started
        +1 ! established
        +1 ! established
        +1 ! fin-sent
        +1 ! fin-sent
        +1 ! fin-received
        +1 ! fin-received
        +1 ! state TIME-WAIT
        +1 ! state TIME-WAIT
        +1 ! gone
        +1 ! gone
    )",
     R"(
        ?  CLOSED      | # listening      | (LISTEN)
        0  SYN-SENT    | ~> SYN           | (SYN-RECEIVED)
        +1 ESTABLISHED | <~ SYN,ACK       | -
        ?  -           | ~> ACK           | (ESTABLISHED)
        +2 FIN-WAIT-1  | ~> FIN,ACK       | -
        +2 -           | <~ FIN,ACK       | -
        ?  TIME-WAIT   | ~> ACK           | (CLOSED)
        +4 CLOSED      | # time-wait-over | -
    )"},
    {"FoundOpenHasNoHandshake", R"(
        self=c source=kernel
        500 ! found ESTABLISHED
        +10 ! received 6
        +10 ! fin-sent
        +1 ! state FIN-WAIT-2
        +20 ! fin-received
    )",
     R"(
        500 ESTABLISHED | # begins-in-the-middle | (ESTABLISHED)
        +10 -           | <~ ACK 6B              | -
        +10 FIN-WAIT-1  | ~> FIN,ACK             | -
        ?   FIN-WAIT-2  | <~ ACK                 | (CLOSE-WAIT)
        +21 TIME-WAIT   | <~ FIN,ACK             | (LAST-ACK)
    )"},
    {"FoundOpenAfterTheOtherHasFinished", R"(
        self=s source=kernel
        500 ! found CLOSE-WAIT
        +10 ! fin-received
        +10 ! sent 6
        +10 ! fin-sent
        +1 ! gone
    )",
     R"(
        500 (FIN-WAIT-2) | # begins-in-the-middle | CLOSE-WAIT
        +20 -            | <~ ACK 6B              | -
        +10 -            | <~ FIN,ACK             | LAST-ACK
        ?   (TIME-WAIT)  | ~> ACK                 | CLOSED
    )"},
    {"FoundOpenWhereTheKernelSaysNothing", R"(
        self=c source=kernel
        500 ! found CLOSED
        +10 ! received 6
        +10 ! reset-received
    )",
     R"(
        500 -      | # begins-in-the-middle | -
        +10 -      | <~ ACK 6B              | -
        +10 CLOSED | <~ RST                 | (CLOSED)
    )"},
    {"OpenedHereIsNotFoundOpen", R"(
        self=c source=kernel
        0 ! started
        +1 ! established
        +5 ! found ESTABLISHED
    )",
     R"(
        ?  CLOSED      | # listening | (LISTEN)
        0  SYN-SENT    | ~> SYN      | (SYN-RECEIVED)
        +1 ESTABLISHED | <~ SYN,ACK  | -
        ?  -           | ~> ACK      | (ESTABLISHED)
    )"},
};
INSTANTIATE_TEST_SUITE_P(FromTheKernel, LadderOf, testing::ValuesIn(kFromTheKernel), name_of_case);

const Case kBesideACapture[] = {
    {"FoundOpenIsToldOnceAndAtOnce", R"(
        self=s
        500 ! found ESTABLISHED
        +10 c PSH,ACK s=500 a=900 5B
        +1 s ACK s=900 a=505
        +1 finish
    )",
     R"(
        500 (ESTABLISHED) | # begins-in-the-middle | ESTABLISHED
        +10 -             | > PSH,ACK s=1 a=1 5B   | -
        +1  -             | < ACK s=1 a=6          | -
        +1  -             | # capture-ended        | -
    )"},
    {"FoundHalfClosedHereAndEnded", R"(
        self=c
        500 ! found FIN-WAIT-2
        +10 s PSH,ACK s=900 a=500 5B
        +1 c ACK s=500 a=905
        +1 s FIN,ACK s=905 a=500
        +1 c ACK s=500 a=906
    )",
     R"(
        500 FIN-WAIT-2 | # begins-in-the-middle | (CLOSE-WAIT)
        +10 -          | < PSH,ACK s=1 a=1 5B   | -
        +1  -          | > ACK s=1 a=6          | -
        +1  TIME-WAIT  | < FIN,ACK s=6 a=1      | (LAST-ACK)
        +1  -          | > ACK s=1 a=7          | (CLOSED)
    )"},
    {"FoundHalfClosedThereAndEnded", R"(
        self=s
        500 ! found CLOSE-WAIT
        +10 s PSH,ACK s=3900000000 a=500 5B
        +1 c ACK s=500 a=3900000005
        +1 s FIN,ACK s=3900000005 a=500
        +1 c ACK s=500 a=3900000006
    )",
     R"(
        500 (FIN-WAIT-2) | # begins-in-the-middle | CLOSE-WAIT
        +10 -            | < PSH,ACK s=1 a=1 5B   | -
        +1  -            | > ACK s=1 a=6          | -
        +1  (TIME-WAIT)  | < FIN,ACK s=6 a=1      | LAST-ACK
        +1  -            | > ACK s=1 a=7          | CLOSED
    )"},
    {"FoundWithAFinThatIsStillToLeave", R"(
        self=c
        500 ! found FIN-WAIT-1
        +1 s ACK s=900 a=500
        +1 c PSH,ACK s=500 a=900 5B
        +1 c FIN,ACK s=505 a=900
        +1 s ACK s=900 a=506
        +1 s FIN,ACK s=900 a=506
        +1 c ACK s=506 a=901
    )",
     R"(
        500 FIN-WAIT-1 | # begins-in-the-middle | (ESTABLISHED)
        +1  -          | < ACK s=1 a=1          | -
        +1  -          | > PSH,ACK s=1 a=1 5B   | -
        +1  -          | > FIN,ACK s=6 a=1      | (CLOSE-WAIT)
        +1  FIN-WAIT-2 | < ACK s=1 a=7          | -
        +1  TIME-WAIT  | < FIN,ACK s=1 a=7      | (LAST-ACK)
        +1  -          | > ACK s=7 a=2          | (CLOSED)
    )"},
    {"FoundWithAHandshakeThatWasSeen", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +0 c ACK s=1 a=1
        +5 ! found ESTABLISHED
    )",
     R"(
        ?  CLOSED      | # listening       | (LISTEN)
        0  SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +0 -           | > ACK s=1 a=1     | (ESTABLISHED)
    )"},
    {"FactsThatSegmentsShowDrawNothing", R"(
        self=c
        0 ! started
        +0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +0 c ACK s=1 a=1
        +0 ! established
        +1 c PSH,ACK s=1 a=1 5B
        +0 ! sent 5
        +1 s RST s=1
        +0 ! reset-received
    )",
     R"(
        ?  CLOSED      | # listening          | (LISTEN)
        0  SYN-SENT    | > SYN s=0            | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1    | -
        +0 -           | > ACK s=1 a=1        | (ESTABLISHED)
        +1 -           | > PSH,ACK s=1 a=1 5B | -
        +1 CLOSED      | < RST s=1            | (CLOSED)
    )"},
    {"AccountIsShownAtTheEnd", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +0 c ACK s=1 a=1
        +1 ! account 0
        +1 ! account 1
        +1 finish
    )",
     R"(
        ?  CLOSED      | # listening       | (LISTEN)
        0  SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +0 -           | > ACK s=1 a=1     | (ESTABLISHED)
        +2 -           | # account         | -
        +1 -           | # capture-ended   | -
    )"},
    {"GoneBeforeTheLastSegmentWasRead", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +0 c ACK s=1 a=1
        +1 c FIN,ACK s=1 a=1
        +1 ! gone
        +1 s FIN,ACK s=1 a=2
        +0 c ACK s=2 a=2
    )",
     R"(
        ?  CLOSED      | # listening       | (LISTEN)
        0  SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +0 -           | > ACK s=1 a=1     | (ESTABLISHED)
        +1 FIN-WAIT-1  | > FIN,ACK s=1 a=1 | -
        +2 TIME-WAIT   | < FIN,ACK s=1 a=2 | (LAST-ACK)
        +0 CLOSED      | # time-wait-over  | -
        +0 -           | > ACK s=2 a=2     | (CLOSED)
    )"},
    {"RefusedByARouter", R"(
        self=c
        0 c SYN s=0
        +5 ! refused
        +300 finish
    )",
     R"(
        ?    CLOSED   | # listening | -
        0    SYN-SENT | > SYN s=0   | -
        +305 CLOSED   | # gave-up 1 | -
    )"},
    {"ResetThatTheCaptureMissed", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +0 c ACK s=1 a=1
        +100 ! reset-received
        +999 tick
        +1 tick
    )",
     R"(
        ?    CLOSED      | # listening       | (LISTEN)
        0    SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1   ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +0   -           | > ACK s=1 a=1     | (ESTABLISHED)
        +100 CLOSED      | <~ RST            | (CLOSED)
    )"},
    {"LastAckThatTheCaptureMissed", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +0 c ACK s=1 a=1
        +9 s FIN,ACK s=1 a=1
        +1 c FIN,ACK s=1 a=2
        +100 ! gone
        +1000 tick
    )",
     R"(
        ?  CLOSED      | # listening       | (LISTEN)
        0  SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +0 -           | > ACK s=1 a=1     | (ESTABLISHED)
        +9 CLOSE-WAIT  | < FIN,ACK s=1 a=1 | (FIN-WAIT-1)
        +1 LAST-ACK    | > FIN,ACK s=1 a=2 | (FIN-WAIT-2)
        ?  CLOSED      | <~ ACK            | (TIME-WAIT)
    )"},
};
INSTANTIATE_TEST_SUITE_P(BesideACapture, LadderOf, testing::ValuesIn(kBesideACapture), name_of_case);

}  // namespace
}  // namespace earshot::trace
