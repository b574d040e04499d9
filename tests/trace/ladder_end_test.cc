// Ladders of conversations that are reset, not answered, or seen only in part.
#include <gtest/gtest.h>

#include "tests/trace/ladder_case.h"

namespace earshot::trace {
namespace {

const Case kEndedByReset[] = {
    {"Refused", R"(
        self=c
        0 c SYN s=0
        +1 s RST,ACK a=1
    )",
     R"(
        ?  CLOSED   | # listening       | (CLOSED)
        0  SYN-SENT | > SYN s=0         | -
        +1 CLOSED   | < RST,ACK s=1 a=1 | -
    )"},
    {"RefusedWhenAskedAgain", R"(
        self=c
        0 c SYN s=0
        +1000 c SYN s=0
        +1 s RST,ACK a=1
    )",
     R"(
        ?     CLOSED   | # listening                | -
        0     SYN-SENT | > SYN s=0                  | -
        +1000 -        | > SYN s=0 retransmission#1 | -
        +1    CLOSED   | < RST,ACK s=1 a=1          | (CLOSED)
    )"},
    {"ResetByTheOtherEnd", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 c PSH,ACK s=1 a=1 5B
        +1 s RST,ACK s=1 a=1
        +1 c PSH,ACK s=6 a=1 5B
        +1 s RST s=1
    )",
     R"(
        ?  CLOSED      | # listening          | (LISTEN)
        0  SYN-SENT    | > SYN s=0            | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1    | -
        +1 -           | > ACK s=1 a=1        | (ESTABLISHED)
        +1 -           | > PSH,ACK s=1 a=1 5B | -
        +1 CLOSED      | < RST,ACK s=1 a=1    | (CLOSED)
        +1 -           | > PSH,ACK s=6 a=1 5B | -
        +1 -           | < RST s=1            | -
    )"},
    {"ResetByThisEnd", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 s PSH,ACK s=1 a=1 5B
        +1 c RST s=1
        +1 c PSH,ACK s=1 a=1 5B
    )",
     R"(
        ?  CLOSED      | # listening                     | (LISTEN)
        0  SYN-SENT    | > SYN s=0                       | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1               | -
        +1 -           | > ACK s=1 a=1                   | (ESTABLISHED)
        +1 -           | < PSH,ACK s=1 a=1 5B            | -
        +1 CLOSED      | > RST s=1                       | (CLOSED)
        +1 -           | > PSH,ACK s=1 a=1 5B unexpected | -
    )"},
    {"ResetInSynReceived", R"(
        self=s
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c RST s=1
    )",
     R"(
        ?  (CLOSED)      | # listening       | LISTEN
        0  (SYN-SENT)    | > SYN s=0         | SYN-RECEIVED
        +1 (ESTABLISHED) | < SYN,ACK s=0 a=1 | -
        +1 (CLOSED)      | > RST s=1         | CLOSED
    )"},
    {"ResetInFinWait1", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 c FIN,ACK s=1 a=1
        +1 s RST s=1
    )",
     R"(
        ?  CLOSED      | # listening       | (LISTEN)
        0  SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +1 -           | > ACK s=1 a=1     | (ESTABLISHED)
        +1 FIN-WAIT-1  | > FIN,ACK s=1 a=1 | -
        +1 CLOSED      | < RST s=1         | (CLOSED)
    )"},
    {"ResetInFinWait2", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 c FIN,ACK s=1 a=1
        +1 s ACK s=1 a=2
        +1 s RST,ACK s=1 a=2
    )",
     R"(
        ?  CLOSED      | # listening       | (LISTEN)
        0  SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +1 -           | > ACK s=1 a=1     | (ESTABLISHED)
        +1 FIN-WAIT-1  | > FIN,ACK s=1 a=1 | (CLOSE-WAIT)
        +1 FIN-WAIT-2  | < ACK s=1 a=2     | -
        +1 CLOSED      | < RST,ACK s=1 a=2 | (CLOSED)
    )"},
    {"ResetInCloseWait", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 s FIN,ACK s=1 a=1
        +1 c ACK s=1 a=2
        +9 c PSH,ACK s=1 a=2 3B
        +1 s RST s=2
    )",
     R"(
        ?  CLOSED      | # listening          | (LISTEN)
        0  SYN-SENT    | > SYN s=0            | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1    | -
        +1 -           | > ACK s=1 a=1        | (ESTABLISHED)
        +1 CLOSE-WAIT  | < FIN,ACK s=1 a=1    | (FIN-WAIT-1)
        +1 -           | > ACK s=1 a=2        | (FIN-WAIT-2)
        +9 -           | > PSH,ACK s=1 a=2 3B | -
        +1 CLOSED      | < RST s=2            | (CLOSED)
    )"},
    {"ResetInLastAck", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 s FIN,ACK s=1 a=1
        +1 c FIN,ACK s=1 a=2
        +1 s RST s=2
    )",
     R"(
        ?  CLOSED      | # listening       | (LISTEN)
        0  SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +1 -           | > ACK s=1 a=1     | (ESTABLISHED)
        +1 CLOSE-WAIT  | < FIN,ACK s=1 a=1 | (FIN-WAIT-1)
        +1 LAST-ACK    | > FIN,ACK s=1 a=2 | (FIN-WAIT-2)
        +1 CLOSED      | < RST s=2         | (CLOSED)
    )"},
    {"ResetInClosing", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +500 c FIN,ACK s=1 a=1
        +1 s FIN,ACK s=1 a=1
        +1 s RST s=2
    )",
     R"(
        ?    CLOSED      | # listening                          | (LISTEN)
        0    SYN-SENT    | > SYN s=0                            | (SYN-RECEIVED)
        +1   ESTABLISHED | < SYN,ACK s=0 a=1                    | -
        +1   -           | > ACK s=1 a=1                        | (ESTABLISHED)
        +500 FIN-WAIT-1  | > FIN,ACK s=1 a=1                    | -
        +1   CLOSING     | < FIN,ACK s=1 a=1 simultaneous-close | (FIN-WAIT-1)
        +1   CLOSED      | < RST s=2                            | (CLOSED)
    )"},
    {"ResetInTimeWait", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 c FIN,ACK s=1 a=1
        +1 s FIN,ACK s=1 a=2
        +1 c ACK s=2 a=2
        +9 s RST s=2
    )",
     R"(
        ?  CLOSED      | # listening       | (LISTEN)
        0  SYN-SENT    | > SYN s=0         | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1 | -
        +1 -           | > ACK s=1 a=1     | (ESTABLISHED)
        +1 FIN-WAIT-1  | > FIN,ACK s=1 a=1 | (CLOSE-WAIT)
        +1 TIME-WAIT   | < FIN,ACK s=1 a=2 | (LAST-ACK)
        +1 -           | > ACK s=2 a=2     | (CLOSED)
        +9 CLOSED      | < RST s=2         | -
    )"},
    {"BlindResetIsChallenged", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +500 s RST s=20000
        +0.1 c ACK s=1 a=1
        +50 s PSH,ACK s=1 a=1 2B
    )",
     R"(
        ?    CLOSED      | # listening                   | (LISTEN)
        0    SYN-SENT    | > SYN s=0                     | (SYN-RECEIVED)
        +1   ESTABLISHED | < SYN,ACK s=0 a=1             | -
        +1   -           | > ACK s=1 a=1                 | (ESTABLISHED)
        +500 -           | < RST s=20000 unexpected      | -
        +0.1 -           | > ACK s=1 a=1 duplicate-ack#1 | -
        +50  -           | < PSH,ACK s=1 a=1 2B          | -
    )"},
    {"SynInAnOpenConversationIsChallenged", R"(
        self=s
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +50000 c SYN s=800000
        +0.1 s ACK s=1 a=1
        +1 c RST s=1
        +1000 c SYN s=800000
        +1 s SYN,ACK s=900000 a=800001
        +1 c ACK s=800001 a=900001
    )",
     R"(
        ?      (CLOSED)      | # listening                | LISTEN
        0      (SYN-SENT)    | > SYN s=0                  | SYN-RECEIVED
        +1     (ESTABLISHED) | < SYN,ACK s=0 a=1          | -
        +1     -             | > ACK s=1 a=1              | ESTABLISHED
        +50000 (SYN-SENT)    | > SYN s=0 unexpected       | -
        +0.1   -             | < ACK s=1 a=4294167297     | -
        +1     -             | > RST s=4294167297         | CLOSED
        +1000  -             | > SYN s=0 retransmission#1 | SYN-RECEIVED
        +1     (ESTABLISHED) | < SYN,ACK s=0 a=1          | -
        +1     -             | > ACK s=1 a=1              | ESTABLISHED
    )"},
};
INSTANTIATE_TEST_SUITE_P(EndedByReset, LadderOf, testing::ValuesIn(kEndedByReset), name_of_case);

