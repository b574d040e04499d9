#include "net/reception.h"

#include <sys/socket.h>

#include <utility>

#include "base/i18n.h"
#include "net/socket_connection.h"

namespace earshot::net {

namespace {
// Strangers in the middle of a handshake; more than this at once is an attack or a stampede.
constexpr std::size_t kMaxHandshakes = 4096;
}  // namespace

Result<std::unique_ptr<Reception>> Reception::open(Loop& loop, ReceptionOptions options, ReceptionHandler& handler) {
    std::unique_ptr<Reception> reception(new Reception(loop, std::move(options), handler));
    auto listener = Listener::open(loop, reception->options_.where, reception->options_.listen, *reception);
    if (!listener) return listener.error();
    reception->listener_ = std::move(*listener);
    return reception;
}

Reception::Reception(Loop& loop, ReceptionOptions options, ReceptionHandler& handler)
    : loop_(loop), options_(std::move(options)), handler_(handler) {}

Reception::~Reception() = default;

void Reception::close() {
    listener_->close();
    handshakes_.clear();
}

bool Reception::is_full() const { return options_.max_clients != 0 && handler_.present() >= options_.max_clients; }

void Reception::turn_away(UniqueFd socket, const Endpoint& peer, const Error& error) {
    if (error.reason == Reason::limit && !options_.tls) {
        // A person at the other end should see more than an end of stream. Best effort: his window is empty now.
        static constexpr char kFull[] = "earshot: too many callers, try later\n";
        [[maybe_unused]] const auto sent = ::send(socket.get(), kFull, sizeof kFull - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    handler_.on_turned_away(peer, error);
}

Error Reception::full(const Endpoint& peer) const {
    return {Reason::limit, tr_format("{} was not let in: {} callers are here already (--max-clients)", peer.text(),
                                     handler_.present())};
}

// Cheap questions first; who is refused uses up nothing of what others may have.
Result<CallerLimits::Place> Reception::admit(const Endpoint& peer) {
    if (!options_.access.allows(peer)) {
        return Error{Reason::denied, tr_format("{} was not let in: --allow and --deny do not have him", peer.text())};
    }
    if (is_full()) return full(peer);
    if (handshakes_.size() >= kMaxHandshakes) {
        return Error{Reason::limit, tr_format("{} was not let in: {} TLS handshakes are under way already", peer.text(),
                                              handshakes_.size())};
    }
    if (!options_.limits) return CallerLimits::Place();
    return options_.limits->enter(peer, loop_.clock().now());
}

void Reception::on_accept(UniqueFd socket, Endpoint peer, Endpoint local) {
    auto place = admit(peer);
    if (!place) return turn_away(std::move(socket), peer, place.error());
    if (options_.tls) return shake_hands(std::move(socket), std::move(peer), std::move(local), std::move(*place));
    auto caller = std::make_unique<SocketConnection>(loop_, std::move(socket), std::move(peer), std::move(local));
    caller->keep(std::move(*place));
    handler_.on_caller(std::move(caller));
}

void Reception::shake_hands(UniqueFd socket, Endpoint peer, Endpoint local, CallerLimits::Place place) {
    const std::uint64_t number = ++last_handshake_;
    auto done = [this, number, peer](Result<std::unique_ptr<Connection>> connection) {
        auto finished = handshakes_.extract(number);  // dies at the end of this call, not before
        if (!connection) {
            handler_.on_turned_away(peer, connection.error());
        } else if (is_full()) {
            handler_.on_turned_away(peer, full(peer));
        } else {
            (*connection)->keep(std::move(finished.mapped().place));
            handler_.on_caller(std::move(*connection));
        }
    };
    auto under_way = TlsHandshake::start(loop_, std::move(socket), peer, std::move(local), options_.tls, std::nullopt,
                                         std::move(done));
    handshakes_.emplace(number, Handshake{std::move(under_way), std::move(place)});
}

void Reception::on_accept_trouble(const Error& error, std::uint64_t count) {
    handler_.on_turned_away(
        Endpoint(), {error.reason, count > 1 ? tr_format("{} ({} callers)", error.message, count) : error.message});
}

}  // namespace earshot::net
