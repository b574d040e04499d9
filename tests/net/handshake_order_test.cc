#include "net/handshake_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace earshot::net {
namespace {

TEST(HandshakeOrder, LetsTheOldestOfTheAddressWithTheMostGiveWay) {
    HandshakeOrder order;
    order.add(1, 7);
    order.add(2, 8);
    order.add(3, 8);
    order.add(4, 9);
    EXPECT_EQ(order.gives_way(), 2U);
    order.remove(2, 8);
    EXPECT_EQ(order.gives_way(), 1U) << "all have one: the oldest of all";
    order.remove(1, 7);
    EXPECT_EQ(order.gives_way(), 3U);
}

// Against the plainest way to say it.
TEST(HandshakeOrder, IsRightWhateverComesAndGoes) {
    struct One {
        std::uint64_t number, address;
    };
    std::mt19937 random(3);
    HandshakeOrder order;
    std::vector<One> here;
    for (std::uint64_t number = 1; number < 20'000; ++number) {
        if (here.size() < 2 || random() % 2 == 0) {
            here.push_back({number, random() % 9});
            order.add(here.back().number, here.back().address);
        } else {
            const auto goes = here.begin() + static_cast<std::ptrdiff_t>(random() % here.size());
            order.remove(goes->number, goes->address);
            here.erase(goes);
        }
        const auto count = [&](const One& one) {
            return std::count_if(here.begin(), here.end(), [&](const One& a) { return a.address == one.address; });
        };
        const auto wanted = std::min_element(here.begin(), here.end(), [&](const One& a, const One& b) {
            return count(a) != count(b) ? count(a) > count(b) : a.number < b.number;
        });
        ASSERT_EQ(order.gives_way(), wanted->number);
    }
}

}  // namespace
}  // namespace earshot::net
