// One call from beginning to conversation: look-up, connection and, where asked for, the TLS handshake, within one
// time.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "net/connection.h"
#include "net/dialer.h"
#include "net/tls_context.h"
#include "net/tls_handshake.h"

namespace earshot::net {

struct CallOptions {
    Target target;
    DialOptions dial;                       // connect_timeout covers the handshake too
    std::shared_ptr<const TlsContext> tls;  // null: plain
};

class Call {
  public:
    // Called once a start(), on the loop's thread, never from inside it. May destroy the call or start it again.
    using Done = std::function<void(Result<std::unique_ptr<Connection>>)>;

    Call(Loop& loop, CallOptions options);
    ~Call();  // cancels
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void start(Done done);
    void cancel();
    const CallOptions& options() const { return options_; }

  private:
    void dialed(Result<Dialed> result);

    Loop& loop_;
    CallOptions options_;
    Dialer dialer_;
    std::unique_ptr<TlsHandshake> handshake_;
    std::optional<SteadyTime> deadline_;
    Done done_;
};

}  // namespace earshot::net