const Case kWithoutAnAnswer[] = {
    {"SynTimesOut", R"(
        self=c
        0 c SYN s=0
        +1000 c SYN s=0
        +2000 c SYN s=0
        +4000 ! timed-out
        +1 finish
    )",
     R"(
        ?     CLOSED   | # listening                | -
        0     SYN-SENT | > SYN s=0                  | -
        +1000 -        | > SYN s=0 retransmission#1 | -
        +2000 -        | > SYN s=0 retransmission#2 | -
        +4000 CLOSED   | # gave-up 3                | -
    )"},
    {"SynTimesOutInAFile", R"(
        self=- source=file
        0 c SYN s=0
        +1000 c SYN s=0
        +2000 c SYN s=0
        +4000 finish
    )",
     R"(
        ?     (CLOSED)   | # listening                | -
        0     (SYN-SENT) | > SYN s=0                  | -
        +1000 -          | > SYN s=0 retransmission#1 | -
        +2000 -          | > SYN s=0 retransmission#2 | -
        +4000 -          | # capture-ended            | -
    )"},
    {"PeerIsGone", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 c PSH,ACK s=1 a=1 5B
        +200 c PSH,ACK s=1 a=1 5B
        +400 c PSH,ACK s=1 a=1 5B
        +800 ! lost
    )",
     R"(
        ?    CLOSED      | # listening                           | (LISTEN)
        0    SYN-SENT    | > SYN s=0                             | (SYN-RECEIVED)
        +1   ESTABLISHED | < SYN,ACK s=0 a=1                     | -
        +1   -           | > ACK s=1 a=1                         | (ESTABLISHED)
        +1   -           | > PSH,ACK s=1 a=1 5B                  | -
        +200 -           | > PSH,ACK s=1 a=1 5B retransmission#1 | -
        +400 -           | > PSH,ACK s=1 a=1 5B retransmission#2 | -
        +800 CLOSED      | # gave-up                             | -
    )"},
};
INSTANTIATE_TEST_SUITE_P(WithoutAnAnswer, LadderOf, testing::ValuesIn(kWithoutAnAnswer), name_of_case);

