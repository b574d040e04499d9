// A pcapng file of one conversation's frames, each with what was said in it as a comment.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "app/payload_encodings.h"
#include "app/written_file.h"
#include "trace/packet.h"
#include "trace/pcapng.h"
#include "view/ladder/payload.h"

namespace earshot::app {

class CommentedCapture {
  public:
    CommentedCapture(const std::string& path, const trace::PcapngInterface& interface, PayloadEncodings encodings);

    // The frame as it was captured, and what stands in it; segment.from is known.
    void add(const trace::Frame& frame, const trace::Packet& packet);
    Status open() { return file_.open(); }
    Status flush() { return file_.flush(); }
    Status close();

  private:
    std::string comment_of(const trace::Segment& segment);

    WrittenFile file_;
    PayloadEncodings encodings_;
    view::PayloadReader payloads_;
    struct Numbers {
        std::optional<std::uint32_t> first;  // the end's first sequence number: rows count from there
        std::uint32_t next = 0;              // what was not sent before
    };
    std::array<Numbers, 2> numbers_;  // by end
};

}  // namespace earshot::app
