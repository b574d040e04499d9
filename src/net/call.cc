#include "net/call.h"

#include <utility>

#include "net/socket_connection.h"

namespace earshot::net {

Call::Call(Loop& loop, CallOptions options) : loop_(loop), options_(std::move(options)), dialer_(loop, options_.dial) {}

Call::~Call() = default;

void Call::cancel() {
    dialer_.cancel();
    handshake_.reset();
}

void Call::start(Done done) {
    cancel();
    done_ = std::move(done);
    deadline_.reset();
    if (options_.dial.connect_timeout > Millis(0)) deadline_ = loop_.clock().now() + options_.dial.connect_timeout;
    dialer_.start(options_.target, [this](Result<Dialed> result) { dialed(std::move(result)); });
}

void Call::dialed(Result<Dialed> result) {
    if (!result) return std::exchange(done_, nullptr)(result.error());
    Dialed& made = *result;
    if (!options_.tls) {
        auto connection = std::make_unique<SocketConnection>(loop_, std::move(made.fd), made.peer, made.local);
        return std::exchange(done_, nullptr)(std::unique_ptr<Connection>(std::move(connection)));
    }
    handshake_ = TlsHandshake::start(loop_, std::move(made.fd), made.peer, made.local, options_.tls, deadline_,
                                     [this](Result<std::unique_ptr<Connection>> connection) {
                                         const Done done = std::exchange(done_, nullptr);
                                         handshake_.reset();
                                         done(std::move(connection));
                                     });
}

}  // namespace earshot::net
