// The head of an HTTP/1.1 request, out of the bytes of a client nobody trusts (RFC 9112). What carries a body is
// refused: nothing here takes one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace earshot::http {

constexpr std::size_t kLongestHead = 8192;  // bytes, request line and fields together

struct Request {
    std::string method, path;  // "GET", "/metrics": without a query and without the authority
    bool keeps = false;        // the client wants the connection to stay for another request

    friend bool operator==(const Request&, const Request&) = default;
};

struct Head {
    enum class Kind : std::uint8_t {
        unfinished,  // more bytes are needed
        request,
        refused,  // `status` says why; nothing that follows can be understood
    };
    Kind kind = Kind::unfinished;
    std::size_t size = 0;  // request: bytes it took
    int status = 0;
    Request request;
};

// Looks at all that has come and not been taken. Any cut of the same bytes gives the same in the end.
Head read_head(std::string_view bytes);

}  // namespace earshot::http
