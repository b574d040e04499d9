// When a ladder is over: what a live view waits for before it leaves.
#include <gtest/gtest.h>

#include "tests/trace/notation.h"

namespace earshot::trace {
namespace {

using notation::is_over_after;

const std::string kOpen = R"(
    self=c
    0 c SYN s=0
    +1 s SYN,ACK s=0 a=1
    +1 c ACK s=1 a=1
)";
const std::string kKernel = R"(
    self=c source=kernel
    0 ! started
    +1 ! established
)";

TEST(LadderIsOver, NeitherBeforeItBeginsNorWhileItIsOpen) {
    EXPECT_FALSE(is_over_after(""));
    EXPECT_FALSE(is_over_after("self=c\n+100 tick"));
    EXPECT_FALSE(is_over_after(kOpen));
    EXPECT_FALSE(is_over_after(kKernel));
}

TEST(LadderIsOver, WithAReset) {
    EXPECT_TRUE(is_over_after(kOpen + "+1 s RST s=1"));
    EXPECT_TRUE(is_over_after(kKernel + "+1 ! reset-received"));
    EXPECT_TRUE(is_over_after("self=c\n0 c SYN s=0\n+1 s RST,ACK a=1"));
}

TEST(LadderIsOver, WhenACallIsGivenUp) {
    EXPECT_TRUE(is_over_after("self=c\n0 c SYN s=0\n+3000 ! timed-out"));
    EXPECT_TRUE(is_over_after(kOpen + "+1 c PSH,ACK s=1 a=1 5B\n+9000 ! lost"));
}

TEST(LadderIsOver, WhenTimeWaitIs) {
    const std::string closed = kOpen + "+1 c FIN,ACK s=1 a=1\n+1 s FIN,ACK s=1 a=2\n+1 c ACK s=2 a=2\n";
    EXPECT_FALSE(is_over_after(closed));
    EXPECT_FALSE(is_over_after(closed + "+59000 tick"));
    EXPECT_FALSE(is_over_after(closed + "+70000 tick")) << "the kernel will say so";
    EXPECT_TRUE(is_over_after(closed + "+10 ! gone"));
}

TEST(LadderIsOver, WhenTheKernelHasForgottenAnEndWhoseWayIsNotKnown) {
    EXPECT_TRUE(is_over_after(kKernel + "+1 ! fin-sent\n+1 ! fin-received\n+1 ! gone"));
    EXPECT_FALSE(is_over_after(kOpen + "+1 ! gone"));  // the capture may still be behind
    EXPECT_TRUE(is_over_after(kOpen + "+1 ! gone\n+1000 tick"));
}

TEST(LadderIsOver, NotWhenTheSameTwoPlacesCallAgain) {
    EXPECT_FALSE(is_over_after(kOpen + "+1 s RST s=1\n+1 c SYN s=900000"));
}

}  // namespace
}  // namespace earshot::trace
