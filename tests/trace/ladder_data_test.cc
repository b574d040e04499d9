// Ladders of data in trouble and in bulk: repetitions, windows, folds.
#include <gtest/gtest.h>

#include "tests/trace/ladder_case.h"

namespace earshot::trace {
namespace {

const Case kRepetition[] = {
    {"RetransmissionsAreCounted", R"(
        self=c
        0 c PSH,ACK s=1 a=1 5B
        +200 c PSH,ACK s=1 a=1 5B
        +400 c PSH,ACK s=1 a=1 5B
        +1 s ACK s=1 a=6
        +10 c PSH,ACK s=6 a=1 5B
        +200 c PSH,ACK s=6 a=1 5B
    )",
     R"(
        ?    -           | # begins-in-the-middle                | -
        0    ESTABLISHED | > PSH,ACK s=1 a=1 5B                  | (ESTABLISHED)
        +200 -           | > PSH,ACK s=1 a=1 5B retransmission#1 | -
        +400 -           | > PSH,ACK s=1 a=1 5B retransmission#2 | -
        +1   -           | < ACK s=1 a=6                         | -
        +10  -           | > PSH,ACK s=6 a=1 5B                  | -
        +200 -           | > PSH,ACK s=6 a=1 5B retransmission#1 | -
    )"},
    {"RetransmissionOfWhatWasAcknowledged", R"(
        self=s
        0 c PSH,ACK s=1 a=1 5B
        +1 s ACK s=1 a=6
        +200 c PSH,ACK s=1 a=1 5B
        +1 s ACK s=1 a=6
    )",
     R"(
        ?    -             | # begins-in-the-middle                | -
        0    (ESTABLISHED) | > PSH,ACK s=1 a=1 5B                  | ESTABLISHED
        +1   -             | < ACK s=1 a=6                         | -
        +200 -             | > PSH,ACK s=1 a=1 5B retransmission#1 | -
        +1   -             | < ACK s=1 a=6 duplicate-ack#1         | -
    )"},
    {"RetransmissionInOtherPieces", R"(
        self=c
        0 c ACK s=1 a=1 1000B
        +0 c ACK s=1001 a=1 1000B
        +300 c ACK s=1 a=1 500B
        +1 c ACK s=501 a=1 500B
        +300 c ACK s=1 a=1 2000B
    )",
     R"(
        ?    -           | # begins-in-the-middle                | -
        0    ESTABLISHED | > ACK s=1 a=1 1000B                   | (ESTABLISHED)
        +0   -           | > ACK s=1001 a=1 1000B                | -
        +300 -           | > ACK s=1 a=1 500B retransmission#1   | -
        +1   -           | > ACK s=501 a=1 500B retransmission#1 | -
        +300 -           | > ACK s=1 a=1 2000B retransmission#2  | -
    )"},
    {"FastRetransmissionAfterDuplicateAcks", R"(
        self=c fold=0
        0 c SYN s=0 ws=7
        +10 s SYN,ACK s=0 a=1 ws=7
        +0.1 c ACK s=1 a=1 w=500
        +1 c ACK s=1 a=1 1000B
        +0.1 c ACK s=1001 a=1 1000B
        +0.1 c ACK s=2001 a=1 1000B
        +0.1 c ACK s=3001 a=1 1000B
        +0.1 c ACK s=4001 a=1 1000B
        +10 s ACK s=1 a=1001 w=500
        +0.1 s ACK s=1 a=1001 w=500
        +0.1 s ACK s=1 a=1001 w=500
        +0.1 s ACK s=1 a=1001 w=500
        +0.1 c ACK s=1001 a=1 1000B
        +10 s ACK s=1 a=5001 w=500
    )",
     R"(
        ?    CLOSED      | # listening                                  | (LISTEN)
        0    SYN-SENT    | > SYN s=0                                    | (SYN-RECEIVED)
        +10  ESTABLISHED | < SYN,ACK s=0 a=1                            | -
        +0.1 -           | > ACK s=1 a=1                                | (ESTABLISHED)
        +1   -           | > ACK s=1 a=1 1000B                          | -
        +0.1 -           | > ACK s=1001 a=1 1000B                       | -
        +0.1 -           | > ACK s=2001 a=1 1000B                       | -
        +0.1 -           | > ACK s=3001 a=1 1000B                       | -
        +0.1 -           | > ACK s=4001 a=1 1000B                       | -
        +10  -           | < ACK s=1 a=1001                             | -
        +0.1 -           | < ACK s=1 a=1001 duplicate-ack#1             | -
        +0.1 -           | < ACK s=1 a=1001 duplicate-ack#2             | -
        +0.1 -           | < ACK s=1 a=1001 duplicate-ack#3             | -
        +0.1 -           | > ACK s=1001 a=1 1000B fast-retransmission#1 | -
        +10  -           | < ACK s=1 a=5001                             | -
    )"},
    {"OutOfOrder", R"(
        self=s fold=0
        0 c SYN s=0
        +10 s SYN,ACK s=0 a=1
        +10 c ACK s=1 a=1
        +1 c ACK s=1 a=1 1000B
        +0.1 c ACK s=2001 a=1 1000B
        +0.1 s ACK s=1 a=1001
        +0.1 c ACK s=1001 a=1 1000B
        +0.1 s ACK s=1 a=3001
    )",
     R"(
        ?    (CLOSED)      | # listening                         | LISTEN
        0    (SYN-SENT)    | > SYN s=0                           | SYN-RECEIVED
        +10  (ESTABLISHED) | < SYN,ACK s=0 a=1                   | -
        +10  -             | > ACK s=1 a=1                       | ESTABLISHED
        +1   -             | > ACK s=1 a=1 1000B                 | -
        +0.1 -             | > ACK s=2001 a=1 1000B lost-before  | -
        +0.1 -             | < ACK s=1 a=1001                    | -
        +0.1 -             | > ACK s=1001 a=1 1000B out-of-order | -
        +0.1 -             | < ACK s=1 a=3001                    | -
    )"},
    {"GapBeforeASegment", R"(
        self=s fold=0
        0 c ACK s=1 a=1 1000B
        +1 c ACK s=3001 a=1 1000B
        +1 s ACK s=1 a=1001
        +200 c ACK s=1001 a=1 2000B
        +1 s ACK s=1 a=4001
    )",
     R"(
        ?    -             | # begins-in-the-middle                  | -
        0    (ESTABLISHED) | > ACK s=1 a=1 1000B                     | ESTABLISHED
        +1   -             | > ACK s=3001 a=1 1000B lost-before      | -
        +1   -             | < ACK s=1 a=1001                        | -
        +200 -             | > ACK s=1001 a=1 2000B retransmission#1 | -
        +1   -             | < ACK s=1 a=4001                        | -
    )"},
    {"AckOfWhatWasNotCaptured", R"(
        self=- source=file
        0 c ACK s=1 a=1 1000B
        +1 s ACK s=1 a=3001
        +1 c ACK s=3001 a=1 1000B
    )",
     R"(
        ?  -             | # begins-in-the-middle             | -
        0  (ESTABLISHED) | > ACK s=1 a=1 1000B                | (ESTABLISHED)
        +1 -             | < ACK s=1 a=3001 lost-before       | -
        +1 -             | > ACK s=3001 a=1 1000B lost-before | -
    )"},
};
INSTANTIATE_TEST_SUITE_P(Repetition, LadderOf, testing::ValuesIn(kRepetition), name_of_case);

