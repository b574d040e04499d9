#include "net/capture.h"

#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "net/capture_file.h"
#include "net/listening_socket.h"
#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

using test::RealLoop;

// The flags byte of a TCP segment over IPv4 in an Ethernet frame: what loopback gives.
int flags_of(const CapturedFrame& frame) { return frame.bytes.size() < 54 ? -1 : frame.bytes[14 + 20 + 13]; }

// A listener on loopback, a capture of its port, and the flags of what was seen.
struct Watched {
    RealLoop real;
    std::vector<ListeningSocket> sockets;
    std::unique_ptr<Capture> capture;
    std::vector<int> flags;
    std::function<void()> then;
    bool all_in = false;

    bool open() {
        sockets = std::move(*open_listening_sockets({.host = "127.0.0.1"}, {}));
        const std::vector<Endpoint> peers{sockets[0].bound()};
        auto opened = Capture::open(real.loop, wish_for_call(peers, std::nullopt),
                                    {.on_frame = [this](const CapturedFrame& frame) {
                                        flags.push_back(flags_of(frame));
                                        if (then) then();
                                    }});
        if (!opened) {
            EXPECT_EQ(opened.error().reason, Reason::permission) << opened.error().message;
            return false;
        }
        capture = std::move(*opened);
        return true;
    }
    void call_and_close() {
        const UniqueFd caller = test::call(sockets[0].bound());
        ASSERT_TRUE(caller);
    }
    void take_all() {
        capture->flush_all([this] { all_in = true; });
        EXPECT_TRUE(real.until([this] { return all_in; }));
    }
    bool saw(int wanted) const { return std::find(flags.begin(), flags.end(), wanted) != flags.end(); }
};

#define OPEN_OR_SKIP(watched) \
    if (!(watched).open()) GTEST_SKIP() << "no CAP_NET_RAW: live capture is not tested"

TEST(Capture, SeesTheWholeHandshakeAndTheEnd) {
    Watched watched;
    OPEN_OR_SKIP(watched);
    watched.call_and_close();
    watched.take_all();
    ASSERT_GE(watched.flags.size(), 4U);
    EXPECT_EQ(watched.flags[0], 2);     // SYN
    EXPECT_EQ(watched.flags[1], 0x12);  // SYN,ACK
    EXPECT_EQ(watched.flags[2], 0x10);  // ACK
    EXPECT_TRUE(watched.saw(0x11));     // FIN,ACK
    EXPECT_EQ(watched.capture->dropped(), 0U);
    EXPECT_TRUE(watched.capture->shows_arrivals_only(0));
}

TEST(Capture, SeesNothingOfOtherPorts) {
    Watched watched, other;
    OPEN_OR_SKIP(watched);
    OPEN_OR_SKIP(other);
    other.call_and_close();
    watched.take_all();
    EXPECT_TRUE(watched.flags.empty());
}

TEST(Capture, HandsOutWhatComesWithoutBeingAsked) {
    Watched watched;
    OPEN_OR_SKIP(watched);
    watched.call_and_close();
    EXPECT_TRUE(watched.real.until([&] { return watched.saw(2); }));
}

TEST(Capture, HandsOutWhatComesWhileItRestsAndAfterIt) {
    Watched watched;
    OPEN_OR_SKIP(watched);
    const auto ends = [&] { return std::count(watched.flags.begin(), watched.flags.end(), 0x11); };  // FIN,ACK
    for (int calls = 1; calls <= 3; ++calls) {
        watched.call_and_close();
        ASSERT_TRUE(watched.real.until([&] { return ends() >= calls; })) << calls;
    }
    const SteadyTime rested = watched.real.loop.clock().now() + 2 * kCaptureDelay;
    ASSERT_TRUE(watched.real.until([&] { return watched.real.loop.clock().now() > rested; }));
    watched.call_and_close();
    EXPECT_TRUE(watched.real.until([&] { return ends() >= 4; }));
    EXPECT_EQ(watched.capture->dropped(), 0U);
}

TEST(Capture, CanBeClosedWhileItHandsOut) {
    Watched watched;
    OPEN_OR_SKIP(watched);
    watched.then = [&] { watched.capture->close(); };
    watched.call_and_close();
    watched.take_all();
    EXPECT_EQ(watched.flags.size(), 1U);
    watched.capture.reset();
}

