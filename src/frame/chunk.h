// No framing: what one read gave is a message, cut only where it is larger than a message may be.
#pragma once

#include "frame/framer.h"

namespace earshot::frame {

class ChunkFramer final : public Framer {
  public:
    explicit ChunkFramer(std::size_t max_message) : max_message_(max_message) {}

    Step next(ByteView bytes) override;
    Step finish(ByteView bytes) override { return next(bytes); }
    void set_max_message(std::size_t max_message) override { max_message_ = max_message; }
    bool flushes_text() const override { return false; }

  private:
    std::size_t max_message_;  // bytes
};

}  // namespace earshot::frame
