#include "app/system_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace earshot::app {
namespace {

constexpr ByteCount kMiB = 1 << 20;

// Control groups as the kernel shows them, in a folder of our own.
class GroupMemory : public testing::Test {
  protected:
    ~GroupMemory() override { std::filesystem::remove_all(root); }
    void has(const std::string& group, const std::string& most) {
        std::filesystem::create_directories(root + group);
        std::ofstream(root + group + "/memory.max") << most << "\n";
    }
    ByteCount of(std::string_view membership) { return group_memory(root, membership); }

    const std::string root = testing::TempDir() + "earshot-groups-" + std::to_string(::getpid());
};

TEST_F(GroupMemory, IsThatOfTheGroup) {
    has("/service", "104857600");
    EXPECT_EQ(of("0::/service\n"), 100 * kMiB);
    EXPECT_EQ(of("0::/service"), 100 * kMiB) << "a last line that does not end";
}

TEST_F(GroupMemory, IsTheLeastOfTheGroupAndThoseAroundIt) {
    has("/slice", "52428800");
    has("/slice/service", "104857600");
    has("/slice/service/one", "max");
    EXPECT_EQ(of("0::/slice/service/one\n"), 50 * kMiB);
    EXPECT_EQ(of("0::/slice/other\n"), 50 * kMiB) << "a group that tells nothing";
    has("/slice/service/one", "1048576");
    EXPECT_EQ(of("0::/slice/service/one\n"), kMiB);
    EXPECT_EQ(of("0::/slice/service\n"), 50 * kMiB);
}

TEST_F(GroupMemory, HasNoBoundWhereNobodySetOne) {
    has("/service", "max");
    EXPECT_EQ(of("0::/service\n"), 0u);
    EXPECT_EQ(of("0::/\n"), 0u) << "the group of all";
    EXPECT_EQ(of("0::/elsewhere\n"), 0u);
}

TEST_F(GroupMemory, LooksForTheGroupOfVersionTwoAmongThoseOfVersionOne) {
    has("/new", "104857600");
    has("/old", "1048576");
    EXPECT_EQ(of("12:memory:/old\n1:name=systemd:/old\n0::/new\n"), 100 * kMiB);
    EXPECT_EQ(of("12:memory:/old\n10::/old\n"), 0u);
    EXPECT_EQ(of(""), 0u);
}

TEST(SystemMemory, IsKnownHereAndHalfOfItIsTheBoundOfWhoeverListens) {
    Options options;
    const ByteCount there = system_memory();
    EXPECT_GT(there, 16 * kMiB);
    for (const Verb verb : {Verb::listen, Verb::tap}) {
        options.verb = verb;
        options.max_memory.reset();
        EXPECT_EQ(most_memory(options), there / 2);
        options.max_memory = 3 * kMiB;
        EXPECT_EQ(most_memory(options), 3 * kMiB);
        options.max_memory = 0;
        EXPECT_EQ(most_memory(options), 0u) << "none";
    }
}

TEST(SystemMemory, IsNoBoundForWhoCalls) {
    Options options;
    options.verb = Verb::connect;
    EXPECT_EQ(most_memory(options), 0u);
}

}  // namespace
}  // namespace earshot::app
