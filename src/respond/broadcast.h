// --reply broadcast: what one caller sends, all the others get, byte for byte, message by message. Each shard has its
// own; what is said in one batch goes to the callers of another in one letter.
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
    void reach_the_others(talk::Shard& shard);

    talk::FanOut callers_;        // of this shard
    talk::Mail* mail_ = nullptr;  // null: there is no other shard
};

}  // namespace earshot::respond
