#include "net/reception.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

#include "tests/net/tls_fixture.h"

namespace earshot::net {
namespace {

using testing::HasSubstr;

struct Hall final : ReceptionHandler {
    Status on_caller(std::unique_ptr<Connection>& connection) override {
        if (was_faster) return Error{Reason::limit, "somebody had the last place"};
        if (takes_before_it_fails) inside.push_back(std::move(connection));
        if (has_no_memory) {
            if (takes_before_it_fails) inside.pop_back();
            throw std::bad_alloc();
        }
        inside.push_back(std::move(connection));
        return Ok{};
    }
    void on_turned_away(const Endpoint& peer, const Error& error, std::uint64_t callers) override {
        away.push_back({peer, error});
        away_count += callers;
    }
    std::uint64_t present() const override { return inside.size(); }
    struct Away {
        Endpoint peer;
        Error error;
    };
    bool has_no_memory = false, takes_before_it_fails = false;
    bool was_faster = false;  // another door, after this one has asked present()
    std::vector<std::unique_ptr<Connection>> inside;
    std::vector<Away> away;
    std::uint64_t away_count = 0;
};

class ReceptionTest : public test::TlsTest {
  protected:
    ReceptionTest() { options.where = {"127.0.0.1", 0, {}}; }
    void open() {
        auto opened = Reception::open(real.loop, options, hall);
        ASSERT_TRUE(opened);
        reception = std::move(*opened);
    }
    UniqueFd call() { return test::call(reception->addresses().at(0)); }
    UniqueFd call_from(const char* address) {
        UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_storage storage;
        socklen_t length = Endpoint::of_numeric(address, 0)->to_sockaddr(storage);
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
        length = reception->addresses().at(0).to_sockaddr(storage);
        EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length), 0);
        return socket;
    }
    bool inside(std::size_t count) {
        return real.until([&] { return hall.inside.size() == count; });
    }
    bool away(std::uint64_t count) {
        return real.until([&] { return hall.away_count == count; });
    }

    ReceptionOptions options;
    Hall hall;
    std::unique_ptr<Reception> reception;
};

TEST_F(ReceptionTest, TellsACallerForWhomThereIsNoMemoryAndTakesTheNext) {
    open();
    const UniqueFd first = call();
    ASSERT_TRUE(inside(1));
    hall.has_no_memory = true;
    const UniqueFd second = call();
    ASSERT_TRUE(away(1));
    EXPECT_EQ(test::read_all(second.get()), "earshot: no memory is left, try later\n");
    EXPECT_EQ(hall.away[0].error.reason, Reason::limit);
    EXPECT_THAT(hall.away[0].error.message, HasSubstr("no memory"));
    EXPECT_THAT(hall.away[0].error.message, HasSubstr("--max-clients"));
    hall.takes_before_it_fails = true;
    const UniqueFd third = call();
    ASSERT_TRUE(away(2));
    EXPECT_EQ(test::read_all(third.get()), "") << "nobody has his connection any more, but it is closed";
    hall.has_no_memory = hall.takes_before_it_fails = false;
    const UniqueFd fourth = call();
    EXPECT_TRUE(inside(2));
}

TEST_F(ReceptionTest, GivesBackThePlaceOfACallerForWhomThereIsNoMemory) {
    options.limits = CallerLimits::make({.max_per_address = 1});
    open();
    hall.has_no_memory = true;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        const UniqueFd caller = call();
        ASSERT_TRUE(away(i));
        EXPECT_THAT(hall.away.back().error.message, HasSubstr("no memory"));
    }
    EXPECT_EQ(options.limits->addresses_present(), 0U);
}

