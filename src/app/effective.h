// What holds in a mode where the user named nothing, and under a reply that is text: encodings, framing, end of line,
// TLS verification.
#pragma once

#include <string>

#include "app/mode.h"
#include "app/options.h"

namespace earshot::app {

struct Effective {
    std::string recv_encoding;  // a label, "auto" or "bytes" (bytes as they are, no text made). Tap: of the clients
    std::string send_encoding;  // the same. Tap: of the servers
    std::string frame;          // as frame::make_framer takes it
    std::string eol;            // lf crlf cr none, as model::SetEol names it
    TlsVerify verify = TlsVerify::none;

    friend bool operator==(const Effective&, const Effective&) = default;
};

Effective effective(Mode mode, const Options& options);

}  // namespace earshot::app
