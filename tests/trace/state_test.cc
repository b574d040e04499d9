#include "trace/state.h"

#include <gtest/gtest.h>

namespace earshot::trace {
namespace {

TEST(State, IsNamedAsTheRfcNamesIt) {
    EXPECT_EQ(name_of(State::closed), "CLOSED");
    EXPECT_EQ(name_of(State::syn_received), "SYN-RECEIVED");
    EXPECT_EQ(name_of(State::time_wait), "TIME-WAIT");
}

}  // namespace
}  // namespace earshot::trace
