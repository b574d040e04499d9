#include "net/reception.h"

#include <new>
#include <utility>

#include "base/i18n.h"
#include "base/memory_reserve.h"
#include "net/send_away.h"
#include "net/socket_connection.h"

namespace earshot::net {

namespace {

constexpr std::string_view kFull = "earshot: too many callers, try later\n";
constexpr std::string_view kNoMemory = "earshot: no memory is left, try later\n";

std::uint64_t address_of(const Endpoint& peer) { return peer.is_ip() ? caller_key(peer) : 0; }

Error no_memory_for(const Endpoint& peer) {
    return {Reason::limit, tr_format("{} was not let in: no memory is left for him; raise ulimit -v and -d, or set "
                                     "--max-clients lower",
                                     peer.text())};
}

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
    order_ = {};
}

bool Reception::is_full() const { return options_.max_clients != 0 && handler_.present() >= options_.max_clients; }

void Reception::turn_away(int socket, const Endpoint& peer, const Error& error) {
    // A person at the other end should see more than an end of stream.
    if (error.reason == Reason::limit && !options_.tls) send_away(socket, is_memory_short() ? kNoMemory : kFull);
    handler_.on_turned_away(peer, error, 1);
}

Error Reception::full(const Endpoint& peer) const {
    return {Reason::limit, tr_format("{} was not let in: {} callers are here already (--max-clients)", peer.text(),
                                     handler_.present())};
}

// Cheap questions first; who is refused uses up nothing of what others may have.
Result<CallerLimits::Place> Reception::admit(const Endpoint& peer) {
    if (!options_.access.allows(peer)) {
        return Error{Reason::denied, tr_format("{} was not let in: --allow and --deny keep him out", peer.text())};
    }
    if (is_full()) return full(peer);
    if (is_memory_short()) return no_memory_for(peer);
    if (options_.memory && options_.memory->is_short()) {
        return Error{Reason::limit, tr_format("{} was not let in: what waits for callers has reached the bound of {} "
                                              "bytes (--max-memory)",
                                              peer.text(), options_.memory->most())};
    }
    if (!options_.limits) return CallerLimits::Place();
    return options_.limits->enter(peer, loop_.clock().now());
}

void Reception::on_accept(UniqueFd socket, Endpoint peer, Endpoint local) {
    auto place = admit(peer);
    if (!place) return turn_away(socket.get(), peer, place.error());
    let_in(std::move(socket), peer, std::move(local), std::move(*place));
}

// Where memory is out it is the newcomer who does without, and all others stay.
void Reception::let_in(UniqueFd socket, const Endpoint& peer, Endpoint local, CallerLimits::Place place) {
    std::unique_ptr<Connection> caller;
    try {
        if (options_.tls) return shake_hands(std::move(socket), peer, std::move(local), std::move(place));
        caller = std::make_unique<SocketConnection>(loop_, std::move(socket), peer, std::move(local));
    } catch (const std::bad_alloc&) {
        if (socket && !options_.tls) send_away(socket.get(), kNoMemory);
        return handler_.on_turned_away(peer, no_memory_for(peer), 1);
    }
    caller->keep(std::move(place));
    let_in(std::move(caller));
}

void Reception::let_in(std::unique_ptr<Connection> caller) {
    const Endpoint peer = caller->peer();
    try {
        const Status in = handler_.on_caller(caller);
        if (in) return;
        send_away(*caller, kFull);
        caller.reset();
        handler_.on_turned_away(peer, in.error(), 1);
    } catch (const std::bad_alloc&) {
        if (caller) send_away(*caller, kNoMemory);
        caller.reset();
        handler_.on_turned_away(peer, no_memory_for(peer), 1);
    }
}

void Reception::let_oldest_handshake_go() {
    if (handshakes_.size() <= options_.max_handshakes) return;
    const Handshake oldest = take_handshake(order_.gives_way());
    handler_.on_turned_away(
        oldest.peer,
        {Reason::limit, tr_format("{} was not let in: with more than {} TLS handshakes under way his gave way, as the "
                                  "oldest of the address that has the most",
                                  oldest.peer.text(), options_.max_handshakes)},
        1);
}

Reception::Handshake Reception::take_handshake(std::uint64_t number) {
    Handshake taken = std::move(handshakes_.extract(number).mapped());
    order_.remove(number, address_of(taken.peer));
    return taken;
}

void Reception::shake_hands(UniqueFd socket, const Endpoint& peer, Endpoint local, CallerLimits::Place place) {
    const std::uint64_t number = ++last_handshake_;
    auto under_way = TlsHandshake::start(loop_, std::move(socket), peer, std::move(local), options_.tls, std::nullopt,
                                         [this, number](Result<std::unique_ptr<Connection>> connection) {
                                             handshake_over(number, std::move(connection));
                                         });
    handshakes_.emplace(number, Handshake{std::move(under_way), peer, std::move(place)});
    try {
        order_.add(number, address_of(peer));
    } catch (...) {
        handshakes_.erase(number);
        throw;
    }
    let_oldest_handshake_go();
}

void Reception::handshake_over(std::uint64_t number, Result<std::unique_ptr<Connection>> connection) {
    Handshake finished = take_handshake(number);  // dies at the end of this call, not before
    if (!connection) {
        handler_.on_turned_away(finished.peer, connection.error(), 1);
    } else if (is_full()) {
        send_away(**connection, kFull);
        handler_.on_turned_away(finished.peer, full(finished.peer), 1);
    } else {
        (*connection)->keep(std::move(finished.place));
        let_in(std::move(*connection));
    }
}

void Reception::on_accept_trouble(const Error& error, std::uint64_t refused) {
    handler_.on_turned_away(
        Endpoint(), {error.reason, refused > 1 ? tr_format("{} ({} callers)", error.message, refused) : error.message},
        refused);
}

const char* Reception::obstacle() const {
    return is_memory_short() ? "no memory is left for callers" : listener_->obstacle();
}

}  // namespace earshot::net
