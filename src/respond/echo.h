// --reply echo: what a caller sends comes back to him, byte for byte, message by message.
#pragma once

#include "talk/responder.h"

namespace earshot::respond {

// Back-pressure: a caller who does not read what comes back is not read either.
class Echo final : public talk::Responder {
  public:
    void message(talk::Session& session, const talk::Received& message) override;
    void half_closed(talk::Session& session) override;
    void drained(talk::Session& session) override;
};

}  // namespace earshot::respond
