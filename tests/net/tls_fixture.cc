#include "tests/net/tls_fixture.h"

#include <fcntl.h>
#include <netinet/in.h>

#include "base/check.h"
#include "net/socket_options.h"

namespace earshot::test {

using net::IoStatus;
using net::TlsContext;
using net::TlsRole;

namespace {
net::Endpoint address_of(int descriptor) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
    return net::Endpoint::of_sockaddr(reinterpret_cast<sockaddr*>(&storage), size);
}
}  // namespace

TcpPair make_tcp_pair() {
    const UniqueFd listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EARSHOT_CHECK(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    EARSHOT_CHECK(::listen(listening.get(), 1) == 0);
    TcpPair pair;
    pair.called_address = address_of(listening.get());
    pair.caller = call(pair.called_address);
    pair.called = UniqueFd(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EARSHOT_CHECK(pair.caller && pair.called);
    ::fcntl(pair.caller.get(), F_SETFL, O_NONBLOCK);
    for (const int descriptor : {pair.caller.get(), pair.called.get()}) net::apply_socket_options(descriptor, {});
    pair.caller_address = address_of(pair.caller.get());
    return pair;
}

RawTls::RawTls(TlsRole role, UniqueFd descriptor) : socket(std::move(descriptor)) {
    context = SSL_CTX_new(role == TlsRole::client ? TLS_client_method() : TLS_server_method());
    SSL_CTX_set_num_tickets(context, 0);
    session = SSL_new(context);
    SSL_set_fd(session, socket.get());
    if (role == TlsRole::client) {
        SSL_set_connect_state(session);
    } else {
        SSL_set_accept_state(session);
    }
}

RawTls::~RawTls() {
    SSL_free(session);
    SSL_CTX_free(context);
}

std::string RawTls::read() {
    std::string all;
    char buffer[16384];
    for (;;) {
        ERR_clear_error();
        const int got = SSL_read(session, buffer, sizeof buffer);
        if (got <= 0) return all;
        all.append(buffer, static_cast<std::size_t>(got));
    }
}

TlsTest::TlsTest() {
    client_options.ca = certificates.ca();
    server_options.certificate = good.certificate;
    server_options.key = good.key;
}

std::shared_ptr<const TlsContext> TlsTest::client_context() {
    auto made = TlsContext::make_client(client_options, host);
    EXPECT_TRUE(made) << made.error().message;
    if (!made) return nullptr;
    if (max_version) SSL_CTX_set_max_proto_version((*made)->native(), max_version);
    return *made;
}

std::shared_ptr<const TlsContext> TlsTest::server_context() {
    auto made = TlsContext::make_server(server_options);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : nullptr;
}

void TlsTest::start(TlsEnd& end, UniqueFd descriptor, std::shared_ptr<const TlsContext> context,
                    std::optional<SteadyTime> deadline) {
    const auto peer = *net::Endpoint::of_numeric("127.0.0.1", 4433);
    end.handshake = net::TlsHandshake::start(real.loop, std::move(descriptor), peer, {}, std::move(context), deadline,
                                             [&end](Result<std::unique_ptr<net::Connection>> outcome) {
                                                 end.outcome.emplace(std::move(outcome));
                                                 end.handshake.reset();  // allowed from inside
                                                 if (end.is_open()) end.connection().set_handler(&end.ready);
                                             });
}

void TlsTest::shake_to_any_end() {
    TcpPair pair = make_tcp_pair();
    start(client, std::move(pair.caller), client_context());
    start(server, std::move(pair.called), server_context());
    EXPECT_TRUE(real.until([&] { return client.is_done() && server.is_done(); }));
}

bool TlsTest::shake() {
    shake_to_any_end();
    EXPECT_TRUE(client.is_open()) << client.refusal();
    EXPECT_TRUE(server.is_open()) << server.refusal();
    return client.is_open() && server.is_open();
}

void TlsTest::start_with_raw(TlsRole ours, TlsEnd& end) {
    TcpPair pair = make_tcp_pair();
    const bool client_is_ours = ours == TlsRole::client;
    raw = std::make_unique<RawTls>(client_is_ours ? TlsRole::server : TlsRole::client,
                                   std::move(client_is_ours ? pair.called : pair.caller));
    if (client_is_ours) {
        SSL_use_certificate_file(raw->session, good.certificate.c_str(), SSL_FILETYPE_PEM);
        SSL_use_PrivateKey_file(raw->session, good.key.c_str(), SSL_FILETYPE_PEM);
    }
    if (max_version) SSL_set_max_proto_version(raw->session, max_version);
    start(end, std::move(client_is_ours ? pair.caller : pair.called),
          client_is_ours ? client_context() : server_context());
}

bool TlsTest::shake_with_raw(TlsEnd& end) {
    bool raw_done = false;
    EXPECT_TRUE(real.until([&] {
        raw_done = raw_done || raw->shake();
        return raw_done && end.is_done();
    })) << end.refusal();
    EXPECT_TRUE(end.is_open()) << end.refusal();
    return end.is_open();
}

std::string TlsTest::read(TlsEnd& end) {
    std::uint8_t buffer[64 * 1024];
    net::IoResult result = end.connection().read_some(buffer);
    if (result.status == IoStatus::would_block) {
        end.ready.readable = 0;
        end.connection().want(true, false);
        if (!real.until([&] { return end.ready.readable > 0; })) return "nothing came";
        result = end.connection().read_some(buffer);
        end.connection().want(false, false);
    }
    switch (result.status) {
        case IoStatus::ok:
            return std::string(as_chars({buffer, result.bytes}));
        case IoStatus::would_block:
            return "would block after on_ready";
        case IoStatus::end:
            return "end";
        case IoStatus::failed:
            return std::string("failed: ") + reason_name(end.connection().error().reason) + ": " +
                   end.connection().error().message;
    }
    return {};
}

std::string TlsTest::read_all(TlsEnd& end) {
    std::string all;
    for (;;) {
        const std::string some = read(end);
        if (some == "end" || some.starts_with("failed: ") || some.starts_with("nothing") || some.starts_with("would")) {
            return all + "[" + some + "]";
        }
        all += some;
    }
}

bool TlsTest::end_sending(TlsEnd& end) {
    return real.until([&] { return end.connection().end_sending().status != IoStatus::would_block; });
}

bool TlsTest::is_quiet() {
    for (int i = 0; i < 10; ++i) real.loop.run_once(Millis(0));
    for (int i = 0; i < 5; ++i) {
        if (real.loop.run_once(Millis(2))) return false;
    }
    return true;
}

}  // namespace earshot::test
