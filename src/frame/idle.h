// Messages that end where the peer is silent: idle:MS, as serial gateways mean it. The session calls finish() when the
// quiet time has run out.
#pragma once

#include "frame/framer.h"

namespace earshot::frame {

// What comes without a pause and is longer than `max_message` is malformed: given up in pieces of that size, the rest
// at the pause.
class IdleFramer final : public Framer {
  public:
    IdleFramer(Millis quiet, std::size_t max_message) : quiet_(quiet), max_message_(max_message) {}

    Step next(ByteView bytes) override;
    Step finish(ByteView bytes) override;
    void set_max_message(std::size_t max_message) override { max_message_ = max_message; }
    Millis quiet_time() const override { return quiet_; }
    bool flushes_text() const override { return false; }

  private:
    Millis quiet_;
    std::size_t max_message_;  // bytes
    bool too_long_ = false;    // the beginning of this message has been given up
};

}  // namespace earshot::frame
