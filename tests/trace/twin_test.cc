#include "trace/twin.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/trace/frames.h"

namespace earshot::trace {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;

Packet view(std::int64_t us, Passage passage, std::uint16_t id = 7, const TcpWords& words = {}) {
    const Bytes bytes = ipv4(tcp(words), {.id = id});
    Frame frame = frame_of(bytes, kRaw, at_us(us));
    frame.passage = passage;
    return *parse_packet(frame);
}

std::vector<Packet> found(const std::vector<Packet>& views) {
    TwinFinder finder;
    for (const Packet& packet : views) finder.add(packet);
    finder.finish();
    return finder.take();
}

TEST(TwinFinder, MakesOneSegmentOfLeavingAndArriving) {
    const auto packets = found({view(0, Passage::outgoing), view(30, Passage::incoming)});
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(packets[0].segment.sent_at, at_us(0));
    EXPECT_EQ(packets[0].segment.arrived_at, at_us(30));
}

TEST(TwinFinder, LeavesARetransmissionTwo) {
    // Both leave, both arrive: the second time with another identification.
    const auto packets = found({view(0, Passage::outgoing), view(30, Passage::incoming),
                                view(900, Passage::outgoing, 8), view(930, Passage::incoming, 8)});
    ASSERT_EQ(packets.size(), 2U);
    EXPECT_EQ(packets[1].segment.sent_at, at_us(900));
    EXPECT_EQ(packets[1].segment.arrived_at, at_us(930));
}

TEST(TwinFinder, LeavesARetransmissionTwoWhoseFirstWasLost) {
    const auto packets = found({view(0, Passage::outgoing), view(900, Passage::outgoing)});
    EXPECT_EQ(packets.size(), 2U);
}

TEST(TwinFinder, TellsIdenticalPacketsApartByTheirOrder) {
    const auto packets = found({view(0, Passage::outgoing, 0), view(10, Passage::incoming, 0),
                                view(20, Passage::outgoing, 0), view(30, Passage::incoming, 0)});
    ASSERT_EQ(packets.size(), 2U);
    EXPECT_EQ(packets[0].segment.arrived_at, at_us(10));
    EXPECT_EQ(packets[1].segment.sent_at, at_us(20));
}

TEST(TwinFinder, FindsTwinsByTheirNumberWhereNobodySaysTheWay) {
    const auto packets = found({view(0, Passage::unknown), view(5, Passage::unknown)});
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(packets[0].segment.sent_at, at_us(0));
    EXPECT_EQ(packets[0].segment.arrived_at, at_us(5));
}

TEST(TwinFinder, KeepsDuplicateAcksThatHaveNoNumber) {
    const auto packets =
        found({view(0, Passage::unknown, 0), view(5, Passage::unknown, 0), view(9, Passage::unknown, 0)});
    EXPECT_EQ(packets.size(), 3U);
}

TEST(TwinFinder, BelievesACaptureThatShowsTheOpeningTwice) {
    const TcpWords syn{.flags = kSyn};
    const auto packets = found({view(0, Passage::unknown, 0, syn), view(5, Passage::unknown, 0, syn),
                                view(100, Passage::unknown, 0), view(105, Passage::unknown, 0)});
    EXPECT_EQ(packets.size(), 2U);
}

TEST(TwinFinder, LeavesARepeatedSynTwo) {
    const TcpWords syn{.flags = kSyn};
    const auto packets = found({view(0, Passage::unknown, 0, syn), view(1'000'000, Passage::unknown, 0, syn)});
    EXPECT_EQ(packets.size(), 2U);
}

TEST(TwinFinder, TakesAPacketThatIsForwardedForOne) {
    Packet in = view(0, Passage::incoming), out = view(8, Passage::outgoing);
    in.interface = 2;
    out.interface = 3;
    out.hops = 63;
    const auto packets = found({in, out});
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(packets[0].segment.arrived_at, at_us(0));
    EXPECT_FALSE(packets[0].segment.sent_at);  // the one time it has is that of its first view
}

TEST(TwinFinder, CountsAPacketThatTheNetworkDoubled) {
    const auto packets = found({view(0, Passage::incoming), view(8, Passage::incoming)});
    EXPECT_EQ(packets.size(), 2U);
}

TEST(TwinFinder, GivesPacketsInTheOrderOfTheirFirstViews) {
    const TcpWords next{.seq = 1001};
    const auto packets = found({view(0, Passage::outgoing, 7), view(1, Passage::outgoing, 8, next),
                                view(2, Passage::incoming, 8, next), view(3, Passage::incoming, 7)});
    ASSERT_EQ(packets.size(), 2U);
    EXPECT_EQ(packets[0].segment.seq, 1000U);
    EXPECT_EQ(packets[0].segment.arrived_at, at_us(3));
    EXPECT_EQ(packets[1].segment.seq, 1001U);
}

// A capture of each end, merged: nobody says which way a packet passed.
std::vector<Packet> merged(const std::vector<Packet>& views) {
    TwinFinder finder(TwinFinder::kMerged);
    for (const Packet& packet : views) finder.add(packet);
    finder.finish();
    return finder.take();
}

TcpWords stamped(std::uint32_t value, TcpWords words = {}) {
    words.options = {1, 1, 8, 10, 0, 0, static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value),
                     0, 0, 0, 1};
    return words;
}

