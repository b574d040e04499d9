#include "net/dialer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <filesystem>

#include "net/listener.h"
#include "net/socket_connection.h"
#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

using test::Callers;
using test::RealLoop;
using testing::HasSubstr;

Endpoint at(const char* host, std::uint16_t port = 0) { return *Endpoint::of_numeric(host, port); }

// What the stand-in for the system's look-up knows. Fixed, because it is asked from a thread.
HostAnswer phone_book(const std::string& host) {
    if (host == "both") return {0, 0, {at("::1"), at("127.0.0.1")}};
    if (host == "stalls-first") return {0, 0, {at("127.0.0.9"), at("127.0.0.8")}};
    if (host == "no-ipv6") return {0, 0, {at("ff02::1"), at("127.0.0.1")}};  // TCP to a group: ENETUNREACH, no packet
    if (host == "three") return {0, 0, {at("127.0.0.1"), at("127.0.0.2"), at("::1")}};
    if (host == "down") return {EAI_AGAIN, 0, {}};
    return {EAI_NONAME, 0, {}};
}

class DialerTest : public testing::Test {
  protected:
    DialerTest() { options.look_up = phone_book; }

    std::uint16_t listen(const char* host, std::uint16_t port = 0) {
        auto opened = Listener::open(real.loop, {host, port, {}}, {}, callers);
        EXPECT_TRUE(opened) << opened.error().message;
        if (!opened) return 0;
        listeners.push_back(std::move(*opened));
        return listeners.back()->addresses().at(0).port();
    }
    // A port where calls get no answer: its queue is full and nobody accepts.
    std::uint16_t listen_stalled(const char* host) {
        const Endpoint any = at(host);
        sockaddr_storage storage;
        socklen_t length = any.to_sockaddr(storage);
        stalled.emplace_back(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        auto* address = reinterpret_cast<sockaddr*>(&storage);
        EXPECT_EQ(::bind(stalled.back().get(), address, length), 0);
        EXPECT_EQ(::listen(stalled.back().get(), 0), 0);
        ::getsockname(stalled.back().get(), address, &length);
        for (int i = 0; i < 4; ++i) {
            UniqueFd filler(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            ::connect(filler.get(), address, length);
            fillers.push_back(std::move(filler));
        }
        return Endpoint::of_sockaddr(address, length).port();
    }
    // A port nobody listens on: bound, so that nobody else gets it.
    std::uint16_t closed_port() {
        stalled.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_storage storage;
        socklen_t length = at("0.0.0.0").to_sockaddr(storage);
        auto* address = reinterpret_cast<sockaddr*>(&storage);
        EXPECT_EQ(::bind(stalled.back().get(), address, length), 0);
        ::getsockname(stalled.back().get(), address, &length);
        return Endpoint::of_sockaddr(address, length).port();
    }
    // Dials and waits for the answer: "", or the error's message.
    std::string dial(const Target& target) {
        Dialer dialer(real.loop, options);
        bool inside_start = true;
        dialer.start(target, [&](Result<Dialed> answer) {
            EXPECT_FALSE(inside_start);
            result.emplace(std::move(answer));
        });
        inside_start = false;
        result.reset();
        if (!real.until([&] { return result.has_value(); })) return "no answer from the dialer";
        return *result ? "" : result->error().message;
    }
    Reason reason() const { return result->error().reason; }

    RealLoop real;
    Callers callers;
    DialOptions options;
    std::optional<Result<Dialed>> result;
    std::vector<std::unique_ptr<Listener>> listeners;
    std::vector<UniqueFd> stalled, fillers;
};

TEST_F(DialerTest, CallsAnAddress) {
    const std::uint16_t port = listen("127.0.0.1");
    ASSERT_EQ(dial({"127.0.0.1", port, {}}), "");
    EXPECT_EQ((*result)->peer, at("127.0.0.1", port));
    EXPECT_EQ((*result)->local.address_text(), "127.0.0.1");
    ASSERT_TRUE(real.until([&] { return callers.taken.size() == 1; }));
    EXPECT_EQ(callers.taken[0].peer, (*result)->local);
}

TEST_F(DialerTest, CallsAnIpv6Address) {
    const std::uint16_t port = listen("::1");
    ASSERT_EQ(dial({"::1", port, {}}), "");
    EXPECT_EQ((*result)->peer, at("::1", port));
}

TEST_F(DialerTest, CallsAUnixPath) {
    const std::string path = testing::TempDir() + "dialer-" + std::to_string(::getpid());
    auto opened = Listener::open(real.loop, {"", 0, path}, {}, callers);
    ASSERT_TRUE(opened) << opened.error().message;
    ASSERT_EQ(dial({"", 0, path}), "");
    EXPECT_EQ((*result)->peer.text(), "unix:" + path);
}

TEST_F(DialerTest, NamesAUnixPathThatIsNotThere) {
    EXPECT_THAT(dial({"", 0, "/no/such/socket"}), HasSubstr("unix:/no/such/socket: there is no such socket"));
    EXPECT_EQ(reason(), Reason::refused);
    EXPECT_THAT(dial({"", 0, std::string(200, 'x')}), HasSubstr("107 bytes"));
}

TEST_F(DialerTest, WaitsForRoomInTheQueueOfAUnixSocket) {
    const std::string path = testing::TempDir() + "full-" + std::to_string(::getpid());
    ListenOptions one;
    one.backlog = 0;
    auto opened = Listener::open(real.loop, {"", 0, path}, one, callers);
    ASSERT_TRUE(opened);
    (*opened)->pause();
    fillers.push_back(test::call(Endpoint::of_unix(path)));
    Dialer dialer(real.loop, options);
    dialer.start({"", 0, path}, [&](Result<Dialed> answer) { result.emplace(std::move(answer)); });
    real.loop.run_once(Millis(30));
    EXPECT_FALSE(result.has_value());
    (*opened)->resume();
    ASSERT_TRUE(real.until([&] { return result.has_value(); }));
    EXPECT_TRUE(*result);
}

TEST_F(DialerTest, SaysThatNobodyListens) {
    const std::string error = dial({"127.0.0.1", closed_port(), {}});
    EXPECT_THAT(error, HasSubstr("cannot connect to 127.0.0.1:"));
    EXPECT_THAT(error, HasSubstr("refused: nobody listens there; is the server running"));
    EXPECT_EQ(reason(), Reason::refused);
}

TEST_F(DialerTest, NamesEveryAddressThatFailed) {
    const std::uint16_t port = closed_port();
    const std::string error = dial({"three", port, {}});
    for (const char* each : {"127.0.0.1", "127.0.0.2", "::1"}) {
        EXPECT_THAT(error, HasSubstr(at(each, port).text() + " ("));
    }
    EXPECT_EQ(error.find('\n'), std::string::npos);
    EXPECT_EQ(reason(), Reason::refused);
}

TEST_F(DialerTest, FallsToTheOtherFamily) {
    const std::uint16_t port = listen("127.0.0.1");
    ASSERT_EQ(dial({"both", port, {}}), "");
    EXPECT_EQ((*result)->peer, at("127.0.0.1", port));
}

TEST_F(DialerTest, PrefersTheFirstFamilyWhereBothAnswer) {
    const std::uint16_t port = listen("::1");
    listen("127.0.0.1", port);
    ASSERT_EQ(dial({"both", port, {}}), "");
    EXPECT_EQ((*result)->peer, at("::1", port));
}

TEST_F(DialerTest, FallsToIpv4SilentlyWhereIpv6IsUnreachable) {
    const std::uint16_t port = listen("127.0.0.1");
    ASSERT_EQ(dial({"no-ipv6", port, {}}), "");
    listeners.clear();
    const std::string error = dial({"no-ipv6", port, {}});
    EXPECT_THAT(error, HasSubstr("[ff02::1]:"));
    EXPECT_EQ(reason(), Reason::refused);
}

TEST_F(DialerTest, StartsTheNextAddressWhenTheFirstHadItsHeadStart) {
    options.head_start = Millis(20);
    const std::uint16_t port = listen_stalled("127.0.0.9");
    listen("127.0.0.8", port);
    ASSERT_EQ(dial({"stalls-first", port, {}}), "");
    EXPECT_EQ((*result)->peer, at("127.0.0.8", port));
}

TEST_F(DialerTest, GivesUpAfterItsTimeout) {
    options.connect_timeout = Millis(60);
    const std::uint16_t port = listen_stalled("127.0.0.9");
    EXPECT_THAT(dial({"127.0.0.9", port, {}}), HasSubstr("no answer within 0.06 s"));
    EXPECT_EQ(reason(), Reason::timeout);
    EXPECT_THAT(dial({"stalls-first", port, {}}), HasSubstr(at("127.0.0.8", port).text() + " (not tried in time)"));
}

TEST_F(DialerTest, TellsUnknownFromUnreachableNames) {
    EXPECT_THAT(dial({"nobody", 1, {}}), HasSubstr("unknown host nobody"));
    EXPECT_EQ(reason(), Reason::unknown_host);
    EXPECT_THAT(dial({"down", 1, {}}), HasSubstr("could not be asked for"));
    EXPECT_EQ(reason(), Reason::unknown_host);
}

TEST_F(DialerTest, SaysThatNoRouteLeadsThere) {
    EXPECT_THAT(dial({"224.0.0.1", 9, {}}), HasSubstr("cannot connect to 224.0.0.1:9: "));
    EXPECT_EQ(reason(), Reason::unreachable);
}

TEST_F(DialerTest, CallsFromTheGivenAddress) {
    options.source = Target{"127.0.0.2", 0, {}};
    const std::uint16_t port = listen("127.0.0.1");
    ASSERT_EQ(dial({"127.0.0.1", port, {}}), "");
    EXPECT_EQ((*result)->local.address_text(), "127.0.0.2");
}

TEST_F(DialerTest, CallsFromTheGivenPort) {
    const std::uint16_t port = listen("127.0.0.1");
    const std::uint16_t source = closed_port();
    stalled.clear();
    options.source = Target{"127.0.0.2", source, {}};
    ASSERT_EQ(dial({"both", port, {}}), "");
    EXPECT_EQ((*result)->local, at("127.0.0.2", source));
}

TEST_F(DialerTest, NamesASourceThatCannotBe) {
    const std::uint16_t port = listen("127.0.0.1");
    options.source = Target{"192.0.2.77", 0, {}};
    EXPECT_THAT(dial({"127.0.0.1", port, {}}),
                HasSubstr("cannot call from 192.0.2.77:0 (--source): not an address of this machine"));
    options.source = Target{"::1", 0, {}};
    EXPECT_THAT(dial({"127.0.0.1", port, {}}), HasSubstr("other address family"));
}

TEST_F(DialerTest, LeavesNothingBehindWhenCancelled) {
    const std::uint16_t port = listen_stalled("127.0.0.9");
    const std::size_t before = test::open_descriptors();
    bool called = false;
    {
        Dialer dialer(real.loop, options);
        dialer.start({"stalls-first", port, {}}, [&](Result<Dialed>) { called = true; });
        real.loop.run_once(Millis(50));
    }
    {
        Dialer dialer(real.loop, options);  // fails at once: the answer is on its way when the dialer goes
        dialer.start({"224.0.0.1", 9, {}}, [&](Result<Dialed>) { called = true; });
    }
    for (int i = 0; i < 20; ++i) real.loop.run_once(Millis(5));
    EXPECT_FALSE(called);
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST_F(DialerTest, MayBeStartedAgainFromItsAnswer) {
    const std::uint16_t port = listen("127.0.0.1");
    const std::uint16_t closed = closed_port();
    Dialer dialer(real.loop, options);
    int answers = 0;
    dialer.start({"127.0.0.1", closed, {}}, [&](Result<Dialed> first) {
        EXPECT_FALSE(first);
        ++answers;
        dialer.start({"127.0.0.1", port, {}}, [&](Result<Dialed> second) {
            EXPECT_TRUE(second);
            ++answers;
        });
    });
    EXPECT_TRUE(real.until([&] { return answers == 2; }));
}

// A call to a free port of the range that the kernel gives out can be answered by itself.
TEST_F(DialerTest, DoesNotTalkToItself) {
    const std::uint16_t port = closed_port();
    stalled.clear();
    options.source = Target{"127.0.0.1", port, {}};
    dial({"127.0.0.1", port, {}});
    EXPECT_EQ(reason(), Reason::refused);
}

}  // namespace
}  // namespace earshot::net
