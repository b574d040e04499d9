#include "net/tls_hello.h"

namespace earshot::net {

namespace {
constexpr std::uint8_t kAlert = 21, kHandshake = 22, kClientHello = 1;
constexpr std::size_t kMaxPlaintext = 1U << 14U;  // RFC 8446 5.1
}  // namespace

bool looks_like_tls_client_hello(ByteView bytes) {
    if (bytes.size() < 6) return false;
    const std::size_t length = static_cast<std::size_t>(bytes[3]) << 8U | bytes[4];
    // Versions from 3.0 to 3.4 stand in the record of a first hello; a real one is well over 40 bytes long.
    return bytes[0] == kHandshake && bytes[1] == 3 && bytes[2] <= 4 && length >= 40 && length <= kMaxPlaintext &&
           bytes[5] == kClientHello;
}

bool may_begin_tls(ByteView bytes) {
    if (!bytes.empty() && bytes[0] != kHandshake && bytes[0] != kAlert) return false;
    return bytes.size() < 2 || bytes[1] == 3;
}

}  // namespace earshot::net
