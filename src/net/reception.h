// The front door of a listener: who may come in (--allow, --deny, --max-clients, CallerLimits), the TLS handshake
// of those who do, and only then a conversation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/memory_bound.h"
#include "net/access_list.h"
#include "net/caller_limits.h"
#include "net/connection.h"
#include "net/handshake_order.h"
#include "net/listener.h"
#include "net/tls_context.h"
#include "net/tls_handshake.h"

namespace earshot::net {

struct ReceptionOptions {
    Target where;
    ListenOptions listen;
    std::shared_ptr<const TlsContext> tls;  // null: plain
    AccessList access;
    std::uint64_t max_clients = 0;         // conversations at once; 0: as many as there are descriptors
    std::shared_ptr<CallerLimits> limits;  // null: none; the same for all doors of a listener
    // Strangers in the middle of a handshake; more than this at once is an attack or a stampede, and the oldest of
    // those who have the most give way.
    std::size_t max_handshakes = 4096;
    // Nobody is let in while it is short; null: there is no bound.
    std::shared_ptr<const MemoryBound> memory;
};

// Told on the loop's thread; may close the reception but not destroy it from inside a call.
class ReceptionHandler {
  public:
    // Takes `connection`. Errors: limit, where there is no place for him after all: he is told and turned away, and
    // `connection` is left as it was. May throw std::bad_alloc: he is turned away then, and told where it is left.
    virtual Status on_caller(std::unique_ptr<Connection>& connection) = 0;
    // Somebody was not let in: denied, the limit, or no TLS with him. `callers` is how many; `peer` is none where they
    // were not told apart (the system has no descriptors), and 0 of them where they have to wait for that.
    virtual void on_turned_away(const Endpoint& peer, const Error& error, std::uint64_t callers) = 0;
    // How many conversations there are, for max_clients.
    virtual std::uint64_t present() const = 0;

  protected:
    ~ReceptionHandler() = default;
};

class Reception final : private ListenerHandler {
  public:
    static Result<std::unique_ptr<Reception>> open(Loop& loop, ReceptionOptions options, ReceptionHandler& handler);
    ~Reception();

    std::vector<Endpoint> addresses() const { return listener_->addresses(); }
    // What callers are shown; null: nothing is.
    const std::shared_ptr<const TlsContext>& tls() const { return options_.tls; }
    // From the next caller on.
    void set_tls(std::shared_ptr<const TlsContext> tls) { options_.tls = std::move(tls); }
    // Reads the files of --allow and --deny again; on an error the rules in force stay.
    Status reload() { return options_.access.reload(); }
    const AccessList& access() const { return options_.access; }
    void set_access(AccessList access) { options_.access = std::move(access); }
    // No further caller; handshakes under way are dropped.
    void close();
    std::vector<PassedSocket> sockets() const { return listener_->sockets(); }
    // Another program takes the callers from now on; handshakes under way go on here.
    void hand_over() { listener_->hand_over(); }
    bool has_handshakes() const { return !handshakes_.empty(); }
    // Callers wait in the backlog until resume(); handshakes under way go on.
    void pause() { listener_->pause(); }
    void resume() { listener_->resume(); }
    // What keeps callers from being taken that is not this program's wish, in a few words that are not translated;
    // null: nothing that is known.
    const char* obstacle() const;

  private:
    Reception(Loop& loop, ReceptionOptions options, ReceptionHandler& handler);
    void on_accept(UniqueFd socket, Endpoint peer, Endpoint local) override;
    void on_accept_trouble(const Error& error, std::uint64_t refused) override;
    void let_in(UniqueFd socket, const Endpoint& peer, Endpoint local, CallerLimits::Place place);
    void let_in(std::unique_ptr<Connection> caller);
    void shake_hands(UniqueFd socket, const Endpoint& peer, Endpoint local, CallerLimits::Place place);
    void handshake_over(std::uint64_t number, Result<std::unique_ptr<Connection>> connection);
    struct Handshake;
    Handshake take_handshake(std::uint64_t number);
    void let_oldest_handshake_go();  // where there are too many
    bool is_full() const;
    Error full(const Endpoint& peer) const;
    Result<CallerLimits::Place> admit(const Endpoint& peer);
    void turn_away(int socket, const Endpoint& peer, const Error& error);

    struct Handshake {
        std::unique_ptr<TlsHandshake> under_way;
        Endpoint peer;
        CallerLimits::Place place;
    };

    Loop& loop_;
    ReceptionOptions options_;
    ReceptionHandler& handler_;
    std::unique_ptr<Listener> listener_;
    std::unordered_map<std::uint64_t, Handshake> handshakes_;
    HandshakeOrder order_;  // of the same
    std::uint64_t last_handshake_ = 0;
};

}  // namespace earshot::net
