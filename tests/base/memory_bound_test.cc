#include "base/memory_bound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

namespace earshot {
namespace {

TEST(SmallestVictim, IsTheLastOfTheLargestThatAreNeeded) {
    EXPECT_EQ(smallest_victim({{10, 30}, {20}}, 1), 30U);
    EXPECT_EQ(smallest_victim({{10, 30}, {20}}, 30), 30U);
    EXPECT_EQ(smallest_victim({{10, 30}, {20}}, 31), 20U);
    EXPECT_EQ(smallest_victim({{10, 30}, {20}}, 1000), 10U);
}

TEST(SmallestVictim, IsNobodyWhereNobodyHoldsAnythingOrNothingIsNeeded) {
    EXPECT_EQ(smallest_victim({}, 5), 0U);
    EXPECT_EQ(smallest_victim({{}, {}}, 5), 0U);
    EXPECT_EQ(smallest_victim({{0}}, 5), 0U);
    EXPECT_EQ(smallest_victim({{7}}, 0), 0U);
}

TEST(SmallestVictim, NeverTakesFromASmallOneWhatLargerOnesHave) {
    for (unsigned seed = 1; seed <= 500; ++seed) {
        std::mt19937 random(seed);
        std::vector<std::vector<std::size_t>> holdings(1 + random() % 4);
        std::vector<std::size_t> all;
        for (auto& each : holdings) {
            for (std::size_t i = random() % 6; i > 0; --i) all.push_back(each.emplace_back(1 + random() % 100));
        }
        const ByteCount need = 1 + random() % 300;
        const std::size_t smallest = smallest_victim(holdings, need);
        ByteCount larger = 0, victims = 0, sum = 0;
        for (const std::size_t size : all) {
            sum += size;
            larger += size > smallest ? size : 0;
            victims += size >= smallest ? size : 0;
        }
        if (all.empty()) {
            EXPECT_EQ(smallest, 0U);
            continue;
        }
        EXPECT_TRUE(larger < need);
        EXPECT_TRUE(victims >= need || victims == sum);
    }
}

TEST(MemoryBound, IsShortFromItsBoundUntilAnEighthIsFree) {
    MemoryBound memory(800);
    memory.take(799);
    EXPECT_FALSE(memory.is_short());
    memory.take(1);
    EXPECT_TRUE(memory.is_short());
    EXPECT_EQ(memory.excess(), 100U);
    memory.give_back(99);
    EXPECT_TRUE(memory.is_short());
    memory.give_back(1);
    EXPECT_FALSE(memory.is_short());
    EXPECT_EQ(memory.excess(), 0U);
}

TEST(MemoryBound, IsNeverShortWithoutABound) {
    MemoryBound memory;
    memory.take(std::size_t{1} << 60);
    EXPECT_FALSE(memory.is_short());
    EXPECT_EQ(memory.held(), ByteCount{1} << 60);
}

TEST(MemoryBound, LeavesUnfinishedMessagesHalfOfIt) {
    MemoryBound memory(800);
    memory.take_unfinished(450);
    EXPECT_EQ(memory.unfinished_excess(), 0U) << "it is not short";
    memory.take(350);
    EXPECT_EQ(memory.unfinished_excess(), 50U);
    memory.give_back_unfinished(50);
    EXPECT_EQ(memory.unfinished_excess(), 0U);
}

TEST(MemoryBound, DecidesAtOnceForOneThread) {
    MemoryBound memory(800);
    const std::size_t place = memory.join(nullptr);
    memory.take(1000);
    EXPECT_EQ(memory.report(place, {{}, 300, 0}), 0U);
    EXPECT_EQ(memory.report(place, {{200, 500, 100}, 300, 0}), 500U);
}

TEST(MemoryBound, DecidesWhenAllThreadsHaveSaidWhatTheyHold) {
    MemoryBound memory(800);
    int woken[3] = {};
    for (int& each : woken) memory.join([&each] { ++each; });
    memory.take(1000);
    EXPECT_EQ(memory.report(0, {{200}, 300, 0}), 0U);
    EXPECT_EQ(woken[0] + woken[1] * 10 + woken[2] * 100, 110) << "the others are asked";
    EXPECT_EQ(memory.report(1, {{}, 300, 0}), 0U);
    EXPECT_EQ(memory.report(2, {{250, 10}, 300, 0}), 200U);
    EXPECT_EQ(woken[0], 1) << "it is concerned";
    EXPECT_EQ(woken[1], 1) << "it is not";
    EXPECT_EQ(memory.report(0, {{200}, 300, 0}), 200U);
}

TEST(MemoryBound, ForgetsWhatWasSaidOnceThereIsRoom) {
    MemoryBound memory(800);
    int woken = 0;
    memory.join([&] { ++woken; });
    memory.join([&] { ++woken; });
    memory.take(1000);
    EXPECT_EQ(memory.report(0, {{200}, 300, 0}), 0U);
    memory.give_back(500);
    EXPECT_EQ(woken, 3) << "the one who was asked, and both that there is room";
    memory.take(500);
    EXPECT_EQ(memory.report(1, {{100}, 300, 0}), 0U) << "the first has to say it anew";
}

TEST(MemoryBound, TakesNothingFromAnybodyForWhatIsNobodys) {
    MemoryBound memory(800);
    const std::size_t place = memory.join(nullptr);
    memory.take(1000);
    EXPECT_EQ(memory.report(place, {{10, 20, 30}, 300, 1000}), 0U);
    EXPECT_EQ(memory.report(place, {{500, 210, 30}, 300, 1000}), 500U);
}

// The sanitizer for threads holds it to what it promises.
TEST(MemoryBound, AddsUpAmongThreads) {
    MemoryBound memory(10'000);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) memory.join([] {});
    for (std::size_t place = 0; place < 3; ++place) {
        threads.emplace_back([&memory, place] {
            std::mt19937 random(static_cast<std::mt19937::result_type>(place));
            for (int step = 0; step < 20'000; ++step) {
                const std::size_t bytes = random() % 6000;
                memory.take(bytes);
                if (memory.is_short()) memory.report(place, {{bytes}, memory.excess(), memory.held()});
                memory.give_back(bytes);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(memory.held(), 0U);
    memory.take(1);
    memory.give_back(1);
    EXPECT_FALSE(memory.is_short());
}

}  // namespace
}  // namespace earshot
