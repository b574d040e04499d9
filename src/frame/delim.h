// Messages that end with a byte string of the user's choice: delim:HEX. The payload is what stands before it.
#pragma once

#include <vector>

#include "frame/framer.h"

namespace earshot::frame {

// The first place where the delimiter is complete ends the message; nothing of it takes part in the next one. Matching
// is Knuth-Morris-Pratt with memchr between candidates: each byte is looked at once, whatever the delimiter and however
// it is cut. A delimiter of whole code units counts only where a code unit begins. A message too long is given up as in
// LineFramer.
class DelimFramer final : public Framer {
  public:
    DelimFramer(std::vector<std::uint8_t> delimiter, std::size_t max_message);

    Step next(ByteView bytes) override;
    Step finish(ByteView bytes) override;
    void set_line_codes(const LineCodes& codes) override;
    void set_max_message(std::size_t max_message) override;

  private:
    bool scan(ByteView bytes);
    bool stands_right() const { return (scanned_ - delimiter_.size()) % unit_ == 0; }

    std::vector<std::uint8_t> delimiter_;
    std::vector<std::uint32_t> border_;  // [n]: length of the longest proper border of the delimiter's first n bytes
    std::size_t limit_;                  // bytes before the delimiter, as asked for
    std::size_t max_message_;            // the same in whole code units
    std::size_t unit_ = 1;               // bytes of a code unit; 1 where the delimiter is not made of whole ones
    std::size_t scanned_ = 0;            // bytes looked at
    std::size_t matched_ = 0;            // of these, how many last ones begin the delimiter
    bool too_long_ = false;              // the beginning of this message has been given up
};

}  // namespace earshot::frame