const Case kWindows[] = {
    {"ZeroWindowProbeAndUpdate", R"(
        self=s fold=0
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1 w=2000
        +1 c ACK s=1 a=1
        +1 c ACK s=1 a=1 1000B
        +0.1 c PSH,ACK s=1001 a=1 1000B
        +1 s ACK s=1 a=2001 w=0
        +300 c ACK s=2001 a=1 1B
        +0.1 s ACK s=1 a=2001 w=0
        +900 s ACK s=1 a=2001 w=2000
        +0.1 c PSH,ACK s=2001 a=1 500B
    )",
     R"(
        ?    (CLOSED)      | # listening                            | LISTEN
        0    (SYN-SENT)    | > SYN s=0                              | SYN-RECEIVED
        +1   (ESTABLISHED) | < SYN,ACK s=0 a=1                      | -
        +1   -             | > ACK s=1 a=1                          | ESTABLISHED
        +1   -             | > ACK s=1 a=1 1000B                    | -
        +0.1 -             | > PSH,ACK s=1001 a=1 1000B window-full | -
        +1   -             | < ACK s=1 a=2001 zero-window           | -
        +300 -             | > ACK s=2001 a=1 1B zero-window-probe  | -
        +0.1 -             | < ACK s=1 a=2001 zero-window           | -
        +900 -             | < ACK s=1 a=2001 window-update         | -
        +0.1 -             | > PSH,ACK s=2001 a=1 500B              | -
    )"},
    {"LinuxProbesWithAnOldNumber", R"(
        self=c
        0 c PSH,ACK s=1 a=1 1000B
        +1 s ACK s=1 a=1001 w=0
        +200 c ACK s=1000 a=1
        +0.1 s ACK s=1 a=1001 w=0
        +400 s ACK s=1 a=1001 w=1000
    )",
     R"(
        ?    -           | # begins-in-the-middle                       | -
        0    ESTABLISHED | > PSH,ACK s=1 a=1 1000B                      | (ESTABLISHED)
        +1   -           | < ACK s=1 a=1001 zero-window                 | -
        +200 -           | > ACK s=1000 a=1 keepalive zero-window-probe | -
        +0.1 -           | < ACK s=1 a=1001 zero-window                 | -
        +400 -           | < ACK s=1 a=1001 window-update               | -
    )"},
    {"KeepaliveAndItsAnswer", R"(
        self=c
        0 c PSH,ACK s=1 a=1 5B
        +1 s ACK s=1 a=6
        +15000 c ACK s=5 a=1
        +0.2 s ACK s=1 a=6
        +15000 c ACK s=5 a=1
        +15000 c ACK s=5 a=1
        +0.2 s RST s=1
    )",
     R"(
        ?      -           | # begins-in-the-middle      | -
        0      ESTABLISHED | > PSH,ACK s=1 a=1 5B        | (ESTABLISHED)
        +1     -           | < ACK s=1 a=6               | -
        +15000 -           | > ACK s=5 a=1 keepalive     | -
        +0.2   -           | < ACK s=1 a=6 keepalive-ack | -
        +15000 -           | > ACK s=5 a=1 keepalive     | -
        +15000 -           | > ACK s=5 a=1 keepalive     | -
        +0.2   CLOSED      | < RST s=1                   | (CLOSED)
    )"},
    {"ReopenedWindowIsDrawnInABulkTransfer", R"(
        self=c fold=1
        0 c ACK s=1 a=1 1000B
        +0.1 c ACK s=1001 a=1 1000B
        +0.1 c ACK s=2001 a=1 1000B
        +0.1 s ACK s=1 a=3001 w=0
        +50 s ACK s=1 a=3001 w=4000
        +0.1 c ACK s=3001 a=1 1000B
        +0.1 c ACK s=4001 a=1 1000B
        +1 tick
        +300 tick
    )",
     R"(
        ?    -           | # begins-in-the-middle         | -
        0    ESTABLISHED | > ACK s=1 a=1 1000B            | (ESTABLISHED)
        +0.1 -           | > ACK s=1001 a=1 1000B         | -
        +0.1 -           | > ACK s=2001 a=1 1000B         | -
        +0.1 -           | < ACK s=1 a=3001 zero-window   | -
        +50  -           | < ACK s=1 a=3001 window-update | -
        +0.2 -           | = c 2/2000/0 s 0/0/0           | -
    )"},
};
INSTANTIATE_TEST_SUITE_P(Windows, LadderOf, testing::ValuesIn(kWindows), name_of_case);

