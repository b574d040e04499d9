#include "view/editor/history.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace earshot::view {
namespace {

class HistoryFile : public testing::Test {
  protected:
    HistoryFile() {
        std::string name = (std::filesystem::temp_directory_path() / "earshot-history-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        path_ = folder_ + "/history";
    }
    ~HistoryFile() override { std::filesystem::remove_all(folder_); }
    void write(std::string_view text) const { std::ofstream(path_) << text; }
    std::string read() const {
        std::ostringstream text;
        text << std::ifstream(path_).rdbuf();
        return text.str();
    }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
    }
    std::string folder_, path_;
};

std::vector<std::string> all(const History& history) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < history.size(); ++i) lines.push_back(history[i]);
    return lines;
}
using Lines = std::vector<std::string>;

TEST(History, KeepsNoEmptyLineAndNoNeighbourTwice) {
    History history;
    for (const char* line : {"", "a", "a", "b", "a"}) history.add(line);
    EXPECT_EQ(all(history), (Lines{"a", "b", "a"}));
}

TEST(History, IsBounded) {
    History history;
    for (std::size_t i = 0; i < History::kMaxEntries + 5; ++i) history.add(std::to_string(i));
    EXPECT_EQ(history.size(), History::kMaxEntries);
    EXPECT_EQ(history[0], "5");
    history.add(std::string(History::kMaxEntrySize + 1, 'x'));
    EXPECT_EQ(history[History::kMaxEntries - 1], std::to_string(History::kMaxEntries + 4));
}

TEST(History, EscapesEntriesOfMoreLines) {
    for (const char* entry : {"a\nb", "a\\nb", "\\", "\r\n", "C:\\new", "\\\\n", "plain"}) {
        EXPECT_EQ(escape_entry(entry).find('\n'), std::string::npos);
        EXPECT_EQ(unescape_entry(escape_entry(entry)), entry);
    }
}

TEST_F(HistoryFile, ComesBackInTheNextRun) {
    History first;
    first.add("你好");
    first.add("a\nb");
    ASSERT_TRUE(first.save(path_));
    History second;
    second.add("early");
    ASSERT_TRUE(second.load(path_));
    EXPECT_EQ(all(second), (Lines{"你好", "a\nb", "early"}));
    struct stat facts {};
    ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
    EXPECT_EQ(files(), 1U) << "no temporary file stays";
}

TEST_F(HistoryFile, IsEmptyWhereThereIsNone) {
    History history;
    EXPECT_TRUE(history.load(path_));
    EXPECT_EQ(history.size(), 0U);
    EXPECT_TRUE(history.save(path_));
    EXPECT_EQ(files(), 0U) << "nothing to save makes no file";
}

TEST_F(HistoryFile, LosesNoLineOfAnotherProgram) {
    write("old\n");
    History one, two;
    ASSERT_TRUE(one.load(path_));
    ASSERT_TRUE(two.load(path_));
    one.add("from one");
    two.add("from two");
    ASSERT_TRUE(one.save(path_));
    ASSERT_TRUE(two.save(path_));
    one.add("again");
    ASSERT_TRUE(one.save(path_));
    EXPECT_EQ(read(), "old\nfrom one\nfrom two\nagain\n");
}

TEST_F(HistoryFile, LosesNoLineOfProgramsThatSaveAtOnce) {
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 20; ++i) {
                History history;
                history.add(std::to_string(t) + ":" + std::to_string(i));
                while (!history.save(path_)) std::this_thread::yield();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    History history;
    ASSERT_TRUE(history.load(path_));
    EXPECT_EQ(history.size(), 80U);
    EXPECT_EQ(files(), 1U);
}

TEST_F(HistoryFile, DoesNotWaitForeverForALock) {
    write("old\n");
    std::FILE* other = std::fopen(path_.c_str(), "r");
    ASSERT_EQ(::flock(::fileno(other), LOCK_EX), 0);
    History history;
    history.add("x");
    const Status status = history.save(path_);
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().message.find(path_), std::string::npos);
    std::fclose(other);
    EXPECT_TRUE(history.save(path_)) << "nothing was lost: the next save writes it";
    EXPECT_EQ(read(), "old\nx\n");
}

TEST_F(HistoryFile, WorksInMemoryWhereTheFileCannotBe) {
    const std::string nowhere = folder_ + "/none/history";
    History history;
    EXPECT_TRUE(history.load(nowhere));
    history.add("kept");
    const Status status = history.save(nowhere);
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().message.find(nowhere), std::string::npos);
    EXPECT_EQ(all(history), Lines{"kept"});
    EXPECT_FALSE(history.load(folder_)) << "a folder";
    EXPECT_FALSE(history.save(folder_));
}

TEST_F(HistoryFile, NeverOpensWhatWouldBlock) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    History history;
    history.add("x");
    EXPECT_FALSE(history.load(path_));
    EXPECT_FALSE(history.save(path_));
}

TEST_F(HistoryFile, FollowsASymbolicLink) {
    write("old\n");
    const std::string link = folder_ + "/link";
    std::filesystem::create_symlink(path_, link);
    History history;
    history.add("new");
    ASSERT_TRUE(history.save(link));
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(read(), "old\nnew\n");
}

TEST_F(HistoryFile, ReadsTheEndOfAHugeFile) {
    std::string text;
    while (text.size() < History::kMaxFileSize + 5000) text += "line " + std::to_string(text.size()) + "\n";
    write(text + "last\n");
    History history;
    ASSERT_TRUE(history.load(path_));
    EXPECT_EQ(history.size(), History::kMaxEntries);
    EXPECT_EQ(history[history.size() - 1], "last");
    write(std::string(History::kMaxFileSize + 5000, 'x'));
    History other;
    ASSERT_TRUE(other.load(path_));
    EXPECT_EQ(other.size(), 0U);
}

TEST_F(HistoryFile, KeepsTheFileBounded) {
    for (int run = 0; run < 3; ++run) {
        History history;
        for (std::size_t i = 0; i < 500; ++i) history.add(std::to_string(run) + ":" + std::to_string(i));
        ASSERT_TRUE(history.save(path_));
    }
    History history;
    ASSERT_TRUE(history.load(path_));
    EXPECT_EQ(history.size(), History::kMaxEntries);
    EXPECT_EQ(history[0], "1:0");
}

}  // namespace
}  // namespace earshot::view
