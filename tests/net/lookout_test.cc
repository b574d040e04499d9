#include "net/lookout.h"

#include <gtest/gtest.h>

namespace earshot::net {
namespace {

using std::chrono::nanoseconds;

// Of so many waits, each after 100 writes to nobody who answers.
int looks_in_vain(Lookout& lookout, int waits) {
    int looks = 0;
    for (int i = 0; i < waits; ++i) {
        if (lookout.patience(100) == nanoseconds()) continue;
        ++looks;
        lookout.note(false);
    }
    return looks;
}

TEST(Lookout, CountsManyBytesAsSeveralWrites) {
    EXPECT_EQ(Lookout::effort_of(1), 1U);
    EXPECT_EQ(Lookout::effort_of(64), 1U);
    EXPECT_EQ(Lookout::effort_of(2048), 5U);
    EXPECT_LT(Lookout::effort_of(1 << 20), 10U) << "a bulk sender does not look after each write";
}

TEST(Lookout, SleepsAtOnceAfterFewWrites) {
    Lookout lookout;
    for (std::size_t writes = 0; writes < 32; ++writes) EXPECT_EQ(lookout.patience(writes), nanoseconds()) << writes;
    EXPECT_GT(lookout.patience(32), nanoseconds());
}

TEST(Lookout, LooksLongerAfterMoreWritesWithinBounds) {
    Lookout lookout;
    EXPECT_EQ(lookout.patience(50), nanoseconds(20'000));
    EXPECT_EQ(lookout.patience(100), nanoseconds(40'000));
    EXPECT_EQ(lookout.patience(~std::size_t(0)), nanoseconds(50'000));
}

TEST(Lookout, KeepsLookingWhileSomebodyComes) {
    Lookout lookout;
    for (int i = 0; i < 100; ++i) {
        EXPECT_GT(lookout.patience(100), nanoseconds());
        lookout.note(true);
    }
}

TEST(Lookout, GivesUpWhereNobodyComes) {
    Lookout lookout;
    EXPECT_LE(looks_in_vain(lookout, 10'000), 14);
    EXPECT_LE(looks_in_vain(lookout, 100'000), 25) << "one in 4,096, for ever";
    EXPECT_GE(looks_in_vain(lookout, 100'000), 20) << "but it does try again";
}

TEST(Lookout, TakesItUpAgainWhenSomebodyComes) {
    Lookout lookout;
    looks_in_vain(lookout, 20'000);
    int waits = 0;
    for (int found = 0; found < 100; ++waits) {
        if (lookout.patience(100) == nanoseconds()) continue;
        lookout.note(true);
        ++found;
    }
    EXPECT_LT(waits, 4096 + 100) << "the one look that it waits for, and all after it";
    EXPECT_LE(looks_in_vain(lookout, 100), 7) << "and what had been in vain is forgotten";
}

}  // namespace
}  // namespace earshot::net