const Case kFolding[] = {
    {"BeginningIsDrawnAndTheRestCounted", R"(
        self=c fold=2
        0 s ACK s=1 a=1 1000B
        +0.1 c ACK s=1 a=1001
        +0.1 s ACK s=1001 a=1 1000B
        +0.1 c ACK s=1 a=2001
        +0.1 s ACK s=2001 a=1 1000B
        +0.1 s ACK s=3001 a=1 1000B
        +0.1 c ACK s=1 a=4001
        +0.1 c PSH,ACK s=1 a=4001 10B
        +0.1 s PSH,ACK s=4001 a=11 500B
        +1 s FIN,ACK s=4501 a=11
    )",
     R"(
        ?    -           | # begins-in-the-middle | -
        0    ESTABLISHED | < ACK s=1 a=1 1000B    | (ESTABLISHED)
        +0.1 -           | > ACK s=1 a=1001       | -
        +0.1 -           | < ACK s=1001 a=1 1000B | -
        +0.1 -           | > ACK s=1 a=2001       | -
        +0.1 -           | < ACK s=2001 a=1 1000B | -
        +0.4 -           | = c 1/10/1 s 2/1500/0  | -
        +1   CLOSE-WAIT  | < FIN,ACK s=4501 a=11  | (FIN-WAIT-1)
    )"},
    {"ASingleSegmentIsDrawnAsItself", R"(
        self=c fold=1
        0 s ACK s=1 a=1 1000B
        +0.1 s ACK s=1001 a=1 1000B
        +500 c ACK s=1 a=2001
    )",
     R"(
        ?    -           | # begins-in-the-middle | -
        0    ESTABLISHED | < ACK s=1 a=1 1000B    | (ESTABLISHED)
        +0.1 -           | < ACK s=1001 a=1 1000B | -
        +500 -           | > ACK s=1 a=2001       | -
    )"},
    {"TalkIsNeverFolded", R"(
        self=c fold=1
        0 c PSH,ACK s=1 a=1 5B
        +1 s ACK s=1 a=6
        +200 s PSH,ACK s=1 a=6 5B
        +1 c ACK s=6 a=6
        +200 c PSH,ACK s=6 a=6 5B
        +1 s ACK s=6 a=11
    )",
     R"(
        ?    -           | # begins-in-the-middle | -
        0    ESTABLISHED | > PSH,ACK s=1 a=1 5B | (ESTABLISHED)
        +1   -           | < ACK s=1 a=6        | -
        +200 -           | < PSH,ACK s=1 a=6 5B | -
        +1   -           | > ACK s=6 a=6        | -
        +200 -           | > PSH,ACK s=6 a=6 5B | -
        +1   -           | < ACK s=6 a=11       | -
    )"},
    {"TicksSettleAQuietFold", R"(
        self=c fold=1
        0 s ACK s=1 a=1 1000B
        +1 s ACK s=1001 a=1 1000B
        +1 s ACK s=2001 a=1 1000B
        +199 tick
        +1 tick
        +1 s ACK s=3001 a=1 1000B
    )",
     R"(
        ?    -           | # begins-in-the-middle | -
        0    ESTABLISHED | < ACK s=1 a=1 1000B    | (ESTABLISHED)
        +1   -           | < ACK s=1001 a=1 1000B | -
        +1   -           | < ACK s=2001 a=1 1000B | -
        +201 -           | < ACK s=3001 a=1 1000B | -
    )"},
    {"RunGoesOnAfterARetransmission", R"(
        self=c fold=1
        0 c ACK s=1 a=1 1000B
        +0.1 c ACK s=1001 a=1 1000B
        +0.1 c ACK s=2001 a=1 1000B
        +50 c ACK s=1 a=1 1000B
        +0.1 c ACK s=3001 a=1 1000B
        +0.1 c ACK s=4001 a=1 1000B
        +300 tick
    )",
     R"(
        ?    -           | # begins-in-the-middle               | -
        0    ESTABLISHED | > ACK s=1 a=1 1000B                  | (ESTABLISHED)
        +0.1 -           | > ACK s=1001 a=1 1000B               | -
        +0.1 -           | > ACK s=2001 a=1 1000B               | -
        +50  -           | > ACK s=1 a=1 1000B retransmission#1 | -
        +0.2 -           | = c 2/2000/0 s 0/0/0                 | -
    )"},
    {"ManyDuplicateAcksFoldAfterTheThird", R"(
        self=c fold=1
        0 c ACK s=1 a=1 1000B
        +0.1 s ACK s=1 a=1
        +0.1 s ACK s=1 a=1
        +0.1 s ACK s=1 a=1
        +0.1 s ACK s=1 a=1
        +0.1 c ACK s=1001 a=1 1000B
        +0.1 s ACK s=1 a=1
        +0.1 s ACK s=1 a=1
        +0.1 s ACK s=1 a=1
        +0.1 c ACK s=1 a=1 1000B
    )",
     R"(
        ?    -           | # begins-in-the-middle                    | -
        0    ESTABLISHED | > ACK s=1 a=1 1000B                       | (ESTABLISHED)
        +0.1 -           | < ACK s=1 a=1                             | -
        +0.1 -           | < ACK s=1 a=1 duplicate-ack#1             | -
        +0.1 -           | < ACK s=1 a=1 duplicate-ack#2             | -
        +0.1 -           | < ACK s=1 a=1 duplicate-ack#3             | -
        +0.1 -           | > ACK s=1001 a=1 1000B                    | -
        +0.3 -           | = c 0/0/0 s 0/0/3                         | -
        +0.1 -           | > ACK s=1 a=1 1000B fast-retransmission#1 | -
    )"},
    {"DropsAreToldAfterTheFold", R"(
        self=c fold=1
        0 s ACK s=1 a=1 1000B
        +0.1 s ACK s=1001 a=1 1000B
        +0.1 s ACK s=2001 a=1 1000B
        +0.1 drop 7
        +0.1 s ACK s=9001 a=1 1000B
        +0.1 drop 2
        +0.1 s ACK s=19001 a=1 1000B
        +300 tick
    )",
     R"(
        ?    -           | # begins-in-the-middle | -
        0    ESTABLISHED | < ACK s=1 a=1 1000B    | (ESTABLISHED)
        +0.1 -           | < ACK s=1001 a=1 1000B | -
        +0.5 -           | = c 0/0/0 s 3/3000/0   | -
        +300 -           | # capture-dropped 9    | -
    )"},
    {"FoldZeroNeverFolds", R"(
        self=c fold=0
        0 s ACK s=1 a=1 1000B
        +0.1 s ACK s=1001 a=1 1000B
        +0.1 s ACK s=2001 a=1 1000B
    )",
     R"(
        ?    -           | # begins-in-the-middle | -
        0    ESTABLISHED | < ACK s=1 a=1 1000B    | (ESTABLISHED)
        +0.1 -           | < ACK s=1001 a=1 1000B | -
        +0.1 -           | < ACK s=2001 a=1 1000B | -
    )"},
};
INSTANTIATE_TEST_SUITE_P(Folding, LadderOf, testing::ValuesIn(kFolding), name_of_case);

}  // namespace
}  // namespace earshot::trace
