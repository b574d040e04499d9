#include "app/commented_capture.h"

namespace earshot::app {

CommentedCapture::CommentedCapture(const std::string& path) : file_(path) {
    file_.write(trace::pcapng_section("earshot " EARSHOT_VERSION));
}

std::uint32_t CommentedCapture::add_interface(const trace::PcapngInterface& interface) {
    file_.write(trace::pcapng_interface(interface));
    return interfaces_++;
}

void CommentedCapture::add(const trace::Frame& frame, const trace::Packet& packet, PacketComments& comments,
                           std::uint32_t interface) {
    trace::Frame written = frame;
    written.passage = packet.passage;
    file_.write(trace::pcapng_packet(written, comments.comment_of(packet.segment), interface));
}

Status CommentedCapture::close() {
    if (Status done = file_.flush(); !done) return done;
    return file_.close();
}

}  // namespace earshot::app
