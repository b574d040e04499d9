#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/loopback.h"

namespace earshot::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// A client that never blocks: the loop runs until what is expected has come.
struct Client {
    Client(test::RealLoop& loop, const net::Endpoint& to) : real(loop), socket(test::call(to)) {}
    void send(std::string_view bytes) {
        EXPECT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    bool take() {  // false: the end
        char piece[4096];
        const ssize_t got = ::recv(socket.get(), piece, sizeof piece, MSG_DONTWAIT);
        if (got > 0) heard.append(piece, static_cast<std::size_t>(got));
        return got > 0 || (got < 0 && errno == EAGAIN);
    }
    bool hears(std::string_view what) {
        return real.until([&] { return take(), heard.find(what) != std::string::npos; });
    }
    bool sees_end() {
        return real.until([&] { return !take(); });
    }
    test::RealLoop& real;
    UniqueFd socket;
    std::string heard;
};

class HttpServer : public testing::Test {
  protected:
    void open(Limits limits = {}) {
        auto opened = Server::open(
            real.loop, {"127.0.0.1", 0, ""}, {},
            [this](const Request& request, Server::Reply reply) {
                if (request.path == "/later") {
                    later = std::move(reply);
                } else if (request.path == "/large") {
                    reply({200, std::string(32 << 20, 'x')});
                } else {
                    reply({request.path == "/" ? 200 : 404, "page " + request.path + "\n"});
                }
            },
            limits);
        ASSERT_TRUE(opened) << opened.error().message;
        server = std::move(*opened);
    }
    Client call() { return {real, server->addresses().front()}; }

    test::RealLoop real;
    Server::Reply later;
    std::unique_ptr<Server> server;
};

TEST_F(HttpServer, AnswersAndKeepsTheConnection) {
    open();
    Client client = call();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(client.hears("page /\n")) << client.heard;
    EXPECT_THAT(client.heard, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(client.heard, HasSubstr("Content-Length: 7\r\n"));
    client.send("HEAD /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(client.sees_end());
    EXPECT_THAT(client.heard, HasSubstr("404 Not Found"));
    EXPECT_THAT(client.heard, EndsWith("\r\n\r\n")) << "HEAD has no body";
}

TEST_F(HttpServer, AnswersRequestsInTheirOrderHoweverTheyCome) {
    open();
    Client client = call();
    std::string all;
    for (int i = 0; i < 200; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const char each : all.substr(0, 100)) client.send({&each, 1});
    client.send(all.substr(100));
    ASSERT_TRUE(client.hears("page /199\n"));
    std::size_t at = 0;
    for (int i = 0; i < 200; ++i) {
        at = client.heard.find("page /" + std::to_string(i) + "\n", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
}

TEST_F(HttpServer, RefusesAndEndsWithoutAReset) {
    open();
    for (const auto& [request, answer] :
         {std::pair<std::string, const char*>{"nonsense\r\n" + std::string(200'000, 'x'), "HTTP/1.1 400 "},
          {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789", "HTTP/1.1 405 "},
          {"GET / HTTP/1.1\r\n" + std::string(20'000, 'a'), "HTTP/1.1 431 "}}) {
        Client client = call();
        client.send(request);
        ::shutdown(client.socket.get(), SHUT_WR);
        EXPECT_TRUE(client.sees_end());
        EXPECT_EQ(client.heard.compare(0, 13, answer), 0) << client.heard;
    }
    Client client = call();
    client.send("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.hears("Allow: GET, HEAD\r\n"));
}

TEST_F(HttpServer, DropsAnAnswerWhoseClientHasGone) {
    open();
    {
        Client client = call();
        client.send("GET /later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        ASSERT_TRUE(real.until([&] { return static_cast<bool>(later); }));
        const linger now{1, 0};
        ::setsockopt(client.socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    later({200, "too late\n"});
    EXPECT_TRUE(real.until([&] { return server->clients() == 0; }));
    later({200, "again\n"});
}

TEST_F(HttpServer, GivesUpOnWhoDoesNotFinishHisRequest) {
    open({.request = Millis(50), .between = Millis(100)});
    Client silent = call(), half = call(), idle = call();
    half.send("GET / HTTP/1.1\r\n");
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(idle.hears("page /\n"));
    EXPECT_TRUE(silent.sees_end());
    EXPECT_TRUE(half.sees_end());
    EXPECT_TRUE(idle.sees_end());
    EXPECT_EQ(server->clients(), 0U);
}

TEST_F(HttpServer, GivesUpOnWhoDoesNotReadHisAnswer) {
    open({.request = Millis(100)});
    Client client = call();
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(real.until([&] { return server->clients() == 1; }));
    EXPECT_TRUE(real.until([&] { return server->clients() == 0; }));
}

TEST_F(HttpServer, HasRoomForWhoAsksHoweverManyStandInTheDoor) {
    open({.clients = 4});
    std::vector<Client> silent;
    silent.reserve(20);
    for (int i = 0; i < 20; ++i) silent.push_back(call());
    Client client = call();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.hears("page /\n"));
    EXPECT_LE(server->clients(), 4U);
}

}  // namespace
}  // namespace earshot::http
