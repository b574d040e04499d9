// Messages that say how long they are: length:FIELD[,offset=N,adjust=N]. A message is `offset` bytes, the field, and as
// many bytes as field + adjust says; the payload is what follows the field.
#pragma once

#include <optional>

#include "frame/framer.h"

namespace earshot::frame {

struct LengthField {
    std::uint8_t width = 1;   // bytes: 1, 2 or 4
    bool big_endian = true;   // most significant byte first
    std::size_t offset = 0;   // bytes before the field
    std::int64_t adjust = 0;  // added to the field: negative where it counts the header too, -(offset + width)
    friend bool operator==(const LengthField&, const LengthField&) = default;
};

// A length below 0 or beyond `max_message` is malformed and the framing is lost: the header is given up, and whatever
// is shown from then on.
class LengthFramer final : public Framer {
  public:
    LengthFramer(LengthField field, std::size_t max_message) : field_(field), max_message_(max_message) {}

    Step next(ByteView bytes) override;
    Step finish(ByteView bytes) override;
    void set_max_message(std::size_t max_message) override { max_message_ = max_message; }

  private:
    std::size_t header() const { return field_.offset + field_.width; }
    // The bytes after the header; none where they cannot be.
    std::optional<std::size_t> payload_size(ByteView header) const;

    LengthField field_;
    std::size_t max_message_;  // bytes after the header
    std::size_t whole_ = 0;    // bytes of the message that has begun; 0: its header is not here yet
    bool lost_ = false;
};

}  // namespace earshot::frame
