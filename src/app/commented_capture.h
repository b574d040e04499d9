// A pcapng file of conversations' frames, each with what was said in it as a comment.
#pragma once

#include <cstdint>
#include <string>

#include "app/packet_comments.h"
#include "app/written_file.h"
#include "trace/packet.h"
#include "trace/pcapng.h"

namespace earshot::app {

class CommentedCapture {
  public:
    explicit CommentedCapture(const std::string& path);

    // Before its first frame. Gives its number.
    std::uint32_t add_interface(const trace::PcapngInterface& interface);
    // The frame as it was captured, and what stands in it; segment.from is known. `comments`: of its conversation.
    void add(const trace::Frame& frame, const trace::Packet& packet, PacketComments& comments,
             std::uint32_t interface = 0);
    Status open() { return file_.open(); }
    Status flush() { return file_.flush(); }
    Status close();

  private:
    WrittenFile file_;
    std::uint32_t interfaces_ = 0;
};

}  // namespace earshot::app
