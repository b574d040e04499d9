// A caller for whom there is no memory: at whichever allocation it runs out, he alone does without.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "respond/broadcast.h"
#include "respond/echo.h"
#include "tests/talk/talk_fixture.h"

namespace {

// Allocations of this thread until one fails; negative: none does.
thread_local int until_failure = -1;

void* allocate(std::size_t size) {
    if (until_failure >= 0 && until_failure-- == 0) throw std::bad_alloc();
    if (void* const found = std::malloc(size == 0 ? 1 : size)) return found;
    throw std::bad_alloc();
}

}  // namespace

// Not inlined, or the compiler takes free() for the wrong end of the operator new that it sees.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
[[gnu::noinline]] void operator delete(void* freed) noexcept { std::free(freed); }
[[gnu::noinline]] void operator delete[](void* freed) noexcept { std::free(freed); }
[[gnu::noinline]] void operator delete(void* freed, std::size_t) noexcept { std::free(freed); }
[[gnu::noinline]] void operator delete[](void* freed, std::size_t) noexcept { std::free(freed); }

namespace earshot::talk {
namespace {

class Adopting : public Talking {
  protected:
    Adopting() { options.frame = "line"; }

    // Adopts callers with the first, second ... allocation failing until one needs fewer, and looks at each whether the
    // first caller is well.
    void run_out_at_each_allocation(const std::string& wanted) {
        call(wire);
        for (int at = 0; at < 200; ++at) {
            test::MemoryWire second;
            auto connection = second.near();
            const std::size_t before = shard().size();
            bool thrown = false;
            until_failure = at;
            try {
                shard().adopt(std::move(connection));
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
            const bool was_enough = until_failure >= 0;
            until_failure = -1;
            EXPECT_EQ(thrown, connection != nullptr) << "whoever gives it has it back to say a last word";
            if (thrown) {
                EXPECT_EQ(shard().size(), before);
            }
            settle();
            EXPECT_EQ(shard().size(), was_enough ? 2U : 1U) << "allocation " << at;
            EXPECT_EQ(shard().callers(), shard().size());
            EXPECT_EQ(second.saw_reset(), !was_enough && !thrown);
            wire.send("well\n");
            settle();
            EXPECT_EQ(wire.received(), wanted) << "allocation " << at;
            if (was_enough) return;
        }
        FAIL() << "so many allocations for one caller";
    }
};

TEST_F(Adopting, LeavesEverybodyElseWellWhereMemoryRunsOut) {
    respond::Echo echo;
    responder = &echo;
    run_out_at_each_allocation("well\n");
    EXPECT_LT(all<model::Closed>().size(), 100U);
    drop_shard();
}

TEST_F(Adopting, LeavesAFanOutWellWhereMemoryRunsOut) {
    respond::Broadcast broadcast;
    responder = &broadcast;
    run_out_at_each_allocation("");
    drop_shard();
}

}  // namespace
}  // namespace earshot::talk
