#include "net/tls_hello.h"

#include <gtest/gtest.h>

namespace earshot::net {
namespace {

using namespace std::string_view_literals;

TEST(TlsHello, IsRecognised) {
    EXPECT_TRUE(looks_like_tls_client_hello(as_bytes("\x16\x03\x01\x02\x00\x01"sv)));
    EXPECT_TRUE(looks_like_tls_client_hello(as_bytes("\x16\x03\x03\x00\xc8\x01\x00\x00"sv)));
}

TEST(TlsHello, IsNotSeenInOtherThings) {
    for (const std::string_view other :
         {""sv, "\x16"sv, "\x16\x03\x01\x02\x00"sv, "GET / HTTP/1.1\r\n"sv, "\x16\x03\x01\x02\x00\x02"sv,
          "\x16\x02\x01\x02\x00\x01"sv, "\x16\x03\x05\x02\x00\x01"sv, "\x16\x03\x01\x40\x01\x01"sv,
          "\x16\x03\x01\x00\x08\x01"sv, "\x17\x03\x03\x02\x00\x01"sv}) {
        EXPECT_FALSE(looks_like_tls_client_hello(as_bytes(other)));
    }
}

TEST(TlsHello, OneByteIsEnoughToSayNo) {
    EXPECT_FALSE(may_begin_tls(as_bytes("G")));
    EXPECT_FALSE(may_begin_tls(as_bytes("\x16\x01")));
    EXPECT_TRUE(may_begin_tls(as_bytes("")));
    EXPECT_TRUE(may_begin_tls(as_bytes("\x16")));
    EXPECT_TRUE(may_begin_tls(as_bytes("\x15\x03")));
}

}  // namespace
}  // namespace earshot::net
