#include "net/listener.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "net/port_holder.h"
#include "net/socket_connection.h"
#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

using test::Callers;
using test::RealLoop;
using testing::HasSubstr;

std::string unix_path(const char* name) { return testing::TempDir() + name + std::to_string(::getpid()); }

int option(int socket, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(socket, level, name, &value, &size);
    return value;
}

// Fills the process's table of descriptors up to `spare` free ones, for as long as it lives.
class FewDescriptors {
  public:
    explicit FewDescriptors(rlim_t spare) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        // The limit is on the number, not the count: the lowest free one tells where the free ones begin.
        const UniqueFd lowest(::dup(0));
        rlimit few = before_;
        few.rlim_cur = static_cast<rlim_t>(lowest.get()) + spare;
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

  private:
    rlimit before_{};
};

class ListenerTest : public testing::Test {
  protected:
    Status listen(const Target& where, const ListenOptions& options = {}) {
        auto opened = Listener::open(real.loop, where, options, callers);
        if (!opened) return opened.error();
        listener = std::move(*opened);
        return Ok{};
    }
    std::string failure(const Target& where) {
        const Status status = listen(where);
        if (status) return "listens";
        reason = status.error().reason;
        return status.error().message;
    }
    bool taken(std::size_t count) {
        return real.until([&] { return callers.taken.size() >= count; });
    }
    std::uint16_t port() const { return listener->addresses().at(0).port(); }
    static Endpoint on(const char* host, std::uint16_t port) { return *Endpoint::of_numeric(host, port); }

    RealLoop real;
    Callers callers;
    std::unique_ptr<Listener> listener;
    Reason reason{};
};

TEST_F(ListenerTest, TakesBothFamiliesOnAPortAlone) {
    ASSERT_TRUE(listen({"", 0, {}}));
    const UniqueFd four = test::call(on("127.0.0.1", port()));
    ASSERT_TRUE(taken(1));
    EXPECT_EQ(callers.taken[0].peer.family(), Endpoint::Family::ipv4);
    const UniqueFd six = test::call(on("::1", port()));
    if (!six) GTEST_SKIP() << "no IPv6 here";
    ASSERT_TRUE(taken(2));
    EXPECT_EQ(callers.taken[1].peer.address_text(), "::1");
    SocketConnection connection(real.loop, std::move(callers.taken[0].socket), callers.taken[0].peer,
                                callers.taken[0].local);
    EXPECT_EQ(connection.local(), on("127.0.0.1", port()));
}

TEST_F(ListenerTest, ListensOnEveryAddressOfAName) {
    ASSERT_TRUE(listen({"localhost", 0, {}}));
    for (const Endpoint& address : listener->addresses()) {
        EXPECT_EQ(address.port(), port());
        EXPECT_TRUE(test::call(address)) << address.text();
    }
    EXPECT_TRUE(taken(listener->addresses().size()));
}

TEST_F(ListenerTest, KnowsTheLocalAddressOfACallerWithoutAsking) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
    const UniqueFd caller = test::call(on("127.0.0.1", port()));
    ASSERT_TRUE(taken(1));
    EXPECT_EQ(callers.taken[0].local, on("127.0.0.1", port()));
}

