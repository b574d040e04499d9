// Talks with the programs people already have: openssl s_client and s_server.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "net/target.h"
#include "tests/net/tls_fixture.h"

namespace earshot::net {
namespace {

using test::TlsTest;
using testing::HasSubstr;

// A program with its ends in our hands; ended with its owner.
class Program {
  public:
    explicit Program(const std::vector<std::string>& words) {
        int in[2], out[2];
        EXPECT_EQ(::pipe2(in, O_CLOEXEC) | ::pipe2(out, O_CLOEXEC), 0);
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            ::dup2(out[1], 2);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        in_ = UniqueFd(in[1]);
        out_ = UniqueFd(out[0]);
        ::close(in[0]);
        ::close(out[1]);
        ::fcntl(out_.get(), F_SETFL, O_NONBLOCK);
    }
    ~Program() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void say(std::string_view text) { ASSERT_GT(::write(in_.get(), text.data(), text.size()), 0); }
    void end_input() { in_.reset(); }
    // All it has printed up to now.
    const std::string& printed() {
        std::array<char, 4096> buffer;
        ssize_t got = 0;
        while ((got = ::read(out_.get(), buffer.data(), buffer.size())) > 0) {
            printed_.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return printed_;
    }

  private:
    pid_t pid_ = -1;
    UniqueFd in_, out_;
    std::string printed_;
};

class TlsOpensslTest : public TlsTest {
  protected:
    // openssl s_client calls us.
    void be_called(std::vector<std::string> more) {
        auto listener = Listener::open(real.loop, Target{"127.0.0.1", 0, {}}, {}, callers);
        ASSERT_TRUE(listener);
        std::vector<std::string> words = {
            "openssl", "s_client",       "-quiet", "-connect", (*listener)->addresses().at(0).text(),
            "-CAfile", certificates.ca()};
        words.insert(words.end(), more.begin(), more.end());
        program.emplace(words);
        ASSERT_TRUE(real.until([&] { return !callers.taken.empty(); }));
        start(server, std::move(callers.taken.front().socket), server_context());
        ASSERT_TRUE(real.until([&] { return server.is_done(); }));
    }
    // We call openssl s_server. Never -quiet: it would not say its port.
    void call_server(std::vector<std::string> more) {
        std::vector<std::string> words = {"openssl", "s_server", "-accept",        "127.0.0.1:0", "-naccept",
                                          "1",       "-cert",    good.certificate, "-key",        good.key};
        words.insert(words.end(), more.begin(), more.end());
        program.emplace(words);
        std::string address;
        ASSERT_TRUE(real.until([&] {
            const std::string& printed = program->printed();
            const auto at = printed.find("ACCEPT 127.0.0.1:");
            const auto end = printed.find('\n', at);
            if (at == std::string::npos || end == std::string::npos) return false;
            address = printed.substr(at + 17, end - at - 17);
            return true;
        })) << program->printed();
        UniqueFd socket =
            test::call(*Endpoint::of_numeric("127.0.0.1", static_cast<std::uint16_t>(std::stoi(address))));
        ASSERT_TRUE(socket);
        ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
        start(client, std::move(socket), client_context());
        ASSERT_TRUE(real.until([&] { return client.is_done(); }));
    }
    test::Callers callers;
    std::optional<Program> program;
};

TEST_F(TlsOpensslTest, TalksWithItsClient) {
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
        server.drop();
        callers.taken.clear();
        be_called({version, "-verify_return_error", "-verify_hostname", "localhost"});
        ASSERT_TRUE(server.is_open()) << server.refusal();
        program->say("from s_client\n");
        EXPECT_EQ(read(server), "from s_client\n");
        write(server, "from here\n");
        EXPECT_TRUE(real.until([&] { return program->printed().find("from here\n") != std::string::npos; }));
        ASSERT_TRUE(end_sending(server));
        // It ends at our close_notify.
        EXPECT_THAT(read_all(server), testing::AnyOf("[end]", HasSubstr("truncated"), HasSubstr("reset")));
    }
}

TEST_F(TlsOpensslTest, RefusesItsOldVersions) {
    be_called({"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
    EXPECT_THAT(server.refusal(), HasSubstr("no TLS version in common"));
}

TEST_F(TlsOpensslTest, TalksWithItsServer) {
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
        client.drop();
        call_server({version});
        ASSERT_TRUE(client.is_open()) << client.refusal();
        write(client, "from here\n");
        EXPECT_TRUE(real.until([&] { return program->printed().find("from here\n") != std::string::npos; }));
        program->say("from s_server\n");
        EXPECT_EQ(read(client), "from s_server\n");
    }
}

TEST_F(TlsOpensslTest, ItsServerDemandsACertificate) {
    call_server({"-Verify", "1", "-verify_return_error", "-CAfile", certificates.ca()});
    const std::string told = client.is_open() ? read(client) : client.refusal();
    EXPECT_THAT(told, HasSubstr("it demands a certificate; show one with --tls-cert and --tls-key"));
}

TEST_F(TlsOpensslTest, ItsServerTakesOurCertificate) {
    const auto files = certificates.issue({.common_name = "caller", .alternative_names = ""});
    client_options.certificate = files.certificate;
    client_options.key = files.key;
    call_server({"-Verify", "1", "-verify_return_error", "-CAfile", certificates.ca()});
    ASSERT_TRUE(client.is_open()) << client.refusal();
    program->say("welcome\n");
    EXPECT_EQ(read(client), "welcome\n");
}

}  // namespace
}  // namespace earshot::net
