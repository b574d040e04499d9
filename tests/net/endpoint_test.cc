#include "net/endpoint.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>

namespace earshot::net {
namespace {

std::string round_trip(const Endpoint& endpoint) {
    sockaddr_storage storage;
    const socklen_t length = endpoint.to_sockaddr(storage);
    return Endpoint::of_sockaddr(reinterpret_cast<const sockaddr*>(&storage), length).text();
}

std::string numeric(const char* host) {
    const auto endpoint = Endpoint::of_numeric(host, 80);
    return endpoint ? endpoint->text() : "no";
}

TEST(Endpoint, ReadsAndWritesNumericAddresses) {
    EXPECT_EQ(numeric("127.0.0.1"), "127.0.0.1:80");
    EXPECT_EQ(numeric("::1"), "[::1]:80");
    EXPECT_EQ(numeric("0:0:0:0:0:0:0:1"), "[::1]:80");
    EXPECT_EQ(numeric("fe80::1%lo"), "[fe80::1%lo]:80");
}

TEST(Endpoint, ShowsAMappedAddressAsPlainIpv4) { EXPECT_EQ(numeric("::ffff:10.1.2.3"), "10.1.2.3:80"); }

TEST(Endpoint, TakesNothingThatIsNotANumber) {
    for (const char* host :
         {"", "localhost", "127.0.0", "1.2.3.4.5", "127.0.0.1 ", "::g", "127.0.0.1%lo", "[::1]",
          "fe80::1%no-such-interface", "11111111111111111111111111111111111111111111111111111111111111111111111111"}) {
        EXPECT_EQ(numeric(host), "no") << host;
    }
}

TEST(Endpoint, SurvivesTheSystemsForm) {
    for (const char* host : {"127.0.0.1", "255.255.255.255", "::", "2001:db8::ff", "fe80::1%lo"}) {
        const auto endpoint = Endpoint::of_numeric(host, 65535);
        ASSERT_TRUE(endpoint) << host;
        EXPECT_EQ(round_trip(*endpoint), endpoint->text());
    }
    EXPECT_EQ(round_trip(Endpoint::of_unix("/tmp/a b")), "unix:/tmp/a b");
    EXPECT_EQ(round_trip(Endpoint::of_unix("")), "unix:");
}

TEST(Endpoint, RefusesAUnixPathThatDoesNotFit) {
    sockaddr_storage storage;
    EXPECT_NE(Endpoint::of_unix(std::string(107, 'x')).to_sockaddr(storage), 0U);
    EXPECT_EQ(round_trip(Endpoint::of_unix(std::string(107, 'x'))), "unix:" + std::string(107, 'x'));
    EXPECT_EQ(Endpoint::of_unix(std::string(108, 'x')).to_sockaddr(storage), 0U);
}

TEST(Endpoint, KeepsControlCharactersOfAPathOffTheScreen) {
    EXPECT_EQ(Endpoint::of_unix("/a\x1b[2J\n").text(), "unix:/a\\x1b[2J\\x0a");
}

TEST(Endpoint, IsNothingWhereTheSystemsFormIsTooShort) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    EXPECT_EQ(Endpoint::of_sockaddr(reinterpret_cast<const sockaddr*>(&in), 4).family(), Endpoint::Family::none);
    EXPECT_EQ(Endpoint::of_sockaddr(reinterpret_cast<const sockaddr*>(&in), 0).family(), Endpoint::Family::none);
}

TEST(Endpoint, NamesAnAbstractUnixSocketAsTheSystemDoes) {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, "\0name", 5);
    EXPECT_EQ(Endpoint::of_sockaddr(reinterpret_cast<const sockaddr*>(&un), sizeof(sa_family_t) + 5).text(),
              "unix:@name");
}

}  // namespace
}  // namespace earshot::net
