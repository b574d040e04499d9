#include "http/request.h"

#include <gtest/gtest.h>

#include <random>

namespace earshot::http {
namespace {

std::string shown(const Head& head) {
    switch (head.kind) {
        case Head::Kind::unfinished:
            return "unfinished";
        case Head::Kind::refused:
            return std::to_string(head.status);
        case Head::Kind::request:
            return head.request.method + " " + head.request.path + (head.request.keeps ? " keeps" : " closes") + " " +
                   std::to_string(head.size);
    }
    return {};
}

std::string read(std::string_view bytes) { return shown(read_head(bytes)); }

TEST(Request, IsReadToTheEndOfItsHead) {
    EXPECT_EQ(read("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\nGET /"), "GET /metrics keeps 34");
    EXPECT_EQ(read("GET /a?b=c HTTP/1.1\nHost: a\n\n"), "GET /a keeps 29");
    EXPECT_EQ(read("\r\n\r\nHEAD / HTTP/1.0\r\n\r\n"), "HEAD / closes 23");
    EXPECT_EQ(read("GET http://host:1/x HTTP/1.1\r\nHOST:\r\n\r\n"), "GET /x keeps 39");
    EXPECT_EQ(read("GET http://host HTTP/1.1\r\nhost:\r\n\r\n"), "GET / keeps 35");
}

TEST(Request, SaysWhetherTheConnectionStays) {
    EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n"), "GET / closes 50");
    EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"), "GET / keeps 51");
}

TEST(Request, IsRefusedWhereItIsNone) {
    for (const char* bad :
         {"GET\r\n", "GET /\r\n", "GET / HTTP/1.1 \r\n", "GET / http/1.1\r\n", "G(T / HTTP/1.1\r\n",
          "GET a HTTP/1.1\r\n", "GET /a b HTTP/1.1\r\n", "GET /\x01 HTTP/1.1\r\n", "GET /\xc3\xa4 HTTP/1.1\r\n",
          "GET / HTTP/1.1\r\nHost : a\r\n", "GET / HTTP/1.1\r\n folded: a\r\n", "GET / HTTP/1.1\r\nnone\r\n",
          "GET / HTTP/1.1\r\n: a\r\n", "GET / HTTP/1.1\r\nA: \x7f\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n",
          "GET / HTTP/1.1\r\nContent-Length: 1, 1\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
          "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x01\n"}) {
        EXPECT_EQ(read(bad), "400") << bad;
    }
    EXPECT_EQ(read("GET / HTTP/2.0\r\n"), "505");
}

TEST(Request, CarriesNoBody) {
    EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"), "POST / keeps 47");
    EXPECT_EQ(read("GET / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n"), "413");
    EXPECT_EQ(read("HEAD / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"), "413");
    EXPECT_EQ(read("POST / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n"), "405");
    EXPECT_EQ(read("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"), "405");
}

TEST(Request, HasAnEnd) {
    EXPECT_EQ(read(std::string(kLongestHead, '\n')), "414");
    EXPECT_EQ(read(std::string(5000, 'a')), "414");
    EXPECT_EQ(read("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\n"), "414");
    EXPECT_EQ(read("GET / HTTP/1.1\r\nA: " + std::string(kLongestHead, 'a')), "431");
    std::string many = "GET / HTTP/1.1\r\n";
    while (many.size() < kLongestHead) many += "A: b\r\n";
    EXPECT_EQ(read(many), "431");
}

// What is refused in the whole may be refused earlier in a part, never taken; nothing is refused in a part that the
// whole takes.
TEST(Request, MeansTheSameHoweverItIsCut) {
    const std::string pieces[] = {"GET",     " ",   "/",  "HTTP/1.1", "\r\n", "\n",
                                  "Host: a", "A:b", "\r", "/x",       "\t",   "\x01"};
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = round % 2 == 0 ? "GET / HTTP/1.1\r\nHost: a\r\n" : "";
        for (int i = 0; i < 6; ++i) bytes += pieces[random() % std::size(pieces)];
        const std::string whole = read(bytes);
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            const std::string part = read(std::string_view(bytes).substr(0, cut));
            if (part != "unfinished") {
                ASSERT_EQ(part, whole) << bytes << " at " << cut;
            }
        }
    }
}

}  // namespace
}  // namespace earshot::http
