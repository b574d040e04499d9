#include "base/memory_reserve.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <new>
#include <vector>

namespace earshot {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // its allocator does not ask the handler, and needs all of the address space
#else
constexpr bool kSanitized = false;
#endif

TEST(MemoryReserve, IsNotUsedWhileThereIsEnough) {
    keep_memory_back(1 << 20);
    EXPECT_FALSE(is_memory_short());
    const std::vector<char> some(1 << 24);
    EXPECT_FALSE(is_memory_short());
    keep_memory_back(0);
    EXPECT_FALSE(is_memory_short());
    std::set_new_handler(nullptr);
}

// In a process of its own, whose memory is then limited.
TEST(MemoryReserve, CarriesOverTheEndOfMemoryAndIsFilledAgain) {
    if (kSanitized) GTEST_SKIP() << "a sanitizer's memory is its own";
    EXPECT_EXIT(
        {
            keep_memory_back(1 << 20);
            std::size_t pages = 0;
            std::ifstream("/proc/self/statm") >> pages;
            rlimit few{};
            ::getrlimit(RLIMIT_AS, &few);
            few.rlim_cur = pages * 4096 + (4 << 20);
            ::setrlimit(RLIMIT_AS, &few);
            std::vector<char*> pieces;
            pieces.reserve(100'000);
            while (!is_memory_short()) pieces.push_back(new char[4096]);
            // What is needed by those who are here still comes.
            for (int i = 0; i < 50; ++i) pieces.push_back(new char[4096]);
            if (!is_memory_short()) ::_exit(2);
            bool over = false;
            try {
                for (;;) pieces.push_back(new char[4096]);
            } catch (const std::bad_alloc&) {
                over = true;
            }
            for (char* piece : pieces) delete[] piece;
            ::_exit(over && !is_memory_short() ? 0 : 3);
        },
        testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace earshot
