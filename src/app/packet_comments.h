// What was said in each packet of one conversation, in words for whoever opens its capture.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "trace/segment.h"
#include "view/ladder/payload.h"
#include "view/ladder/payload_encodings.h"

namespace earshot::app {

class PacketComments {
  public:
    explicit PacketComments(view::PayloadEncodings encodings);

    // Segments in the order of the capture; empty: no payload.
    std::string comment_of(const trace::Segment& segment);
    // From here on. Null: bytes.
    void decode_as(trace::End from, const text::Encoding* encoding);

  private:
    view::PayloadEncodings encodings_;
    view::PayloadReader payloads_;
    struct Numbers {
        std::optional<std::uint32_t> first;  // the end's first sequence number: rows count from there
        std::uint32_t next = 0;              // what was not sent before
    };
    std::array<Numbers, 2> numbers_;  // by end
};

}  // namespace earshot::app
