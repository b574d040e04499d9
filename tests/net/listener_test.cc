#include "net/listener.h"

#include <gtest/gtest.h>

#include "net/socket_connection.h"
#include "tests/support/loopback.h"

namespace earshot::net {
namespace {

using test::Callers;
using test::RealLoop;

class ListenerTest : public testing::Test {
  protected:
    Status listen(const Target& where) {
        auto opened = Listener::open(real.loop, where, {}, callers);
        if (!opened) return opened.error();
        listener = std::move(*opened);
        return Ok{};
    }
    bool taken(std::size_t count) {
        return real.until([&] { return callers.taken.size() >= count; });
    }
    std::uint16_t port() const { return listener->addresses().at(0).port(); }
    static Endpoint on(const char* host, std::uint16_t port) { return *Endpoint::of_numeric(host, port); }

    RealLoop real;
    Callers callers;
    std::unique_ptr<Listener> listener;
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

}  // namespace
}  // namespace earshot::net
