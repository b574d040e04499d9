// The check of one peer's certificate during one handshake, and what it found wrong, in words.
#pragma once

#include <string>

#include "net/tls_context.h"

struct x509_store_ctx_st;

namespace earshot::net {

class TlsCheck {
  public:
    // Both give what OpenSSL's verify callback is to give: 1 where the certificate fits.
    // Chain to a trusted root and, for a client, `name`.
    int run_chain(x509_store_ctx_st* store, TlsRole role, const std::string& name);
    // The SHA-256 of the certificate and nothing else.
    int run_pin(x509_store_ctx_st* store, const std::string& pin);

    bool passed() const { return passed_; }
    // What did not match and what can be done about it; empty where nothing was found wrong.
    const std::string& objection() const { return objection_; }

  private:
    bool passed_ = false;
    std::string objection_;
};

}  // namespace earshot::net
