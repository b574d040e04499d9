// Turns what OpenSSL and the socket say about a failed TLS conversation into one line for a person.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "net/endpoint.h"
#include "net/tls_context.h"

namespace earshot::net {

struct TlsTrouble {
    unsigned long code = 0;      // OpenSSL's first error of the call; 0: none
    int socket_error = 0;        // errno; 0: none
    bool saw_end = false;        // the peer's FIN came
    bool shaking_hands = false;  // it happened before the handshake was complete
    bool sent_end = false;       // our close_notify had gone out before
    ByteView greeting;           // the first bytes of the peer, while shaking hands
    std::string_view objection;  // what the check of the certificate found
};

Error explain(const TlsTrouble& trouble, const TlsContext& context, const Endpoint& peer);
// The handshake did not come to an end in time.
Error explain_timeout(ByteView greeting, const TlsContext& context, const Endpoint& peer);

// OpenSSL's own words for an error code, without its file and library.
std::string openssl_text(unsigned long code);

}  // namespace earshot::net
