// --reply broadcast: what one caller sends, all the others get, byte for byte, message by message.
#pragma once

#include "talk/fan_out.h"
#include "talk/responder.h"

namespace earshot::respond {

class Broadcast final : public talk::Responder {
  public:
    void opened(talk::Session& session) override;
    void message(talk::Session& session, const talk::Received& message) override;
    void half_closed(talk::Session& session) override;

  private:
    talk::FanOut callers_;
};

}  // namespace earshot::respond
