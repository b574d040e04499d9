#include "app/places.h"

#include <optional>

#include "tests/talk/talk_fixture.h"

namespace earshot::app {
namespace {

class PlacesTest : public talk::Talking {
  protected:
    bool let_in(test::MemoryWire& from) {
        auto near = from.near();
        const Status in = own().adopt(near);
        EXPECT_EQ(near == nullptr, static_cast<bool>(in)) << "who is not let in is still ours to tell";
        return static_cast<bool>(in);
    }
    ShardPlaces& own() {
        if (!own_) own_.emplace(places, shard());
        return *own_;
    }

    Places places{2};
    std::optional<ShardPlaces> own_;
    test::MemoryWire a, b, c;
};

TEST_F(PlacesTest, LetsInAsManyAsThereArePlacesAndTheNextOnceOneHasGone) {
    EXPECT_TRUE(let_in(a));
    EXPECT_TRUE(let_in(b));
    EXPECT_FALSE(let_in(c));
    EXPECT_EQ(places.taken(), 2u);
    a.reset();
    a.pump();
    own().recount();
    EXPECT_EQ(places.taken(), 1u);
    test::MemoryWire d;
    EXPECT_TRUE(let_in(d));
}

TEST_F(PlacesTest, AreThoseOfAllShardsTogether) {
    EXPECT_TRUE(let_in(a));
    ASSERT_TRUE(places.take());
    EXPECT_FALSE(let_in(b));
    places.free(1);
    EXPECT_TRUE(let_in(c));
}

TEST_F(PlacesTest, AreNotTakenByWhoWasCalled) {
    EXPECT_TRUE(let_in(a));
    shard().adopt(b.near(), shard().reserve_id());
    own().recount();
    EXPECT_EQ(places.taken(), 1u);
    b.reset();
    b.pump();
    own().recount();
    EXPECT_EQ(places.taken(), 1u);
}

TEST(Places, AreWithoutEndWhereNoneAreCounted) {
    Places places{0};
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(places.take());
}

}  // namespace
}  // namespace earshot::app
