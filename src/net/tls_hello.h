// Tells TLS from plain text by its first bytes, so that a plain end can hint at --tls and a TLS end at leaving it out.
#pragma once

#include "base/bytes.h"

namespace earshot::net {

// True where `bytes`, the first of a connection, begin a TLS ClientHello (RFC 8446 4.1.2, 5.1); needs 6 of them.
bool looks_like_tls_client_hello(ByteView bytes);

// True where `bytes`, the first that a TLS peer sent, can begin a handshake or alert record. One byte is enough to say
// no.
bool may_begin_tls(ByteView bytes);

}  // namespace earshot::net