TEST(Capture, LeavesNoDescriptorBehind) {
    const std::size_t before = test::open_descriptors();
    {
        Watched watched;
        OPEN_OR_SKIP(watched);
        watched.call_and_close();
        watched.capture->flush_all([] { FAIL() << "destroyed before"; });
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(Capture, SeesAWildcardListenersCallersOnAnyInterface) {
    Watched watched;
    OPEN_OR_SKIP(watched);
    const std::vector<Endpoint> bound{*Endpoint::of_numeric("0.0.0.0", watched.sockets[0].bound().port())};
    std::vector<CapturedFrame> frames;
    auto any = Capture::open(watched.real.loop, wish_for_listener(bound), {.on_frame = [&](const CapturedFrame& frame) {
                                 EXPECT_EQ(frame.link_type, 276);
                                 frames.push_back(frame);
                             }});
    ASSERT_TRUE(any) << any.error().message;
    EXPECT_FALSE((*any)->shows_arrivals_only(0));
    EXPECT_TRUE((*any)->shows_arrivals_only(::if_nametoindex("lo"))) << "each packet of loopback comes once";
    watched.call_and_close();
    constexpr std::size_t kAll = 5;  // SYN; SYN,ACK; ACK; FIN,ACK; ACK
    EXPECT_TRUE(watched.real.until([&] { return watched.flags.size() >= kAll && frames.size() >= kAll; }));
    bool done = false;
    (*any)->flush_all([&] { done = true; });
    EXPECT_TRUE(watched.real.until([&] { return done; }));
    EXPECT_EQ(frames.size(), watched.flags.size()) << "as the capture of loopback alone";
}

// In a network of this thread's own: what passed an interface in the last moment before it was taken away.
TEST(Capture, HandsOutWhatCameBeforeTheInterfaceWent) {
    std::thread([] {
        if (::unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no network namespace: no interface can be taken away";
        const char* set_up =
            "ip link add one type veth peer name uno && ip addr add 10.81.1.1/24 dev one && ip link set one up && "
            "ip link set uno up";
        if (std::system(set_up) != 0) GTEST_SKIP() << "no iproute2 or no veth interfaces";
        RealLoop real;
        std::vector<std::string> told;
        auto opened = Capture::open(real.loop, {"one", "arp", {}},
                                    {.on_frame = [&](const CapturedFrame&) { told.emplace_back("frame"); },
                                     .on_lost = [&](const Error& error) { told.push_back(error.message); }});
        if (!opened) GTEST_SKIP() << "no CAP_NET_RAW: live capture is not tested";
        // Whoever is not there is asked for, which passes at once.
        const UniqueFd caller(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_storage nobody{};
        const socklen_t length = Endpoint::of_numeric("10.81.1.7", 5)->to_sockaddr(nobody);
        ::connect(caller.get(), reinterpret_cast<const sockaddr*>(&nobody), length);
        ASSERT_EQ(std::system("ip link delete one"), 0);
        EXPECT_TRUE(real.until([&] { return !told.empty() && told.back() != "frame"; }));
        EXPECT_EQ(told.front(), "frame");
        EXPECT_NE(told.back().find("one"), std::string::npos) << told.back();
        bool done = false;
        (*opened)->flush_all([&] { done = true; });
        EXPECT_TRUE(real.until([&] { return done; })) << "who waits for the rest is told that it is all here";
    }).join();
}

TEST(Capture, TellsWhoWaitsForTheRestAlsoAfterItWasClosedAtRest) {
    Watched watched;
    OPEN_OR_SKIP(watched);
    watched.call_and_close();
    watched.real.loop.run_once(Millis(50));  // the first frame has made it rest
    watched.capture->flush_all([&] { watched.all_in = true; });
    watched.capture->close();
    EXPECT_TRUE(watched.real.until([&] { return watched.all_in; }));
    EXPECT_TRUE(watched.flags.empty()) << "closed: no frame is handed out";
}

TEST(Capture, SaysWhatToDoWithoutThePrivilege) {
    if (::geteuid() != 0) GTEST_SKIP() << "not root: has no privilege to give up";
    ASSERT_EQ(::seteuid(65534), 0);
    RealLoop real;
    auto refused = Capture::open(real.loop, {"lo", "tcp"}, {});
    ASSERT_EQ(::seteuid(0), 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, Reason::permission);
    EXPECT_NE(refused.error().message.find("CAP_NET_RAW"), std::string::npos) << refused.error().message;
}

TEST(Capture, NamesAnInterfaceThatIsNotThere) {
    if (::geteuid() != 0) GTEST_SKIP() << "not root";
    RealLoop real;
    auto refused = Capture::open(real.loop, {"nowhere0", "tcp"}, {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("nowhere0"), std::string::npos) << refused.error().message;
}

TEST(CaptureWish, NamesTheInterfaceTowardsThisMachine) {
    EXPECT_EQ(interface_towards(*Endpoint::of_numeric("127.0.0.9", 1), {}), "lo");
    EXPECT_EQ(interface_towards(*Endpoint::of_numeric("::1", 1), {}), "lo");
    ifaddrs* all = nullptr;
    ASSERT_EQ(::getifaddrs(&all), 0);
    for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
        const Endpoint own = Endpoint::of_sockaddr(each->ifa_addr, sizeof(sockaddr_in));
        EXPECT_EQ(interface_towards(own, {}), "lo") << own.address_text();
    }
    ::freeifaddrs(all);
}

// In a network of this thread's own: two interfaces, the way to each, and addresses that are this machine's.
TEST(CaptureWish, AsksTheKernelForTheWay) {
    std::thread([] {
        if (::unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no network namespace: the way to others is not tested";
        const char* set_up =
            "ip link set lo up && ip link add one type veth peer name uno && ip link add two type veth peer name due "
            "&& "
            "ip addr add 10.81.1.1/24 dev one && ip addr add 10.81.2.1/24 dev two && "
            "ip addr add fd81:2::1/64 dev two nodad && "
            "for i in one uno two due; do ip link set $i up || exit 1; done && "
            "ip route add default via 10.81.2.254 dev two";
        if (std::system(set_up) != 0) GTEST_SKIP() << "no iproute2 or no veth interfaces";
        const auto way = [](const char* to) { return interface_towards(*Endpoint::of_numeric(to, 1), {}); };
        EXPECT_EQ(way("10.81.1.7"), "one");
        EXPECT_EQ(way("10.81.2.7"), "two");
        EXPECT_EQ(way("192.0.2.1"), "two");
        EXPECT_EQ(way("10.81.1.1"), "lo");
        EXPECT_EQ(way("fd81:2::7"), "two");
        EXPECT_EQ(way("fd81:2::1"), "lo");
        EXPECT_EQ(way("2001:db8::1"), std::nullopt);
        EXPECT_EQ(way("fe80::9%one"), "one");
        const std::vector<Endpoint> both{*Endpoint::of_numeric("10.81.1.7", 5), *Endpoint::of_numeric("fd81:2::7", 5)};
        EXPECT_EQ(wish_for_call(both, {}).interface, "any");
    }).join();
}

TEST(CaptureWish, AsksForThePairOfACall) {
    const std::vector<Endpoint> peers{*Endpoint::of_numeric("127.0.0.1", 80), *Endpoint::of_numeric("::1", 80)};
    const CaptureWish wish = wish_for_call(peers, {});
    EXPECT_EQ(wish.interface, "lo");
    EXPECT_EQ(wish.filter, "(host 127.0.0.1 and tcp port 80) or (host ::1 and tcp port 80)");
}

TEST(CaptureWish, TakesAllInterfacesForAWildcardListener) {
    const std::vector<Endpoint> wildcard{*Endpoint::of_numeric("::", 9000)}, local{*Endpoint::of_numeric("::1", 9000)};
    EXPECT_EQ(wish_for_listener(wildcard).interface, "any");
    EXPECT_EQ(wish_for_listener(wildcard).filter, "tcp port 9000");
    EXPECT_EQ(wish_for_listener(local).interface, "lo");
}

TEST(CaptureFile, SaysWhatIsNoCapture) {
    const auto missing = CaptureFile::open("/nowhere/at.all");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().message.find("/nowhere/at.all"), std::string::npos);
    const auto folder = CaptureFile::open("/");
    ASSERT_FALSE(folder);
    const auto nothing = CaptureFile::open("/dev/null");
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().reason, Reason::malformed);
}

}  // namespace
}  // namespace earshot::net
