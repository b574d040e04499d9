// Messages that end with a byte string of the user's choice: delim:HEX. The payload is what stands before it.
#pragma once

#include <vector>

#include "frame/framer.h"

namespace earshot::frame {

// The first place where the delimiter is complete ends the message; nothing of it takes part in the next one. Matching
// is Knuth-Morris-Pratt with memchr between candidates: each byte is looked at once, whatever the delimiter and however
// it is cut. A message too long is given up as in LineFramer.
class DelimFramer final : public Framer {
  public:
    DelimFramer(std::vector<std::uint8_t> delimiter, std::size_t max_message);

    Step next(ByteView bytes) override;
    Step finish(ByteView bytes) override;

  private:
    bool scan(ByteView bytes);

    std::vector<std::uint8_t> delimiter_;
    std::vector<std::uint32_t> border_;  // [n]: length of the longest proper border of the delimiter's first n bytes
    std::size_t max_message_;            // bytes before the delimiter
    std::size_t scanned_ = 0;            // bytes looked at
    std::size_t matched_ = 0;            // of these, how many last ones begin the delimiter
    bool too_long_ = false;              // the beginning of this message has been given up
};

}  // namespace earshot::frame
