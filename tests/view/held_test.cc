#include "view/console/held.h"

#include <gtest/gtest.h>

#include <random>

namespace earshot::view {
namespace {

class HeldByAView : public testing::Test {
  protected:
    void hear(std::size_t who, std::size_t size) {
        model::Message message;
        message.seq = ++seq;
        message.bytes = SharedBytes::copy_of(std::vector<std::uint8_t>(size));
        const std::size_t before = held[who].size();
        held[who].add({}, message);
        together.changed(before, held[who].size());
    }
    std::uint64_t give_way() {
        return together.give_way([this](const auto& visit) {
            for (Held& each : held) visit(each);
        });
    }
    std::size_t sum() const {
        std::size_t all = 0;
        for (const Held& each : held) all += each.size();
        return all;
    }

    std::vector<Held> held{3};
    std::uint64_t seq = 0;
    std::shared_ptr<MemoryBound> memory = std::make_shared<MemoryBound>(160 << 10);
    HeldTogether together;
};

TEST(Held, AllowsSoMuchThatAllTogetherFit) {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::size_t> sizes(random() % 6);
        ByteCount all = 0;
        for (std::size_t& size : sizes) all += size = random() % 100;
        const ByteCount most = random() % 300;
        const std::size_t allowed = largest_allowed(sizes, most);
        ByteCount kept = 0;
        for (const std::size_t size : sizes) kept += std::min(size, allowed);
        EXPECT_LE(kept, most);
        if (all <= most) {
            EXPECT_EQ(kept, all);
        } else {
            EXPECT_GT(kept + sizes.size(), most) << "more went than had to";
        }
    }
}

TEST_F(HeldByAView, CountsForMemoryUntilItIsLetGo) {
    together.share(memory);
    for (int i = 0; i < 10; ++i) hear(0, 936);
    EXPECT_EQ(memory->held(), 10'000U);
    together.changed(held[0].size(), 0);
    held[0].clear();
    EXPECT_EQ(memory->held(), 0U);
}

TEST_F(HeldByAView, LetsTheOldestGoWhereThereIsMostAndNeverMakesMemoryShort) {
    together.share(memory);
    hear(1, 936), hear(2, 1936);
    std::uint64_t let_go = 0;
    for (int i = 0; i < 500; ++i) {
        hear(0, 936);
        if (together.is_too_much()) let_go += give_way();
        EXPECT_FALSE(memory->is_short());
        EXPECT_LE(memory->held(), memory->most() / 2);
    }
    EXPECT_GT(let_go, 400U);
    EXPECT_EQ(held[0].let_go(), let_go);
    EXPECT_EQ(held[1].let_go() + held[2].let_go(), 0U);
    EXPECT_EQ(held[0].entries().back().seq, seq);
    EXPECT_EQ(sum(), memory->held());
}

TEST_F(HeldByAView, GivesWayToWhatWaitsForCallers) {
    together.share(memory);
    for (int i = 0; i < 60; ++i) hear(i % 2 == 0 ? 0U : 1U, 936);
    memory->take(110 << 10);
    ASSERT_TRUE(memory->is_short());
    EXPECT_GT(give_way(), 0U);
    EXPECT_FALSE(memory->is_short());
    EXPECT_EQ(memory->held(), sum() + (110 << 10));
    memory->take(60 << 10);
    give_way();
    EXPECT_EQ(sum(), 0U);
    EXPECT_TRUE(memory->is_short()) << "that is for others to mend";
}

TEST_F(HeldByAView, IsNotCountedWhereNobodyAsksForIt) {
    for (int i = 0; i < 500; ++i) hear(0, 936);
    EXPECT_FALSE(together.is_too_much());
    EXPECT_EQ(give_way(), 0U);
    EXPECT_LE(held[0].size(), Held::kLimit);
}

}  // namespace
}  // namespace earshot::view
