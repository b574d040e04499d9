// --reply broadcast: what one caller sends, all the others get, byte for byte, message by message.
#pragma once

#include "talk/responder.h"

namespace earshot::respond {

// A caller above his high-water mark misses whole messages, counted, and a `dropped` event says so once he reads again;
// he never delays the others.
class Broadcast final : public talk::Responder {
  public:
    void message(talk::Session& session, const talk::Received& message) override;
    void half_closed(talk::Session& session) override;
};

}  // namespace earshot::respond
