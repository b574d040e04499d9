// A change to a stream of bytes on its way through a Pipe: another encoding, or what is safe on a terminal. Keeps its
// own state between pieces, so any cutting of the stream gives the same bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace earshot::net {

// An interface because the pipe must not know text: the layer above chooses at run time what stands in the way.
class Transform {
  public:
    virtual ~Transform() = default;
    // Appends to `out` what `in` becomes. On an error `out` holds everything before the fault, which is still
    // delivered.
    virtual Status apply(ByteView in, std::vector<std::uint8_t>& out) = 0;
    // The stream has ended: appends what was held back, or says what is missing.
    virtual Status finish(std::vector<std::uint8_t>& out) = 0;
};

}  // namespace earshot::net
