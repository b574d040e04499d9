// Calls a server: looks its name up, tries its addresses the way RFC 8305 says (both families race, the next one starts
// when the one before has failed or had its head start), and gives the first socket that connects. Tells of every
// address why it failed where none does.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/endpoint.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/socket_options.h"
#include "net/target.h"
#include "net/wait.h"

namespace earshot::net {

struct DialOptions {
    Millis connect_timeout{0};     // for the whole call, look-up included; 0: as long as the system tries
    Millis head_start{250};        // of one address before the next (RFC 8305 section 5)
    std::optional<Target> source;  // the address and port to call from; empty host: any address
    SocketOptions socket;
    Resolver::LookUp look_up = look_up_host;  // chosen in tests
    // Told right before a SYN leaves for an address, when it is under way and where it leaves from, and when that
    // address has failed; all may be empty.
    std::function<void(const Endpoint& peer)> on_attempt;
    std::function<void(const Endpoint& peer, const Endpoint& local)> on_attempt_left;
    std::function<void(const Endpoint& peer, Reason)> on_attempt_failed;
};

struct Dialed {
    UniqueFd fd;  // connected, non-blocking
    Endpoint peer, local;
};

class Dialer {
  public:
    // Called once, on the loop's thread, never from inside start(). May destroy the dialer or start it again.
    using Done = std::function<void(Result<Dialed>)>;

    Dialer(Loop& loop, DialOptions options);
    ~Dialer();  // cancels
    Dialer(const Dialer&) = delete;
    Dialer& operator=(const Dialer&) = delete;

    void start(Target target, Done done);
    // `done` will not be called; what was under way is closed.
    void cancel();

  private:
    class Attempt;
    struct Failure {
        std::string where;  // the address
        Error why;
    };

    void find_sources();
    void find_addresses();
    void set_addresses(std::vector<Endpoint> addresses);
    void try_next();
    std::optional<Endpoint> source_for(const Endpoint& peer) const;
    bool retry_later(const Endpoint& peer, int error);
    void attempt_ended(Attempt& attempt, int error);
    void connected(UniqueFd fd, const Endpoint& peer);
    void add_failure(const Endpoint& peer, Error why);
    void time_out();
    Error whole_error() const;
    void stop();
    void finish(Result<Dialed> result);
    void deliver();

    Loop& loop_;
    DialOptions options_;
    Resolver resolver_;
    Target target_;
    Done done_;
    std::vector<Endpoint> sources_;  // at most one a family is used
    std::deque<Endpoint> waiting_;   // addresses not tried yet
    std::vector<std::unique_ptr<Attempt>> attempts_;
    std::vector<Failure> failures_;
    std::optional<Result<Dialed>> result_;  // on its way to done_
    int full_queue_tries_ = 0;              // of a Unix socket
    Wait<Dialer> next_{*this, &Dialer::try_next};
    Wait<Dialer> deadline_{*this, &Dialer::time_out};
    std::shared_ptr<Dialer*> self_;  // for what is posted: null once cancelled
};

}  // namespace earshot::net
