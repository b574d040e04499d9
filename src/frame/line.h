// Lines: a message ends at LF; its payload is what stands before it, without a CR right before the LF. Both are code
// units of the text's encoding.
#pragma once

#include "frame/framer.h"

namespace earshot::frame {

// A line with more than `max_message` bytes before its LF is malformed: it is given up in pieces of `max_message` bytes
// (whole code units) and a last one that holds the LF; the next line is in step again.
class LineFramer final : public Framer {
  public:
    explicit LineFramer(std::size_t max_message) : limit_(max_message), most_(max_message) {}

    Step next(ByteView bytes) override;
    Step finish(ByteView bytes) override;
    void set_line_codes(const LineCodes& codes) override;
    void set_max_message(std::size_t max_message) override;

  private:
    bool look_for_mark(ByteView bytes);
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    std::size_t find_unit(ByteView bytes);
    std::size_t find_byte(ByteView bytes);
    bool is_carriage_return(const std::uint8_t* at) const;

    LineCodes codes_;
    std::size_t limit_;        // bytes, as asked for
    std::size_t most_;         // bytes of a piece: limit_ in whole code units, at least one
    std::size_t scanned_ = 0;  // bytes known to hold no LF; whole code units
    bool too_long_ = false;    // the beginning of this line has been given up
};

}  // namespace earshot::frame
