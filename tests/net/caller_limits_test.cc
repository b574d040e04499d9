#include "net/caller_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

namespace earshot::net {
namespace {

using std::chrono::seconds;

class CallerLimitsTest : public testing::Test {
  protected:
    // "in", or the option that kept him out.
    std::string call(const std::string& host) {
        if (!limits) limits = CallerLimits::make(options);
        auto place = limits->enter(*Endpoint::of_numeric(host, 4000), clock.now());
        if (!place) {
            EXPECT_EQ(place.error().reason, Reason::limit);
            const std::string& message = place.error().message;
            return message.substr(message.find('(') + 1, message.find(')') - message.find('(') - 1);
        }
        here[host].push_back(std::move(*place));
        return "in";
    }

    ManualClock clock;
    CallerLimitOptions options;
    std::shared_ptr<CallerLimits> limits;
    std::map<std::string, std::vector<CallerLimits::Place>> here;
};

TEST_F(CallerLimitsTest, CountsCallersOfAnAddressUntilTheyLeave) {
    options.max_per_address = 2;
    EXPECT_EQ(call("192.0.2.1"), "in");
    EXPECT_EQ(call("192.0.2.1"), "in");
    EXPECT_EQ(call("192.0.2.1"), "--max-per-address");
    EXPECT_EQ(call("192.0.2.2"), "in");
    here["192.0.2.1"].pop_back();
    EXPECT_EQ(call("192.0.2.1"), "in");
    EXPECT_EQ(call("192.0.2.1"), "--max-per-address");
}

TEST_F(CallerLimitsTest, TakesAnIpv6NetworkOfAHouseholdForOneAddress) {
    options.max_per_address = 1;
    EXPECT_EQ(call("2001:db8:0:1::1"), "in");
    EXPECT_EQ(call("2001:db8:0:1:ffff::2"), "--max-per-address");
    EXPECT_EQ(call("2001:db8:0:2::1"), "in");
}

TEST_F(CallerLimitsTest, MixesUpNoFamilies) {
    options.max_per_address = 1;
    EXPECT_EQ(call("127.0.0.1"), "in");
    EXPECT_EQ(call("0:0:7f00:1::"), "in");
    EXPECT_EQ(call("::1"), "in");
    EXPECT_EQ(call("::ffff:127.0.0.1"), "--max-per-address") << "is the first one";
}

TEST_F(CallerLimitsTest, ForgetsAddressesThatHaveLeft) {
    options.max_per_address = 3;
    for (int i = 0; i < 1000; ++i) call("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
    EXPECT_EQ(limits->addresses_present(), 1000U);
    here.clear();
    EXPECT_EQ(limits->addresses_present(), 0U);
}

TEST_F(CallerLimitsTest, KeepsAPlaceThatOutlivesTheListener) {
    options.max_per_address = 1;
    call("192.0.2.1");
    limits.reset();
    here.clear();  // must find what it counts in
}

TEST_F(CallerLimitsTest, LetsCallersOfAllAddressesInAtARate) {
    options.rate = {2, seconds(1)};
    EXPECT_EQ(call("192.0.2.1"), "in");
    EXPECT_EQ(call("192.0.2.2"), "in");
    EXPECT_EQ(call("192.0.2.3"), "--max-rate");
    clock.advance(Millis(500));
    EXPECT_EQ(call("192.0.2.3"), "in");
    EXPECT_EQ(call("192.0.2.4"), "--max-rate");
}

TEST_F(CallerLimitsTest, LetsAnImpatientAddressUseUpNothingOfTheOthers) {
    options.rate = {100, seconds(1)};
    options.rate_per_address = {1, seconds(1)};
    EXPECT_EQ(call("192.0.2.1"), "in");
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(call("192.0.2.1"), "--max-rate-per-address");
    for (int i = 2; i < 101; ++i) EXPECT_EQ(call("192.0.2." + std::to_string(i)), "in");
    EXPECT_EQ(call("192.0.2.200"), "--max-rate");
    // Nor is he late for having been refused.
    clock.advance(seconds(1));
    EXPECT_EQ(call("192.0.2.1"), "in");
}

TEST_F(CallerLimitsTest, CountsAUnixPeerInTheRateOfAllOnly) {
    options = {1, {2, seconds(1)}, {1, seconds(1)}};
    limits = CallerLimits::make(options);
    std::vector<CallerLimits::Place> places;
    for (int i = 0; i < 2; ++i) {
        auto place = limits->enter(Endpoint::of_unix(""), clock.now());
        ASSERT_TRUE(place);
        places.push_back(std::move(*place));
    }
    EXPECT_FALSE(limits->enter(Endpoint::of_unix(""), clock.now()));
}

// Rather too many than an innocent one kept out: an address that has not called is let in, however many have.
TEST_F(CallerLimitsTest, KeepsNobodyOutForWhatOthersDid) {
    options.rate_per_address = {1, std::chrono::hours(1)};
    for (int i = 0; i < 300'000; ++i) {
        const std::string host =
            "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255);
        ASSERT_EQ(call(host), "in") << i;
    }
    EXPECT_EQ(call("10.4.147.223"), "--max-rate-per-address") << "the last one is not forgotten";
}

TEST_F(CallerLimitsTest, RemembersAsManyAddressesAsAreUsual) {
    options.rate_per_address = {1, std::chrono::hours(1)};
    int early = 0;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 10'000; ++i) {
            const std::string host = "10.1." + std::to_string(i >> 8) + "." + std::to_string(i & 255);
            early += call(host) == "in" && round == 1 ? 1 : 0;
        }
    }
    EXPECT_LT(early, 100);
}

TEST_F(CallerLimitsTest, AddsUpForManyThreads) {
    options.max_per_address = 50;
    limits = CallerLimits::make(options);
    std::atomic<int> in = 0;
    std::vector<std::thread> threads;
    threads.reserve(4);
    std::array<std::vector<CallerLimits::Place>, 4> places;
    for (auto& mine : places) {
        threads.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) {
                auto place = limits->enter(*Endpoint::of_numeric("192.0.2.1", 1), SteadyTime());
                if (!place) continue;
                ++in;
                mine.push_back(std::move(*place));
                if (i % 2 == 0) mine.pop_back(), --in;
            }
        });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(in, 50);
    for (auto& mine : places) mine.clear();
    EXPECT_EQ(limits->addresses_present(), 0U);
}

}  // namespace
}  // namespace earshot::net
