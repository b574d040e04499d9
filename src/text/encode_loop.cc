#include "text/encode_loop.h"

#include <cstring>

namespace earshot::text {

std::size_t EncodeBuffer::long_ascii(const std::uint8_t* at, const std::uint8_t* end) {
    const std::size_t count = ascii_length(at, end);
    if (count <= kSlack / 2) {
        std::memcpy(buffer_ + used_, at, count);
        used_ += count;
    } else {
        spill();
        bytes_.insert(bytes_.end(), at, at + count);
    }
    return count;
}

void EncodeBuffer::spill() {
    bytes_.insert(bytes_.end(), buffer_, buffer_ + used_);
    used_ = 0;
}

}  // namespace earshot::text