TEST(TwinFinder, FindsTheViewOfAFarEndInAMergedCapture) {
    // The SYN, its answer, and what follows that while its acknowledgement is under way.
    const TcpWords syn{.seq = 999, .flags = kSyn}, next{.seq = 1005};
    const auto packets = merged({view(0, Passage::unknown, 7, syn), view(200'000, Passage::unknown, 7, syn),
                                 view(400'000, Passage::unknown, 8), view(450'000, Passage::unknown, 9, next),
                                 view(600'000, Passage::unknown, 8), view(650'000, Passage::unknown, 9, next)});
    ASSERT_EQ(packets.size(), 3U);
    EXPECT_EQ(packets[1].segment.sent_at, at_us(400'000));
    EXPECT_EQ(packets[1].segment.arrived_at, at_us(600'000));
    EXPECT_EQ(packets[2].segment.arrived_at, at_us(650'000));
}

TEST(TwinFinder, KnowsTwinsInAMergedCaptureByTheirStampsWherePacketsHaveNoNumber) {
    const TcpWords syn = stamped(5, {.seq = 999, .flags = kSyn}), data = stamped(600), again = stamped(900);
    const auto packets = merged({view(0, Passage::unknown, 0, syn), view(90'000, Passage::unknown, 0, syn),
                                 view(500'000, Passage::unknown, 0, data), view(590'000, Passage::unknown, 0, data),
                                 view(800'000, Passage::unknown, 0, again), view(890'000, Passage::unknown, 0, again)});
    ASSERT_EQ(packets.size(), 3U) << "what is sent again has another stamp";
    EXPECT_EQ(packets[1].segment.arrived_at, at_us(590'000));
    EXPECT_EQ(packets[2].segment.arrived_at, at_us(890'000));
}

TEST(TwinFinder, LeavesInOneEndsCaptureWhatIsSentAgain) {
    const TcpWords syn{.seq = 999, .flags = kSyn};
    const auto packets = merged({view(0, Passage::unknown, 7, syn), view(1000, Passage::unknown, 8),
                                 view(210'000, Passage::unknown, 8), view(650'000, Passage::unknown, 8)});
    EXPECT_EQ(packets.size(), 4U) << "even of a system that gives all its packets one number";
}

TEST(TwinFinder, LeavesInAMergedCaptureWhatNothingTellsFromAnotherTry) {
    const TcpWords syn{.seq = 999, .flags = kSyn};
    const auto packets = merged({view(0, Passage::unknown, 0, syn), view(1, Passage::unknown, 0, syn),
                                 view(1000, Passage::unknown, 0), view(301'000, Passage::unknown, 0)});
    EXPECT_EQ(packets.size(), 3U);
}

TEST(TwinFinder, HoldsNothingLongerThanItsPatience) {
    TwinFinder finder(milliseconds(20));
    finder.add(view(0, Passage::outgoing));
    EXPECT_TRUE(finder.take().empty());
    EXPECT_TRUE(finder.is_waiting());
    finder.tick(at_us(20'000));
    EXPECT_EQ(finder.take().size(), 1U);
    EXPECT_FALSE(finder.is_waiting());
}

TEST(TwinFinder, StopsWaitingWhereNoTwinsCome) {
    TwinFinder finder;
    std::int64_t us = 0;
    for (std::uint16_t id = 1; id <= 5; ++id, us += 30'000) finder.add(view(us, Passage::outgoing, id));
    finder.take();
    finder.add(view(us, Passage::outgoing, 99));
    EXPECT_EQ(finder.take().size(), 1U);
    EXPECT_FALSE(finder.is_waiting());
}

TEST(TwinFinder, SwallowsATwinThatComesWhenNobodyWaitsForIt) {
    TwinFinder finder;
    std::int64_t us = 0;
    for (std::uint16_t id = 1; id <= 6; ++id, us += 30'000) finder.add(view(us, Passage::outgoing, id));
    finder.take();
    finder.add(view(us, Passage::outgoing, 99));
    finder.add(view(us + 5, Passage::incoming, 99));
    finder.finish();
    EXPECT_EQ(finder.take().size(), 1U);
    EXPECT_EQ(finder.twins(), 1U);
}

// Any conversation, each packet seen leaving and, some packets later, arriving: what comes out is the conversation.
TEST(TwinFinder, GivesBackWhatADoubledViewWasMadeFrom) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        std::vector<Packet> sent, views;
        std::vector<std::pair<std::int64_t, Packet>> timed;
        std::int64_t us = 0;
        const bool numbered = seed % 2 == 0;
        for (std::uint16_t i = 0; i < 60; ++i) {
            us += 1 + static_cast<std::int64_t>(random() % 300);
            const TcpWords words{.seq = 1000 + static_cast<std::uint32_t>(random() % 4), .payload = "xyz"};
            const auto id = static_cast<std::uint16_t>(numbered ? i + 1 : 0);
            sent.push_back(view(us, Passage::outgoing, id, words));
            timed.emplace_back(us, sent.back());
            // The way takes as long for all, so that they arrive in order.
            timed.emplace_back(us + 400, view(us + 400, Passage::incoming, id, words));
        }
        std::stable_sort(timed.begin(), timed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        for (auto& [time, packet] : timed) views.push_back(std::move(packet));
        const auto packets = found(views);
        ASSERT_EQ(packets.size(), sent.size()) << seed;
        for (std::size_t i = 0; i < packets.size(); ++i) {
            EXPECT_EQ(packets[i].segment.seq, sent[i].segment.seq) << seed;
            EXPECT_EQ(packets[i].segment.sent_at, sent[i].segment.sent_at) << seed;
            EXPECT_EQ(*packets[i].segment.arrived_at, *sent[i].segment.sent_at + std::chrono::microseconds(400))
                << seed;
        }
    }
}

// Seen once each and numbered, nothing is taken for another's twin.
TEST(TwinFinder, LosesNothingOfASingleView) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        std::vector<Packet> views;
        std::int64_t us = 0;
        for (std::uint16_t i = 0; i < 60; ++i) {
            us += static_cast<std::int64_t>(random() % 30'000);
            views.push_back(view(us, seed % 2 == 0 ? Passage::unknown : Passage::incoming,
                                 static_cast<std::uint16_t>(i + 1),
                                 {.seq = 1000 + static_cast<std::uint32_t>(random() % 3)}));
        }
        const auto packets = found(views);
        ASSERT_EQ(packets.size(), views.size()) << seed;
        for (std::size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(packets[i].ip_id, views[i].ip_id) << seed;
    }
}

}  // namespace
}  // namespace earshot::trace
