// Whatever a stranger sends at the handshake, to either role: it comes to an end, in words fit for a terminal, and
// never in an open connection.
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "net/tls_stream.h"

using namespace earshot;
using namespace earshot::net;

namespace {

std::shared_ptr<const TlsContext> context_for(bool client) {
    static const auto server_context = *TlsContext::make_server({});
    static const auto client_context = *TlsContext::make_client({.pin = std::string(64, '0')}, "localhost");
    return client ? client_context : server_context;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 1 || size > 32'768) return 0;
    int ends[2];
    EARSHOT_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    const UniqueFd stranger(ends[1]);
    TlsStream stream(context_for((bytes[0] & 1U) != 0), UniqueFd(ends[0]), *Endpoint::of_numeric("127.0.0.1", 1));
    EARSHOT_CHECK(::send(stranger.get(), bytes + 1, size - 1, MSG_NOSIGNAL) == static_cast<ssize_t>(size - 1));
    ::shutdown(stranger.get(), SHUT_WR);
    TlsStep step = TlsStep::want_read;
    for (int turns = 0; step == TlsStep::want_read || step == TlsStep::want_write; ++turns) {
        EARSHOT_CHECK(turns < 100);
        stream.wire().note_readable();
        step = stream.shake_hands();
    }
    EARSHOT_CHECK(step == TlsStep::failed);
    for (const char c : stream.error().message) EARSHOT_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    return 0;
}
