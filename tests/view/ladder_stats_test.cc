#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "text/width.h"
#include "view/ladder/stats.h"

namespace earshot::view {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using trace::Account;
using namespace std::chrono_literals;

std::vector<Account> ten_seconds() {
    std::vector<Account> history;
    for (std::uint32_t i = 0; i < 10; ++i) {
        Account it;
        it.rtt_us = 20'000 + i * 1'244;
        it.rtt_variance_us = 4'100;
        it.min_rtt_us = 20'000;
        it.congestion_window = 10 + i;
        it.mss = 1448;
        it.retransmits = i < 5 ? 0 : i == 5 ? 3 : 4;
        it.in_flight = 14'480 * (i % 3);
        it.delivery_rate = i * 1'250'000;
        it.sent = i * 1'000'000ULL;
        it.acked = it.sent;
        it.received = 5;
        it.send_window = 64'128;
        it.receive_window = 65'535;
        history.push_back(it);
    }
    return history;
}

TEST(Sparkline, StandsAsHighAsItsValues) {
    EXPECT_EQ(sparkline(std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7}, true), "▁▂▃▄▅▆▇█");
    EXPECT_EQ(sparkline(std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7}, false), "_.:-=+*#");
    EXPECT_EQ(sparkline(std::vector<double>{0, 0}, true), "▁▁");
    EXPECT_EQ(sparkline({}, true), "");
}

TEST(StatsLines, SayWhatTheKernelKnows) {
    EXPECT_THAT(stats_lines(ten_seconds(), 1s, {.width = 80, .blocks = false}),
                ElementsAre("round trip         31.2 ms, variance 4.1 ms, least 20.0 ms  =+++****##",
                            "congestion window  19 segments, 1,448 B each                ===++***##",
                            "in flight          0 B                                      _=#_=#_=#_",
                            "delivery rate      11.2 MB/s                                _.::-=++*#",
                            "retransmitted      4 segments                               ____#:___",
                            "sent               8.6 MiB, acknowledged 8.6 MiB            #########",
                            "received           5 B                                      _________",
                            "window             theirs 64,128 B, ours 65,535 B           ##########",
                            "                                                            the last 10 s"));
}

TEST(StatsLines, LeaveSparklinesOutWhereThereIsNoRoomOrNoHistory) {
    for (const std::string& line : stats_lines(ten_seconds(), 1s, {.width = 60}))
        EXPECT_THAT(line, Not(HasSubstr("▁")));
    const Account one;
    EXPECT_EQ(stats_lines({&one, 1}, 1s, {}).front(), "round trip         0.000 ms, variance 0.000 ms");
    EXPECT_THAT(stats_lines({}, 1s, {}), ElementsAre("the kernel has said nothing yet"));
}

TEST(StatsLines, FitWhateverTheFigures) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 2000; ++round) {
        std::vector<Account> history(random() % 60);
        for (Account& it : history) {
            it.rtt_us = static_cast<std::uint32_t>(random() >> (random() % 64));
            it.rtt_variance_us = static_cast<std::uint32_t>(random());
            it.congestion_window = static_cast<std::uint32_t>(random());
            it.in_flight = random();
            it.not_sent = random();
            it.sent = random();
            it.delivery_rate = random();
            it.retransmits = static_cast<std::uint32_t>(random());
        }
        const int width = static_cast<int>(random() % 130);
        for (const std::string& line : stats_lines(history, 250ms, {width, random() % 2 == 0})) {
            ASSERT_LE(text::text_width(line), width) << line;
        }
    }
}

}  // namespace
}  // namespace earshot::view
