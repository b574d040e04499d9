// Requests of clients nobody trusts: whatever comes, wherever it is cut, is one request, refused, or not whole yet.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "http/request.h"

using earshot::http::Head;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Head whole = earshot::http::read_head(bytes);
    EARSHOT_CHECK(whole.size <= size && whole.size <= earshot::http::kLongestHead);
    if (whole.kind == Head::Kind::request) {
        EARSHOT_CHECK(!whole.request.method.empty() && whole.request.path.starts_with("/"));
        EARSHOT_CHECK(earshot::http::read_head(bytes.substr(0, whole.size)).request == whole.request);
    }
    const Head part = earshot::http::read_head(bytes.substr(0, size / 2));
    if (part.kind != Head::Kind::unfinished) {
        EARSHOT_CHECK(part.kind == whole.kind && part.status == whole.status && part.request == whole.request);
    }
    return 0;
}
