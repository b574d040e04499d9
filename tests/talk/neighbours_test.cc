#include "talk/neighbours.h"

#include "tests/talk/several_shards.h"

namespace earshot::talk {
namespace {

class Neighbouring : public SeveralShards {
  protected:
    // Each letter leaves its text at the place it has come to.
    void write(std::size_t from, std::size_t to, const std::string& text, std::size_t bytes = 0) {
        places[from]->shard->mail()->write(to, bytes, [this, text, to](Shard& there, const auto& receipt) {
            EXPECT_EQ(&there, places[to]->shard.get());
            opened[to] += text;
            if (keeps_receipts) receipts.push_back(receipt);
        });
    }
    bool is_read(Caller& caller) {
        caller.wire.send("x");
        settle();
        return caller.wire.unread() == 0;
    }

    std::string opened[3];
    bool keeps_receipts = false;
    std::vector<std::shared_ptr<Receipt>> receipts;
};

TEST_F(Neighbouring, NumbersConversationsByTheirShard) {
    open<Deaf>(3);
    EXPECT_EQ(call(0).id.value, 1u);
    EXPECT_EQ(call(2).id.value, 3u);
    EXPECT_EQ(call(2).id.value, 6u);
    EXPECT_EQ(call(1).id.value, 2u);
    EXPECT_EQ(call(0).id.value, 4u);
    for (std::size_t place = 0; place < 3; ++place) {
        for (auto& caller : places[place]->callers) EXPECT_EQ(neighbours->home_of(caller->id), place);
    }
}

TEST_F(Neighbouring, SendsABatchsLettersTogetherAndInOrder) {
    open<Deaf>(3);
    write(0, 1, "a");
    write(0, 2, "b");
    write(0, 1, "c");
    EXPECT_TRUE(places[1]->mailbox.empty());
    places[0]->shard->finish_batch();
    EXPECT_EQ(places[1]->mailbox.size(), 1u);
    EXPECT_EQ(places[2]->mailbox.size(), 1u);
    settle();
    EXPECT_EQ(opened[1], "ac");
    EXPECT_EQ(opened[2], "b");
}

TEST_F(Neighbouring, DoesNotReadWhoeverWroteMoreThanTheOthersOpen) {
    open<Deaf>(2);
    Caller& caller = call(0);
    write(0, 1, "a", 2 << 20);
    places[0]->shard->finish_batch();
    places[0]->shard->mail()->hold_while_ahead(*places[0]->shard->find(caller.id));
    turn(0);
    caller.wire.send("x");
    turn(0);
    EXPECT_EQ(caller.wire.unread(), 1u);
    settle();
    EXPECT_EQ(opened[1], "a");
    EXPECT_EQ(caller.wire.unread(), 0u);
}

TEST_F(Neighbouring, IsAheadForAsLongAsAReceiptIsKept) {
    open<Deaf>(2);
    Caller& caller = call(0);
    keeps_receipts = true;
    write(0, 1, "a", 2 << 20);
    settle();
    places[0]->shard->mail()->hold_while_ahead(*places[0]->shard->find(caller.id));
    EXPECT_FALSE(is_read(caller));
    receipts.clear();
    EXPECT_TRUE(is_read(caller));
}

TEST_F(Neighbouring, HoldsNobodyWhileThereIsRoom) {
    open<Deaf>(2);
    Caller& caller = call(0);
    write(0, 1, "a", 1000);
    places[0]->shard->finish_batch();
    places[0]->shard->mail()->hold_while_ahead(*places[0]->shard->find(caller.id));
    EXPECT_TRUE(is_read(caller));
}

TEST_F(Neighbouring, ForgetsThoseWhoLeaveWhileTheyAreHeld) {
    open<Deaf>(2);
    Caller& caller = call(0);
    write(0, 1, "a", 2 << 20);
    places[0]->shard->finish_batch();
    places[0]->shard->mail()->hold_while_ahead(*places[0]->shard->find(caller.id));
    places[0]->shard->find(caller.id)->reset(Reason::reset, "");
    settle();
    EXPECT_TRUE(places[0]->shard->is_empty());
}

TEST_F(Neighbouring, LosesWhatIsWrittenWhenTheThreadsHaveEnded) {
    open<Deaf>(2);
    write(0, 1, "a");
    neighbours->close();
    settle();
    EXPECT_EQ(opened[1], "");
}

}  // namespace
}  // namespace earshot::talk