TEST_F(ReceptionTest, TellsWhoHasSpokenAlready) {
    options.max_clients = 1;
    open();
    const UniqueFd first = call();
    ASSERT_TRUE(inside(1));
    for (std::uint64_t i = 1; i <= 20; ++i) {
        const UniqueFd caller = call();
        ASSERT_EQ(::send(caller.get(), "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL), 18);
        ASSERT_TRUE(away(i));
        EXPECT_EQ(test::read_all(caller.get()), "earshot: too many callers, try later\n") << "and no RST behind it";
    }
}

TEST_F(ReceptionTest, TellsWhoHasLostTheLastPlaceToAnotherDoor) {
    options.max_clients = 1;
    open();
    for (std::uint64_t i = 1; i <= 20; ++i) {
        const UniqueFd caller = call();
        ASSERT_EQ(::send(caller.get(), "hello\n", 6, MSG_NOSIGNAL), 6);
        hall.was_faster = true;
        ASSERT_TRUE(away(i));
        hall.was_faster = false;
        EXPECT_EQ(test::read_all(caller.get()), "earshot: too many callers, try later\n");
        EXPECT_EQ(hall.away.back().error.message, "somebody had the last place");
    }
    EXPECT_EQ(hall.away.size(), 20U);
    EXPECT_TRUE(hall.inside.empty());
    const UniqueFd next = call();
    EXPECT_TRUE(inside(1));
}

TEST_F(ReceptionTest, CountsThoseForWhomThereWasNoDescriptor) {
    int next = 0;
    options.listen.accept = [&](int listening, sockaddr* peer, socklen_t* length) {
        errno = EMFILE;
        return next++ % 2 == 0 ? -1 : ::accept4(listening, peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    };
    open();
    std::vector<UniqueFd> callers;
    callers.reserve(5);
    for (int i = 0; i < 5; ++i) callers.push_back(call());
    // Once the fifth has been answered all have been, but only the first was told of.
    real.loop.run_once(Millis(20));
    EXPECT_EQ(test::read_all(callers[4].get()), "earshot: too many connections, try later\n");
    EXPECT_EQ(hall.away_count, 1U);
    reception->close();
    EXPECT_EQ(hall.away_count, 5U);
    ASSERT_EQ(hall.away.size(), 2U);
    EXPECT_THAT(hall.away[1].error.message, HasSubstr("(4 callers)"));
}

// --- TLS

TEST_F(ReceptionTest, LetsTheOldestSilentHandshakeOfTheAddressWithTheMostGiveWay) {
    options.tls = server_context();
    options.max_handshakes = 8;
    open();
    const UniqueFd patient = call_from("127.0.0.2");
    std::vector<UniqueFd> silent;
    silent.reserve(30);
    for (int i = 0; i < 30; ++i) silent.push_back(call_from("127.0.0.1"));
    ASSERT_TRUE(away(31 - 8));
    for (const Hall::Away& each : hall.away) EXPECT_THAT(each.peer.text(), HasSubstr("127.0.0.1:"));
    EXPECT_THAT(hall.away[0].error.message, HasSubstr("TLS handshakes"));
    EXPECT_EQ(test::read_all(silent[0].get()), "") << "the oldest";
    EXPECT_EQ(::recv(silent[29].get(), &options, 1, MSG_DONTWAIT), -1) << "the last one still has his time";
    UniqueFd quick = call_from("127.0.0.3");
    ::fcntl(quick.get(), F_SETFL, O_NONBLOCK);
    start(client, std::move(quick), client_context());
    EXPECT_TRUE(real.until([&] { return client.is_done() && hall.inside.size() == 1; }));
    EXPECT_TRUE(client.is_open()) << client.refusal();
    EXPECT_EQ(::recv(patient.get(), &options, 1, MSG_DONTWAIT), -1)
        << "older than all, but the only one of his address";
    reception->close();
    EXPECT_EQ(test::read_all(patient.get()), "");
}

TEST_F(ReceptionTest, TellsInsideTlsThatThereIsNoMemory) {
    options.tls = server_context();
    open();
    hall.has_no_memory = true;
    UniqueFd caller = call();
    ::fcntl(caller.get(), F_SETFL, O_NONBLOCK);
    start(client, std::move(caller), client_context());
    ASSERT_TRUE(real.until([&] { return client.is_done(); }));
    ASSERT_TRUE(client.is_open());
    EXPECT_THAT(read_all(client), HasSubstr("earshot: no memory is left, try later\n"));
}

TEST_F(ReceptionTest, TellsInsideTlsThatSomebodyElseHadTheLastPlace) {
    options.tls = server_context();
    open();
    hall.was_faster = true;
    UniqueFd caller = call();
    ::fcntl(caller.get(), F_SETFL, O_NONBLOCK);
    start(client, std::move(caller), client_context());
    ASSERT_TRUE(real.until([&] { return client.is_done(); }));
    ASSERT_TRUE(client.is_open());
    EXPECT_THAT(read_all(client), HasSubstr("earshot: too many callers, try later\n"));
    EXPECT_EQ(hall.away_count, 1U);
}

}  // namespace
}  // namespace earshot::net
