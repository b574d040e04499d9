#include "net/access_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

namespace earshot::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Items = std::vector<std::string>;

Endpoint peer(std::string_view host) {
    const auto endpoint = Endpoint::of_numeric(host, 40000);
    EXPECT_TRUE(endpoint) << host;
    return endpoint.value_or(Endpoint());
}

AccessList list_of(const Items& allow, const Items& deny = {}) {
    auto made = AccessList::parse(allow, deny);
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : AccessList();
}

std::string error_of(const Items& allow, const Items& deny = {}) {
    const auto made = AccessList::parse(allow, deny);
    EXPECT_FALSE(made);
    return made ? "" : made.error().message;
}

// A folder of its own that goes with the test.
class Folder {
  public:
    Folder() {
        std::string name = testing::TempDir() + "access_list_XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string write(const std::string& name, std::string_view text) const {
        std::ofstream(path_ + "/" + name) << text;
        return path_ + "/" + name;
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

TEST(AccessList, LetsEverybodyInWithoutRules) {
    EXPECT_TRUE(list_of({}).allows(peer("192.0.2.1")));
    EXPECT_TRUE(AccessList().allows(peer("2001:db8::1")));
}

TEST(AccessList, AllowsOnlyWhatItNames) {
    const AccessList list = list_of({"192.0.2.0/24, 2001:db8::/32", "::1", "10.1.2.3"});
    for (const char* in : {"192.0.2.0", "192.0.2.255", "2001:db8:ffff::", "::1", "10.1.2.3", "::ffff:192.0.2.9"}) {
        EXPECT_TRUE(list.allows(peer(in))) << in;
    }
    for (const char* out : {"192.0.1.255", "192.0.3.0", "2001:db7:ffff::", "2001:db9::", "::2", "::", "10.1.2.4",
                            "::ffff:10.1.2.2", "0.0.0.1"}) {
        EXPECT_FALSE(list.allows(peer(out))) << out;
    }
}

TEST(AccessList, DenyWins) {
    const AccessList list = list_of({"10.0.0.0/8"}, {"10.9.0.0/16,10.1.2.3"});
    EXPECT_TRUE(list.allows(peer("10.8.255.255")));
    EXPECT_FALSE(list.allows(peer("10.9.0.0")));
    EXPECT_FALSE(list.allows(peer("10.1.2.3")));
    EXPECT_FALSE(list.allows(peer("192.0.2.1")));
    EXPECT_TRUE(list_of({}, {"10.9.0.0/16"}).allows(peer("192.0.2.1")));
}

TEST(AccessList, TakesMappedAddressesForIpv4) {
    EXPECT_TRUE(list_of({"::ffff:10.0.0.0/104"}).allows(peer("10.255.0.1")));
    EXPECT_FALSE(list_of({"::ffff:10.0.0.0/104"}).allows(peer("11.0.0.1")));
    EXPECT_FALSE(list_of({"::/0"}).allows(peer("10.0.0.1"))) << "all of IPv6 is not all of IPv4";
    EXPECT_FALSE(list_of({"0.0.0.0/0"}).allows(peer("2001:db8::1")));
    EXPECT_FALSE(list_of({}, {"0.0.0.0/0"}).allows(peer("::ffff:10.0.0.1")));
}

TEST(AccessList, IgnoresBitsBeyondThePrefixAndTheZone) {
    EXPECT_TRUE(list_of({"10.1.2.3/8"}).allows(peer("10.200.0.1")));
    EXPECT_TRUE(list_of({"fe80::/10"}).allows(peer("fe80::1%lo")));
}

TEST(AccessList, AlwaysLetsUnixPeersIn) {
    EXPECT_TRUE(list_of({"10.0.0.0/8"}, {"0.0.0.0/0", "::/0"}).allows(Endpoint::of_unix("")));
    EXPECT_TRUE(list_of({"10.0.0.0/8"}).allows(Endpoint::of_unix("/tmp/x")));
}

TEST(AccessList, NamesTheItemThatIsWrong) {
    EXPECT_THAT(error_of({"10.0.0.0/33"}), AllOf(HasSubstr("--allow"), HasSubstr("10.0.0.0/33"), HasSubstr("prefix")));
    for (const char* prefix : {"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/+8", "10.0.0.0/4294967296",
                               "::/129", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0"}) {
        EXPECT_THAT(error_of({prefix}), HasSubstr("prefix")) << prefix;
    }
    for (const char* item :
         {"10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0/8", "example.invalid", ":::", "1::2::3", "fe80::1%lo"}) {
        EXPECT_THAT(error_of({}, {item}), AllOf(HasSubstr("--deny"), HasSubstr(item), HasSubstr("no address"))) << item;
    }
    EXPECT_THAT(error_of({"10.0.0.1,,::1"}), HasSubstr("empty item"));
    EXPECT_THAT(error_of({""}), HasSubstr("empty item"));
    EXPECT_THAT(error_of({std::string("10.0.0.1\0x", 10)}), HasSubstr("no address"));
}

TEST(AccessList, ReadsFilesWithCommentsAndAnyLineEnd) {
    const Folder folder;
    const std::string file =
        folder.write("rules", "# who\n10.0.0.0/8 # the office\r\n\n  ::1\t\n#192.0.2.1\n2001:db8::/32");
    for (const std::string& item : {file, "@" + file}) {
        const AccessList list = list_of({"198.51.100.1", item});
        for (const char* in : {"10.1.1.1", "::1", "2001:db8::5", "198.51.100.1"}) {
            EXPECT_TRUE(list.allows(peer(in))) << in;
        }
        EXPECT_FALSE(list.allows(peer("192.0.2.1")));
    }
}

TEST(AccessList, NamesTheLineOfAFileThatIsWrong) {
    const Folder folder;
    EXPECT_THAT(error_of({folder.write("rules", "10.0.0.1\n\n10.0.0.0/99\n")}),
                AllOf(HasSubstr("rules, line 3"), HasSubstr("10.0.0.0/99")));
    EXPECT_THAT(error_of({folder.write("hostile", "\x1b[2J\n")}), testing::Not(HasSubstr("\x1b")));
    EXPECT_THAT(error_of({folder.write("nested", "@/etc/hosts")}), HasSubstr("line 1")) << "files do not name files";
}

TEST(AccessList, NamesAFileWithItsWholePath) {
    const Folder folder;
    const std::string path = folder.write(std::string(120, 'n'), "nonsense\n"), absent = path + "-absent";
    EXPECT_THAT(error_of({path}), HasSubstr(path + ", line 1"));
    EXPECT_THAT(error_of({"@" + absent}), HasSubstr(absent + ":"));
    EXPECT_THAT(error_of({absent}), HasSubstr("\"" + absent + "\""));
}

TEST(AccessList, RefusesWhatIsNoRegularFileWithoutWaiting) {
    const Folder folder;
    ASSERT_EQ(::mkfifo((folder.path() + "/pipe").c_str(), 0600), 0);
    EXPECT_THAT(error_of({folder.path() + "/pipe"}), HasSubstr("regular"));
    EXPECT_THAT(error_of({folder.path()}), HasSubstr("regular"));
    EXPECT_THAT(error_of({"@" + folder.path() + "/absent"}), HasSubstr("cannot read"));
}

TEST(AccessList, AllowsNobodyWhereTheFileIsEmpty) {
    const Folder folder;
    EXPECT_FALSE(list_of({folder.write("rules", "# nobody yet\n")}).allows(peer("127.0.0.1")));
}

TEST(AccessList, ReloadsItsFilesAndKeepsTheOldRulesAfterAnError) {
    const Folder folder;
    const std::string allow = folder.write("allow", "10.0.0.1\n"), deny = folder.write("deny", "10.0.0.2\n");
    AccessList list = list_of({allow}, {deny});
    folder.write("allow", "10.0.0.3\n");
    folder.write("deny", "oops\n");
    const Status refused = list.reload();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr("--deny"), HasSubstr("deny, line 1")));
    EXPECT_TRUE(list.allows(peer("10.0.0.1"))) << "not even the half that was right";
    EXPECT_FALSE(list.allows(peer("10.0.0.3")));
    folder.write("deny", "");
    EXPECT_TRUE(list.reload());
    EXPECT_FALSE(list.allows(peer("10.0.0.1")));
    EXPECT_TRUE(list.allows(peer("10.0.0.3")));
    std::filesystem::remove(allow);
    EXPECT_FALSE(list.reload());
    EXPECT_TRUE(list.allows(peer("10.0.0.3")));
}

TEST(AddressSet, AgreesWithAskingEveryNetworkInTurn) {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        AddressSet set;
        std::vector<std::pair<std::uint32_t, unsigned>> networks;
        for (int i = 0; i < 12; ++i) {
            const auto base = static_cast<std::uint32_t>(random() & 0x000000ff);
            const auto prefix = static_cast<unsigned>(22 + random() % 11);
            networks.emplace_back(base, prefix);
            ASSERT_TRUE(set.add("10.0.0." + std::to_string(base) + "/" + std::to_string(prefix)));
        }
        set.settle();
        for (std::uint32_t host = 0; host < 1300; ++host) {
            bool expected = false;
            for (const auto& [base, prefix] : networks) expected |= (base ^ host) >> (32 - prefix) == 0;
            const std::string name = "10.0." + std::to_string(host >> 8) + "." + std::to_string(host & 255);
            ASSERT_EQ(set.contains(peer(name)), expected) << name;
        }
    }
}

TEST(AccessList, CountsWhatItsFilesHaveEachTimeTheyAreRead) {
    const Folder folder;
    const std::string path = folder.write("many", "10.0.0.0/8\n10.1.0.0/16  # within\n\n# none\n::1\n");
    AccessList list = list_of({"192.0.2.1", path});
    EXPECT_EQ(list.allowed(), 4U);
    EXPECT_EQ(list.denied(), std::nullopt);
    EXPECT_TRUE(list.has_files());
    std::ofstream(path) << "10.0.0.1\n";
    EXPECT_TRUE(list.reload());
    EXPECT_EQ(list.allowed(), 2U);
    EXPECT_FALSE(list_of({"192.0.2.1"}).has_files());
}

}  // namespace
}  // namespace earshot::net
