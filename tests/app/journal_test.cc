#include "app/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/unique_fd.h"

namespace earshot::app {
namespace {

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        read.reset(ends[0]);
        write.reset(ends[1]);
        struct stat file {};
        EXPECT_EQ(::fstat(write.get(), &file), 0);
        device = fmt::format("{}", file.st_dev);
        inode = fmt::format("{}", file.st_ino);
        name = device + ":" + inode;
    }
    UniqueFd read, write;
    std::string device, inode, name;
};

TEST(Journal, IsTheDescriptorThatIsNamed) {
    const Pipe journal, other;
    EXPECT_TRUE(is_journal(journal.name.c_str(), journal.write.get()));
    EXPECT_FALSE(is_journal(journal.name.c_str(), other.write.get()));
    EXPECT_FALSE(is_journal(journal.name.c_str(), -1));
}

TEST(Journal, IsNothingThatIsNamedInPartOrWrongly) {
    const Pipe journal;
    EXPECT_FALSE(is_journal(nullptr, journal.write.get()));
    for (const std::string& name :
         {std::string(), std::string(":"), journal.device, journal.inode, journal.device + ":", ":" + journal.inode,
          journal.name + ":", journal.name + "1", "0" + journal.name, " " + journal.name, journal.name + "\n",
          journal.inode + ":" + journal.device}) {
        EXPECT_FALSE(is_journal(name.c_str(), journal.write.get())) << name;
    }
}

}  // namespace
}  // namespace earshot::app
