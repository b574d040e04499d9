// Makes a Target into sockets that really listen, or into the one error that says why not.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <functional>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/endpoint.h"
#include "net/socket_options.h"
#include "net/target.h"

namespace earshot::net {

// One that whoever started this program opened for it, and that may be listened on already.
struct PassedSocket {
    int descriptor = -1;     // stays its owner's
    bool owns_path = false;  // a Unix path is ours to remove at the end: an earshot before this one made it
    bool shared = false;     // other threads of ours accept from the same: whoever is free takes a caller
    friend bool operator==(const PassedSocket&, const PassedSocket&) = default;
};

struct ListenOptions {
    SocketOptions socket;    // what every accepted socket inherits
    int backlog = 4096;      // calls waiting to be accepted; the kernel caps it at net.core.somaxconn
    bool keep_syns = false;  // of each caller, for his ladder (net/tcp_info.h)
    // Told of each address once it is taken and nobody can call there yet: for who must see the first SYN. May be
    // empty.
    std::function<void(const Endpoint& bound)> before_listening;
    std::vector<PassedSocket> passed;  // not empty: these, whatever the target says
    // SO_REUSEPORT: several shards share one port. It is set once the port has been bound without, which proves it
    // free. A Unix path, which knows no such thing, is shared as one socket.
    bool reuse_port = false;
    // Not empty: these instead of the target's addresses, which another listener of ours has taken with reuse_port.
    std::vector<Endpoint> beside;
    // Descriptors that callers are refused for, at most an eighth of what there may be: so that who asks how things
    // are, a reload or a command still finds one where callers have taken all others.
    unsigned keep_back = 0;
    // For tests: what the system says instead of accept4(2). Empty: that.
    std::function<int(int listening, sockaddr* peer, socklen_t* length)> accept;
};

// A bound, listening, non-blocking socket. A Unix path is removed when this is destroyed, where it is still ours.
class ListeningSocket {
  public:
    ListeningSocket(UniqueFd socket, Endpoint bound, bool owns_path = true, bool shared = false);
    ListeningSocket(ListeningSocket&&) noexcept = default;
    ListeningSocket& operator=(ListeningSocket&&) = delete;
    ~ListeningSocket();

    int descriptor() const { return socket_.get(); }
    const Endpoint& bound() const { return bound_; }  // with the port that was really taken
    bool owns_path() const { return inode_ != 0; }
    void leave_path() { inode_ = 0; }               // somebody else listens there from now on
    bool is_wildcard() const { return wildcard_; }  // an accepted socket's local address is not bound()
    bool is_shared() const { return shared_; }

  private:
    UniqueFd socket_;
    Endpoint bound_;
    bool wildcard_ = false;
    bool shared_ = false;
    dev_t device_ = 0;  // of the Unix path as we made it
    ino_t inode_ = 0;
};

// Of sockets that were passed, what each of so many shards listens on: of every address one of its own, or one shared
// with others where there are fewer.
std::vector<std::vector<PassedSocket>> share_out(const std::vector<PassedSocket>& passed, std::size_t shards);
// Whether two descriptors are of one socket.
bool is_same_socket(int one, int other);

// A port alone: both families by one socket where the system has IPv6, else IPv4. A name: every address of it, all on
// the same port. A Unix path: a stale socket there is replaced, anything else is not. Looks names up and blocks while
// doing so: for the start of a program, before anybody is served.
Result<std::vector<ListeningSocket>> open_listening_sockets(const Target& where, const ListenOptions& options);

}  // namespace earshot::net
