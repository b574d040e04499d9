// Lines: a message ends at LF; its payload is what stands before it, without a CR right before the LF.
#pragma once

#include "frame/framer.h"

namespace earshot::frame {

// A line with more than `max_message` bytes before its LF is malformed: it is given up in pieces of `max_message` bytes
// and a last one that holds the LF; the next line is in step again.
class LineFramer final : public Framer {
  public:
    explicit LineFramer(std::size_t max_message) : max_message_(max_message) {}

    Step next(ByteView bytes) override;
    Step finish(ByteView bytes) override;

  private:
    std::size_t max_message_;  // bytes
    std::size_t scanned_ = 0;  // bytes known to hold no LF
    bool too_long_ = false;    // the beginning of this line has been given up
};

}  // namespace earshot::frame
