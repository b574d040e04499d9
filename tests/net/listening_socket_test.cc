#include "net/listening_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace earshot::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Shares = std::vector<std::vector<PassedSocket>>;

class ShareOut : public testing::Test {
  protected:
    // So many sockets at one port of their own. Their descriptors.
    std::vector<int> at_one_port(std::size_t count) {
        Endpoint where = *Endpoint::of_numeric("127.0.0.1", 0);
        std::vector<int> made;
        for (std::size_t i = 0; i < count; ++i) {
            const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
            sockets.emplace_back(one);
            made.push_back(one);
            ::setsockopt(one, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
            sockaddr_storage address{};
            const socklen_t length = where.to_sockaddr(address);
            EXPECT_EQ(::bind(one, reinterpret_cast<const sockaddr*>(&address), length), 0);
            socklen_t size = sizeof address;
            EXPECT_EQ(::getsockname(one, reinterpret_cast<sockaddr*>(&address), &size), 0);
            where = Endpoint::of_sockaddr(reinterpret_cast<const sockaddr*>(&address), size);
        }
        return made;
    }
    static Shares share(const std::vector<int>& passed, std::size_t shards) {
        std::vector<PassedSocket> all;
        all.reserve(passed.size());
        for (const int each : passed) all.push_back({.descriptor = each});
        return share_out(all, shards);
    }
    static PassedSocket own(int descriptor) { return {.descriptor = descriptor}; }
    static PassedSocket shared(int descriptor) { return {.descriptor = descriptor, .shared = true}; }

    std::deque<UniqueFd> sockets;
};

TEST_F(ShareOut, GivesNothingWhereNothingWasPassed) { EXPECT_THAT(share({}, 2), ElementsAre(IsEmpty(), IsEmpty())); }

TEST_F(ShareOut, GivesAllToTheOnlyShard) {
    const auto a = at_one_port(2), b = at_one_port(1);
    EXPECT_THAT(share({a[0], b[0], a[1]}, 1), ElementsAre(ElementsAre(own(a[0]), own(a[1]), own(b[0]))));
}

TEST_F(ShareOut, GivesEachShardASocketOfItsOwnWhereThereAreEnough) {
    const auto a = at_one_port(2), b = at_one_port(2);
    EXPECT_THAT(share({a[0], a[1], b[0], b[1]}, 2),
                ElementsAre(ElementsAre(own(a[0]), own(b[0])), ElementsAre(own(a[1]), own(b[1]))));
}

TEST_F(ShareOut, LeavesNoSocketUnwatchedWhereThereAreMore) {
    const auto a = at_one_port(5);
    EXPECT_THAT(share(a, 2),
                ElementsAre(ElementsAre(own(a[0]), own(a[2]), own(a[4])), ElementsAre(own(a[1]), own(a[3]))));
}

TEST_F(ShareOut, SharesTheSocketsOfAnAddressThatHasFewerThanShards) {
    const auto a = at_one_port(2), b = at_one_port(3);
    EXPECT_THAT(share({a[0], a[1], b[0], b[1], b[2]}, 3),
                ElementsAre(ElementsAre(shared(a[0]), own(b[0])), ElementsAre(shared(a[1]), own(b[1])),
                            ElementsAre(shared(a[0]), own(b[2]))));
}

TEST_F(ShareOut, GivesAUnixPathToAllAndItsRemovalToOne) {
    const std::string path = testing::TempDir() + "earshot-shares-" + std::to_string(::getpid());
    UniqueFd door(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address{};
    const socklen_t length = Endpoint::of_unix(path).to_sockaddr(address);
    ASSERT_EQ(::bind(door.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    ::unlink(path.c_str());
    const PassedSocket passed{.descriptor = door.get(), .owns_path = true};
    PassedSocket first = shared(door.get());
    first.owns_path = true;
    EXPECT_THAT(share_out({passed}, 3),
                ElementsAre(ElementsAre(first), ElementsAre(shared(door.get())), ElementsAre(shared(door.get()))));
}

TEST_F(ShareOut, KeepsApartWhatIsNoSocket) {
    const UniqueFd one(::open("/dev/null", O_RDONLY | O_CLOEXEC)), other(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_THAT(share({one.get(), other.get()}, 1), ElementsAre(ElementsAre(own(one.get()), own(other.get()))));
    EXPECT_THAT(share({one.get(), other.get()}, 2), ElementsAre(ElementsAre(shared(one.get()), shared(other.get())),
                                                                ElementsAre(shared(one.get()), shared(other.get()))))
        << "not taken for two of one address";
}

TEST(IsSameSocket, KnowsADescriptorsCopyFromAnotherSocket) {
    const UniqueFd one(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const UniqueFd other(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), copy(::dup(one.get()));
    EXPECT_TRUE(is_same_socket(one.get(), copy.get()));
    EXPECT_FALSE(is_same_socket(one.get(), other.get()));
    EXPECT_FALSE(is_same_socket(one.get(), -1));
}

}  // namespace
}  // namespace earshot::net
