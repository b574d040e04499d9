#include "talk/sheaf.h"

#include "tests/talk/several_shards.h"

namespace earshot::talk {
namespace {

class SheafOfLines : public SeveralShards {
  protected:
    void SetUp() override {
        open<Deaf>(3);
        sheaf = std::make_unique<Sheaf<int>>(mail());
    }
    Mail& mail() { return *places[0]->shard->mail(); }
    void add(std::size_t to, int head, std::string_view line) {
        sheaf->add(to, head, line, [this, to](Shard& there, const Sheaf<int>::Page& page, const auto& receipt) {
            EXPECT_EQ(&there, places[to]->shard.get());
            ++pages;
            page.for_each([&](int what, std::string_view said) {
                opened[to] += std::to_string(what) + "(" + std::string(said) + ")";
            });
            kept = receipt;
        });
    }

    std::unique_ptr<Sheaf<int>> sheaf;
    std::string opened[3];
    int pages = 0;
    std::shared_ptr<Receipt> kept;
};

TEST_F(SheafOfLines, BringsThoseOfABatchInOneLetter) {
    add(1, 1, "ab");
    add(2, 2, "other");
    add(1, 3, "");
    add(1, 4, "c");
    settle();
    EXPECT_EQ(opened[1], "1(ab)3()4(c)");
    EXPECT_EQ(opened[2], "2(other)");
    EXPECT_EQ(pages, 2);
    add(1, 5, "later");
    settle();
    EXPECT_EQ(opened[1], "1(ab)3()4(c)5(later)");
    EXPECT_EQ(pages, 3);
}

TEST_F(SheafOfLines, KeepsTheOrderAmongOtherLetters) {
    add(1, 1, "a");
    mail().write(1, 0, [this](Shard&, const auto&) { opened[1] += "!"; });
    add(1, 2, "b");
    settle();
    EXPECT_EQ(opened[1], "1(a)!2(b)");
}

TEST_F(SheafOfLines, CountsItsBytesAsUnderWay) {
    Caller& caller = call(0);
    add(1, 1, "first");
    add(1, 2, std::string(2 << 20, 'x'));
    settle();
    mail().hold_while_ahead(*places[0]->shard->find(caller.id));
    caller.wire.send("x");
    settle();
    EXPECT_EQ(caller.wire.unread(), 1u) << "its receipt is still held";
    kept.reset();
    settle();
    EXPECT_EQ(caller.wire.unread(), 0u);
}

}  // namespace
}  // namespace earshot::talk
