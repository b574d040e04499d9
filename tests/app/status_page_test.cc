#include "app/status_page.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/support/loopback.h"

namespace earshot::app {
namespace {

// Two loops turn on threads of their own, as those of two shards do.
class AskingTwoShards : public testing::Test {
  protected:
    struct ShardLoop {
        SystemClock clock;
        net::Loop loop{clock};
        std::string why_not;
        std::thread thread;
        void begin() {
            thread = std::thread([this] { loop.run(); });
        }
        ~ShardLoop() {
            if (!thread.joinable()) return;
            loop.stop_soon();
            thread.join();
        }
    };
    ~AskingTwoShards() override { page.reset(); }
    void open() {
        StatusPage::Sources sources{.service = &service, .memory = &memory};
        for (ShardLoop* const each : {&first, &second}) {
            sources.loops.push_back({&each->loop, [each] { return each->why_not; }});
            each->begin();
        }
        auto opened = StatusPage::open({"127.0.0.1", 0, {}}, {}, std::move(sources));
        ASSERT_TRUE(opened);
        page = std::move(*opened);
    }
    std::string ask(const std::string& path) {
        const UniqueFd client = test::call(page->addresses().at(0));
        const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
        EXPECT_EQ(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(request.size()));
        const std::string answer = test::read_all(client.get());
        return answer.substr(9, 3) + " " + answer.substr(answer.find("\r\n\r\n") + 4);
    }

    ServiceTally service;
    MemoryBound memory;
    ShardLoop first, second;
    std::unique_ptr<StatusPage> page;
};

TEST_F(AskingTwoShards, IsReadyWhereBothAre) {
    open();
    EXPECT_EQ(ask("/readyz"), "200 ok\n");
    EXPECT_EQ(ask("/livez"), "200 ok\n");
}

TEST_F(AskingTwoShards, IsNotReadyWhereTheSecondIsNot) {
    second.why_not = "the system has no memory for callers";
    open();
    EXPECT_EQ(ask("/readyz"), "503 the system has no memory for callers\n");
    EXPECT_EQ(ask("/livez"), "200 ok\n") << "it lives all the same";
}

TEST_F(AskingTwoShards, IsNotReadyWhereTheFirstIsNot) {
    first.why_not = "it is ending";
    open();
    EXPECT_EQ(ask("/readyz"), "503 it is ending\n");
}

}  // namespace
}  // namespace earshot::app
