// Asks the kernel for the state of a TCP connection that may have no socket any more (sock_diag(7)): after both sides
// have closed, FIN-WAIT-2 and TIME-WAIT are still to be seen here. Needs no privilege.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/endpoint.h"
#include "trace/state.h"

namespace earshot::net {

class SocketDiag {
  public:
    // Errors: the system has no sock_diag, or forbids it (a container's seccomp).
    static Result<SocketDiag> open();

    // The state of the connection's end at `local`; none: the kernel has forgotten it. The answer is there at once,
    // from memory: nothing is waited for.
    Result<std::optional<trace::State>> state(const Endpoint& local, const Endpoint& peer);

  private:
    explicit SocketDiag(UniqueFd socket) : socket_(std::move(socket)) {}
    UniqueFd socket_;
};

}  // namespace earshot::net
