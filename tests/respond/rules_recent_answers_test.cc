#include <gtest/gtest.h>

#include <string>

#include "respond/rules/recent_answers.h"

namespace earshot::respond::rules {
namespace {

std::string known(RecentAnswers& recent, std::string_view message) {
    const auto answer = recent.find(as_bytes(message));
    return answer ? std::string(as_chars(*answer)) : "not known";
}

TEST(RecentAnswers, KnowsWhatWasAnsweredBefore) {
    RecentAnswers recent;
    EXPECT_EQ(known(recent, "ping"), "not known");
    recent.note(as_bytes("ping"), as_bytes("pong"));
    EXPECT_EQ(known(recent, "ping"), "pong");
    EXPECT_EQ(known(recent, "pinG"), "not known");
    EXPECT_EQ(known(recent, ""), "not known");
    recent.clear();
    EXPECT_EQ(known(recent, "ping"), "not known");
}

TEST(RecentAnswers, NeverMixesUpMessages) {
    RecentAnswers recent;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 5000; ++i) {
            const std::string message = std::string(static_cast<std::size_t>(i % 120), 'm') + std::to_string(i % 500);
            const std::string said = known(recent, message);
            if (said == "not known") {
                recent.note(as_bytes(message), as_bytes("to " + message));
            } else {
                ASSERT_EQ(said, "to " + message);
            }
        }
    }
}

TEST(RecentAnswers, RestsWhereNothingComesAgain) {
    RecentAnswers recent;
    for (int i = 0; i < 300; ++i) {
        const std::string message = "number " + std::to_string(i);
        if (known(recent, message) == "not known") recent.note(as_bytes(message), as_bytes("x"));
    }
    recent.note(as_bytes("ping"), as_bytes("pong"));
    EXPECT_EQ(known(recent, "ping"), "not known");
}

}  // namespace
}  // namespace earshot::respond::rules