const Case kSeenInPart[] = {
    {"BegunInTheMiddle", R"(
        self=- source=file
        0 c PSH,ACK s=500 a=900 10B
        +1 s ACK s=900 a=510
        +1 s PSH,ACK s=900 a=510 20B
        +1 c ACK s=510 a=920
        +1 c FIN,ACK s=510 a=920
        +1 s FIN,ACK s=920 a=511
        +1 c ACK s=511 a=921
    )",
     R"(
        ?  -             | # begins-in-the-middle | -
        0  (ESTABLISHED) | > PSH,ACK s=1 a=1 10B  | (ESTABLISHED)
        +1 -             | < ACK s=1 a=11         | -
        +1 -             | < PSH,ACK s=1 a=11 20B | -
        +1 -             | > ACK s=11 a=21        | -
        +1 (FIN-WAIT-1)  | > FIN,ACK s=11 a=21    | (CLOSE-WAIT)
        +1 (TIME-WAIT)   | < FIN,ACK s=21 a=12    | (LAST-ACK)
        +1 -             | > ACK s=12 a=22        | (CLOSED)
    )"},
    {"BegunWithTheSynAck", R"(
        self=s
        0 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
    )",
     R"(
        0  (ESTABLISHED) | < SYN,ACK s=0 a=1 | SYN-RECEIVED
        +1 -             | > ACK s=1 a=1     | ESTABLISHED
    )"},
    {"BegunWithTheEnd", R"(
        self=c
        0 s FIN,ACK s=900 a=500
        +1 c FIN,ACK s=500 a=901
        +1 s ACK s=901 a=501
    )",
     R"(
        ?  -          | # begins-in-the-middle | -
        0  CLOSE-WAIT | < FIN,ACK s=1 a=1      | (FIN-WAIT-1)
        +1 LAST-ACK   | > FIN,ACK s=1 a=2      | (TIME-WAIT)
        +1 CLOSED     | < ACK s=2 a=2          | -
    )"},
    {"BegunWithAReset", R"(
        self=c
        0 s RST s=900
    )",
     R"(
        ? -      | # begins-in-the-middle | -
        0 CLOSED | < RST s=1              | (CLOSED)
    )"},
    {"SynAckNotCaptured", R"(
        self=- source=file
        0 c SYN s=0
        +1 c ACK s=1 a=1
        +1 c PSH,ACK s=1 a=1 5B
    )",
     R"(
        ?  (CLOSED)      | # listening          | (LISTEN)
        0  (SYN-SENT)    | > SYN s=0            | (SYN-RECEIVED)
        +1 (ESTABLISHED) | > ACK s=1 a=1        | -
        +1 -             | > PSH,ACK s=1 a=1 5B | -
    )"},
    {"FinNotCaptured", R"(
        self=- source=file
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 s ACK s=1 a=2
        +1 s FIN,ACK s=1 a=2
        +1 c ACK s=2 a=2
    )",
     R"(
        ?  (CLOSED)      | # listening               | (LISTEN)
        0  (SYN-SENT)    | > SYN s=0                 | (SYN-RECEIVED)
        +1 (ESTABLISHED) | < SYN,ACK s=0 a=1         | -
        +1 -             | > ACK s=1 a=1             | (ESTABLISHED)
        +1 -             | < ACK s=1 a=2 lost-before | -
        +1 (CLOSE-WAIT)  | < FIN,ACK s=1 a=2         | (FIN-WAIT-1)
        +1 -             | > ACK s=2 a=2 lost-before | (FIN-WAIT-2)
    )"},
    {"CaptureDropsPackets", R"(
        self=c
        0 c SYN s=0
        +1 s SYN,ACK s=0 a=1
        +1 c ACK s=1 a=1
        +1 s PSH,ACK s=1 a=1 1000B
        +1 drop 12
        +1 s PSH,ACK s=9001 a=1 1000B
        +1 c ACK s=1 a=10001
    )",
     R"(
        ?  CLOSED      | # listening                            | (LISTEN)
        0  SYN-SENT    | > SYN s=0                              | (SYN-RECEIVED)
        +1 ESTABLISHED | < SYN,ACK s=0 a=1                      | -
        +1 -           | > ACK s=1 a=1                          | (ESTABLISHED)
        +1 -           | < PSH,ACK s=1 a=1 1000B                | -
        +1 -           | # capture-dropped 12                   | -
        +1 -           | < PSH,ACK s=9001 a=1 1000B lost-before | -
        +1 -           | > ACK s=1 a=10001 lost-before          | -
    )"},
    {"SeenAtBothEndsAndLostBetween", R"(
        self=- source=file
        0 c SYN s=0 at=+10
        +10 s SYN,ACK s=0 a=1 at=+10
        +10 c ACK s=1 a=1 at=+10
        +10 c RST s=1
        +10 s PSH,ACK s=1 a=1 3B at=+10
    )",
     R"(
        ?   (CLOSED)      | # listening          | (LISTEN)
        0   (SYN-SENT)    | > SYN s=0            | (SYN-RECEIVED)
        +10 (ESTABLISHED) | < SYN,ACK s=0 a=1    | -
        +10 -             | > ACK s=1 a=1        | (ESTABLISHED)
        +10 (CLOSED)      | > RST s=1            | -
        +10 -             | < PSH,ACK s=1 a=1 3B | -
    )"},
};
INSTANTIATE_TEST_SUITE_P(SeenInPart, LadderOf, testing::ValuesIn(kSeenInPart), name_of_case);

}  // namespace
}  // namespace earshot::trace