TEST_F(ListenerTest, HandsItsSocketOptionsToEveryCaller) {
    ListenOptions options;
    options.socket.keepalive = std::chrono::seconds(20);
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}, options));
    const UniqueFd caller = test::call(on("127.0.0.1", port()));
    ASSERT_TRUE(taken(1));
    const int socket = callers.taken[0].socket.get();
    EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(socket, SOL_SOCKET, SO_KEEPALIVE), 1);
    const int idle = option(socket, IPPROTO_TCP, TCP_KEEPIDLE);
    const int probes = option(socket, IPPROTO_TCP, TCP_KEEPCNT) * option(socket, IPPROTO_TCP, TCP_KEEPINTVL);
    EXPECT_EQ(idle, 20);
    EXPECT_LE(idle + probes, 40);
    EXPECT_NE(::fcntl(socket, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(socket, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(ListenerTest, KeepsTheKeepAliveWithinItsPromiseForEveryLength) {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    for (const int seconds : {1, 2, 3, 5, 7, 60, 32'767, 1'000'000}) {
        apply_socket_options(socket.get(), {std::chrono::seconds(seconds)});
        const int idle = option(socket.get(), IPPROTO_TCP, TCP_KEEPIDLE);
        const int probes =
            option(socket.get(), IPPROTO_TCP, TCP_KEEPCNT) * option(socket.get(), IPPROTO_TCP, TCP_KEEPINTVL);
        EXPECT_EQ(idle, std::min(seconds, 32'767));
        EXPECT_LE(idle + probes, 2 * idle) << seconds;
    }
}

TEST_F(ListenerTest, NamesThisProgramWhereItHoldsThePort) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
    const auto holder = std::move(listener);
    const std::uint16_t held = holder->addresses().at(0).port();
    const std::string error = failure({"127.0.0.1", held, {}});
    EXPECT_THAT(error, HasSubstr("in use by net_tests (pid " + std::to_string(::getpid()) + ")"));
    EXPECT_EQ(reason, Reason::in_use);
    EXPECT_THAT(failure({"", held, {}}), HasSubstr("in use by net_tests"));
    EXPECT_EQ(error.find('\n'), std::string::npos);
}

TEST_F(ListenerTest, SaysThatAPortIsKeptByWhoeverDoesNotListen) {
    const UniqueFd keeper(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    socklen_t length = on("127.0.0.1", 0).to_sockaddr(storage);
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    ASSERT_EQ(::bind(keeper.get(), address, length), 0);
    ::getsockname(keeper.get(), address, &length);
    EXPECT_THAT(failure({"127.0.0.1", Endpoint::of_sockaddr(address, length).port(), {}}),
                HasSubstr("a program that does not listen"));
}

TEST_F(ListenerTest, TakesAPortAgainWhoseConversationLingers) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
    const std::uint16_t same = port();
    const UniqueFd caller = test::call(on("127.0.0.1", same));
    ASSERT_TRUE(taken(1));
    callers.taken.clear();  // our FIN first: TIME-WAIT stays on this side
    listener.reset();
    EXPECT_EQ(failure({"127.0.0.1", same, {}}), "listens");
}

TEST_F(ListenerTest, SaysWhatIsWrongWithAnAddress) {
    EXPECT_THAT(failure({"192.0.2.77", 0, {}}), HasSubstr("not an address of this machine"));
    EXPECT_EQ(reason, Reason::unreachable);
    EXPECT_THAT(failure({"no-such-host.invalid", 0, {}}), HasSubstr("the host is unknown"));
    EXPECT_EQ(reason, Reason::unknown_host);
}

// As another user in a process of its own: this one may be root's.
TEST_F(ListenerTest, SaysThatALowPortNeedsPrivilege) {
    EXPECT_EXIT(
        {
            if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(9);
            const std::string error = failure({"127.0.0.1", 81, {}});
            const bool said = error.find("ports below 1024 need privilege") != std::string::npos;
            const bool allowed = error == "listens";  // net.ipv4.ip_unprivileged_port_start lowered
            ::_exit(said || allowed ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST_F(ListenerTest, SaysWhenItMayNotSeeWhoHoldsAPort) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
    if (::geteuid() != 0) GTEST_SKIP() << "needs two users";
    EXPECT_EXIT(
        {
            const Endpoint held = listener->addresses()[0];
            ::close_range(3, ~0U, 0);  // else the child is the one who holds it
            if (::setresuid(65534, 65534, 65534) != 0) ::_exit(9);
            ::_exit(port_holder(held).find("another user") != std::string::npos ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST_F(ListenerTest, ServesAUnixPathAndRemovesIt) {
    const std::string path = unix_path("unix");
    ASSERT_TRUE(listen({"", 0, path}));
    EXPECT_EQ(listener->addresses().at(0).text(), "unix:" + path);
    const UniqueFd caller = test::call(Endpoint::of_unix(path));
    ASSERT_TRUE(taken(1));
    EXPECT_EQ(callers.taken[0].peer.text(), "unix:");
    EXPECT_EQ(callers.taken[0].local.text(), "unix:" + path);
    listener.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, ReplacesAUnixSocketThatNobodyAnswers) {
    const std::string path = unix_path("stale");
    {
        const UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_storage storage;
        const socklen_t length = Endpoint::of_unix(path).to_sockaddr(storage);
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
    }
    ASSERT_TRUE(std::filesystem::exists(path));
    ASSERT_EQ(failure({"", 0, path}), "listens");
    EXPECT_TRUE(test::call(Endpoint::of_unix(path)));
}

TEST_F(ListenerTest, LeavesAUnixSocketThatIsServedAlone) {
    const std::string path = unix_path("served");
    ASSERT_TRUE(listen({"", 0, path}));
    const auto first = std::move(listener);
    EXPECT_THAT(failure({"", 0, path}), HasSubstr("somebody answers there already"));
    EXPECT_EQ(reason, Reason::in_use);
    EXPECT_TRUE(test::call(Endpoint::of_unix(path)));
}

TEST_F(ListenerTest, LeavesAFileThatIsNoSocketAlone) {
    const std::string path = unix_path("file");
    std::ofstream(path) << "precious";
    EXPECT_THAT(failure({"", 0, path}), HasSubstr("a file that is no socket"));
    EXPECT_EQ(std::filesystem::file_size(path), 8U);
    std::filesystem::remove(path);
}

TEST_F(ListenerTest, LeavesAPathThatSomebodyElseTookSince) {
    const std::string path = unix_path("taken");
    ASSERT_TRUE(listen({"", 0, path}));
    std::filesystem::remove(path);
    std::ofstream(path) << "other";
    listener.reset();
    EXPECT_TRUE(std::filesystem::exists(path));
    std::filesystem::remove(path);
}

TEST_F(ListenerTest, SaysWhatIsWrongWithAUnixPath) {
    EXPECT_THAT(failure({"", 0, "/no/such/folder/x"}), HasSubstr("the folder does not exist"));
    EXPECT_THAT(failure({"", 0, std::string(108, 'x')}), HasSubstr("107 bytes"));
}

TEST_F(ListenerTest, LetsCallersWaitWhilePaused) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
    listener->pause();
    const UniqueFd caller = test::call(on("127.0.0.1", port()));
    EXPECT_TRUE(caller);
    EXPECT_FALSE(real.loop.run_once(Millis(20)));
    listener->resume();
    EXPECT_TRUE(taken(1));
}

TEST_F(ListenerTest, ResetsWaitingCallersWhenClosed) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
    const UniqueFd caller = test::call(on("127.0.0.1", port()));
    listener->close();
    EXPECT_EQ(test::read_all(caller.get()), "RST");
    EXPECT_TRUE(listener->addresses().empty());
}

// Closes or pauses the listener as soon as a caller is there.
struct Doorman final : ListenerHandler {
    void on_accept(UniqueFd, Endpoint, Endpoint) override {
        ++taken;
        then();
    }
    void on_accept_trouble(const Error&, std::uint64_t) override {}
    int taken = 0;
    std::function<void()> then;
};

TEST_F(ListenerTest, MayBePausedClosedOrDestroyedByItsHandler) {
    for (const int way : {0, 1, 2}) {
        Doorman doorman;
        auto opened = Listener::open(real.loop, {"127.0.0.1", 0, {}}, {}, doorman);
        ASSERT_TRUE(opened);
        doorman.then = [&] {
            if (way == 0) (*opened)->pause();
            if (way == 1) (*opened)->close();
            if (way == 2) opened->reset();
        };
        const Endpoint where = (*opened)->addresses().at(0);
        const UniqueFd first = test::call(where), second = test::call(where);
        ASSERT_TRUE(real.until([&] { return doorman.taken > 0; }));
        for (int i = 0; i < 3; ++i) real.loop.run_once(Millis(2));
        EXPECT_EQ(doorman.taken, 1) << way;
    }
}

TEST_F(ListenerTest, TellsCallersWhenNoDescriptorIsLeft) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
    std::vector<UniqueFd> outside;
    outside.reserve(8);
    for (int i = 0; i < 8; ++i) outside.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    const socklen_t length = on("127.0.0.1", port()).to_sockaddr(storage);
    {
        const FewDescriptors few(3);
        for (const UniqueFd& each : outside) {
            ASSERT_EQ(::connect(each.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
        }
        ASSERT_TRUE(real.until([&] { return callers.trouble_count > 0 && callers.taken.size() == 3; }));
        EXPECT_EQ(test::read_all(outside[3].get()), "earshot: too many connections, try later\n");
        EXPECT_EQ(test::read_all(outside[7].get()), "earshot: too many connections, try later\n");
        // One report at once, the rest of the second together; and the loop rests in between.
        EXPECT_EQ(callers.troubles.size(), 1U);
        EXPECT_FALSE(real.loop.run_once(Millis(20)));
        ASSERT_TRUE(real.until([&] { return callers.trouble_count == 5; }));
        EXPECT_EQ(callers.troubles.size(), 2U);
        EXPECT_EQ(callers.troubles[0].reason, Reason::limit);
        EXPECT_THAT(callers.troubles[0].message, HasSubstr("ulimit -n"));
        // Serving goes on.
        callers.taken.clear();
        outside[0].reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::connect(outside[0].get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
        EXPECT_TRUE(taken(1));
    }
}

TEST_F(ListenerTest, RestsWhereEvenTheReserveIsGone) {
    UniqueFd caller(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    {
        const FewDescriptors few(1);  // for the listening socket; none for the reserve
        ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
        sockaddr_storage storage;
        const socklen_t length = on("127.0.0.1", port()).to_sockaddr(storage);
        ASSERT_EQ(::connect(caller.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
        ASSERT_TRUE(real.until([&] { return callers.troubles.size() == 1; }));
        EXPECT_FALSE(real.loop.run_once(Millis(20)));
    }
    EXPECT_TRUE(taken(1));
}

TEST_F(ListenerTest, LeavesTheLastDescriptorsToOthers) {
    std::vector<UniqueFd> outside;
    outside.reserve(40);
    for (int i = 0; i < 40; ++i) outside.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ListenOptions options;
    options.keep_back = 5;
    const FewDescriptors few(30);  // so that there are at least 72, of which 5 is less than an eighth
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}, options));
    sockaddr_storage storage;
    const socklen_t length = on("127.0.0.1", port()).to_sockaddr(storage);
    for (const UniqueFd& each : outside) {
        ASSERT_EQ(::connect(each.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
    }
    EXPECT_EQ(listener->obstacle(), nullptr);
    ASSERT_TRUE(real.until([&] { return callers.taken.size() + callers.trouble_count == 40; }));
    EXPECT_EQ(callers.taken.size(), 30U - 2 - 5);  // the listening socket and the reserve are ours
    EXPECT_EQ(test::read_all(outside.back().get()), "earshot: too many connections, try later\n");
    EXPECT_STREQ(listener->obstacle(), "no descriptor is left for callers");
    std::vector<UniqueFd> others;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(others.emplace_back(::dup(0)));
    others.clear();
    callers.taken.clear();
    EXPECT_EQ(listener->obstacle(), nullptr);
}

// A listener whose accept says what a test wants, on a clock that goes on when it wants.
class AcceptFaults : public testing::Test {
  protected:
    AcceptFaults() {
        options.accept = [this](int listening, sockaddr* peer, socklen_t* length) {
            ++asked;
            const int fault = faults.empty() ? always : faults.front();
            if (!faults.empty()) faults.pop_front();
            if (fault == 0) return ::accept4(listening, peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
            errno = fault;
            return -1;
        };
        auto opened = Listener::open(loop, {"127.0.0.1", 0, {}}, options, callers);
        EXPECT_TRUE(opened);
        listener = std::move(*opened);
    }
    UniqueFd call() { return test::call(listener->addresses().at(0)); }
    // All that happens without time going on, or in this time. Gives how many turns of the loop had something to do.
    int settle() {
        int busy = 0;
        for (int i = 0; i < 200; ++i) busy += loop.run_once(Millis(0)) ? 1 : 0;
        return busy;
    }
    void pass(Millis time) {
        for (Millis passed(0); passed < time; passed += Millis(10)) {
            clock.advance(Millis(10));
            settle();
        }
    }
    std::string last_trouble() const { return callers.troubles.empty() ? "" : callers.troubles.back().message; }

    ManualClock clock;
    Loop loop{clock};
    Callers callers;
    ListenOptions options;
    std::deque<int> faults;  // one for each time it is asked
    int always = 0, asked = 0;
    std::unique_ptr<Listener> listener;
};

TEST_F(AcceptFaults, RestsWhereSomebodyElseTakesTheReserveEachTime) {
    always = EMFILE;  // also when the reserve has been given up: another thread was faster
    const UniqueFd caller = call();
    EXPECT_LE(settle(), 1);
    EXPECT_LE(asked, 2);
    pass(Millis(90));
    EXPECT_LE(asked, 2) << "it does not ask before it has rested";
    pass(Millis(20));
    EXPECT_LE(asked, 4);
    EXPECT_THAT(last_trouble(), HasSubstr("have to wait"));
    EXPECT_EQ(callers.trouble_count, 0U) << "he has not been refused";
    always = 0;
    pass(Millis(110));
    EXPECT_EQ(callers.taken.size(), 1U);
}

TEST_F(AcceptFaults, DoesNextToNothingWhileTheyLast) {
    for (const int error : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EPERM}) {
        always = error;
        asked = 0;
        callers.troubles.clear();
        const UniqueFd caller = call();
        pass(Millis(3000));
        EXPECT_LE(asked, 62) << errno_text(error) << ": ten times a second, each with the reserve";
        EXPECT_GE(asked, 25) << errno_text(error);
        EXPECT_LE(callers.troubles.size(), 4U) << errno_text(error) << ": one line a second";
        EXPECT_GE(callers.troubles.size(), 2U) << errno_text(error);
        always = 0;
        pass(Millis(110));
        EXPECT_EQ(callers.taken.size(), 1U) << errno_text(error);
        callers.taken.clear();
    }
}

TEST_F(AcceptFaults, TakesTheNextOneAtOnceWhereOneHasGone) {
    for (const int error : {ECONNABORTED, EPROTO, ENETDOWN, EINTR}) {
        faults = {error};
        const UniqueFd caller = call();
        settle();
        EXPECT_EQ(callers.taken.size(), 1U) << errno_text(error);
        callers.taken.clear();
    }
    EXPECT_TRUE(callers.troubles.empty());
}

TEST_F(AcceptFaults, WaitsForMemoryAndSaysSo) {
    for (const int error : {ENOMEM, ENOBUFS, EPERM}) {
        faults = {error};
        callers.troubles.clear();
        const UniqueFd caller = call();
        settle();
        EXPECT_TRUE(callers.taken.empty());
        EXPECT_EQ(listener->obstacle() != nullptr, error != EPERM);
        pass(Millis(110));
        EXPECT_EQ(listener->obstacle(), nullptr);
        EXPECT_EQ(callers.taken.size(), 1U) << errno_text(error);
        EXPECT_EQ(callers.troubles.size(), 1U) << errno_text(error);
        EXPECT_EQ(last_trouble().find('\n'), std::string::npos);
        callers.taken.clear();
        pass(Millis(1000));
    }
    EXPECT_EQ(callers.trouble_count, 0U);
}

TEST_F(AcceptFaults, CountsEachWhoIsRefusedAlsoThoseJustBeforeTheEnd) {
    constexpr int kCallers = 70;  // more than a batch
    std::vector<UniqueFd> outside;
    for (int i = 0; i < kCallers; ++i) {
        outside.push_back(call());
        faults.push_back(i % 2 == 0 ? EMFILE : ENFILE);
        faults.push_back(0);  // with the reserve
    }
    settle();
    EXPECT_EQ(callers.trouble_count, 1U) << "the first is told at once, the others within a second";
    listener->close();
    EXPECT_EQ(callers.trouble_count, static_cast<unsigned>(kCallers));
    EXPECT_TRUE(callers.taken.empty());
    for (const UniqueFd& each : outside) {
        EXPECT_EQ(test::read_all(each.get()), "earshot: too many connections, try later\n");
    }
}

TEST_F(AcceptFaults, LetsACallerGoWhoseReserveFindsNobody) {
    const UniqueFd caller = call();
    faults = {EMFILE, EAGAIN};
    loop.run_once(Millis(0));
    EXPECT_TRUE(callers.troubles.empty());
    settle();
    EXPECT_EQ(callers.taken.size(), 1U);
}

TEST_F(ListenerTest, LeaksNothingInTenThousandCalls) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, {}}));
    const std::size_t before = test::open_descriptors();
    const Endpoint where = on("127.0.0.1", port());
    test::Readiness ready;
    for (int i = 0; i < 10'000; i += 100) {
        std::vector<UniqueFd> peers;
        for (int j = 0; j < 100; ++j) {
            peers.push_back(test::call(where));
            ASSERT_TRUE(peers.back());
        }
        ASSERT_TRUE(taken(100));
        std::vector<std::unique_ptr<SocketConnection>> ours;
        for (auto& caller : callers.taken) {
            ours.push_back(std::make_unique<SocketConnection>(real.loop, std::move(caller.socket), caller.peer));
            ours.back()->set_handler(&ready);
            ours.back()->want(true, false);
        }
        callers.taken.clear();
        // RST from here: no TIME-WAIT, the ports are free for the next hundred.
        for (auto& each : ours) each->reset();
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(ListeningSocket, TellsOfItsAddressBeforeAnybodyCanCallThere) {
    ListenOptions options;
    std::vector<Endpoint> told;
    options.before_listening = [&](const Endpoint& bound) {
        told.push_back(bound);
        EXPECT_FALSE(test::call(bound));
        EXPECT_EQ(errno, ECONNREFUSED);
    };
    const auto sockets = open_listening_sockets(Target{"127.0.0.1", 0, ""}, options);
    ASSERT_TRUE(sockets) << sockets.error().message;
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.front(), sockets->front().bound()) << "with the port that was taken";
    EXPECT_TRUE(test::call(told.front()));
}

// --- sockets that somebody else has opened

TEST_F(ListenerTest, TakesASocketThatWasPassedWhateverTheTargetSays) {
    auto opened = open_listening_sockets({"127.0.0.1", 0, ""}, {});
    ASSERT_TRUE(opened);
    const ListeningSocket& theirs = opened->front();
    ListenOptions options;
    options.passed = {{theirs.descriptor(), false}};
    ASSERT_TRUE(listen({"127.0.0.1", 1, ""}, options));
    EXPECT_EQ(listener->addresses().front(), theirs.bound());
    const UniqueFd caller = test::call(theirs.bound());
    EXPECT_TRUE(real.until([&] { return callers.taken.size() == 1; }));
}

TEST_F(ListenerTest, HandsOverWhoeverStillWaits) {
    ASSERT_TRUE(listen({"127.0.0.1", 0, ""}));
    const Endpoint where = listener->addresses().front();
    const UniqueFd kept(::fcntl(listener->sockets().front().descriptor, F_DUPFD_CLOEXEC, 0));
    const UniqueFd waiting = test::call(where);
    listener->hand_over();
    EXPECT_TRUE(callers.taken.empty());
    ListenOptions options;
    options.passed = {{kept.get(), false}};
    ASSERT_TRUE(listen({}, options));
    EXPECT_TRUE(real.until([&] { return callers.taken.size() == 1; })) << "he who waited is the next one's";
}

TEST_F(ListenerTest, LeavesAUnixPathToItsSuccessorOrItsMaker) {
    const std::string path = unix_path("passed");
    ASSERT_TRUE(listen({"", 0, path}));
    EXPECT_TRUE(listener->sockets().front().owns_path);
    const UniqueFd kept(::fcntl(listener->sockets().front().descriptor, F_DUPFD_CLOEXEC, 0));
    listener->hand_over();
    EXPECT_TRUE(std::filesystem::exists(path));
    ListenOptions options;
    options.passed = {{kept.get(), false}};
    ASSERT_TRUE(listen({}, options));
    listener.reset();
    EXPECT_TRUE(std::filesystem::exists(path)) << "its maker's";
    options.passed.front().owns_path = true;
    ASSERT_TRUE(listen({}, options));
    listener.reset();
    EXPECT_FALSE(std::filesystem::exists(path)) << "its own";
}

TEST_F(ListenerTest, RefusesWhatIsNoListeningSocket) {
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const UniqueFd datagrams(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    for (const int descriptor : {file.get(), datagrams.get(), 9999}) {
        ListenOptions options;
        options.passed = {{descriptor, false}};
        const Status listening = listen({}, options);
        ASSERT_FALSE(listening);
        EXPECT_EQ(listening.error().reason, Reason::usage);
    }
}

}  // namespace
}  // namespace earshot::net
