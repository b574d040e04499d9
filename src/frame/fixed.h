// Messages that all have the same size: fixed:N.
#pragma once

#include "frame/framer.h"

namespace earshot::frame {

class FixedFramer final : public Framer {
  public:
    explicit FixedFramer(std::size_t size) : size_(size) {}

    Step next(ByteView bytes) override;
    Step finish(ByteView bytes) override;

  private:
    std::size_t size_;  // bytes, > 0
};

}  // namespace earshot::frame
