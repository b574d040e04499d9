#include "app/commented_capture.h"

#include <utility>

namespace earshot::app {

namespace {

view::Encodings at_first(const PayloadEncodings& encodings) {
    return {encodings.encoding_of(trace::End::client), encodings.encoding_of(trace::End::server)};
}

}  // namespace

CommentedCapture::CommentedCapture(const std::string& path, const trace::PcapngInterface& interface,
                                   PayloadEncodings encodings)
    : file_(path), encodings_(std::move(encodings)), payloads_(at_first(encodings_)) {
    file_.write(trace::pcapng_head(interface, "earshot " EARSHOT_VERSION));
}

std::string CommentedCapture::comment_of(const trace::Segment& segment) {
    Numbers& numbers = numbers_[static_cast<std::size_t>(segment.from)];
    if (!numbers.first) {
        numbers.first = segment.seq;
        numbers.next = segment.seq;
    }
    if (segment.payload.empty()) return {};
    const bool is_new = !trace::seq_before(segment.seq, numbers.next);
    if (is_new) {
        numbers.next = segment.seq + segment.extent();
        if (encodings_.add(segment.from, as_bytes(segment.payload))) {
            payloads_.decode_as(segment.from, encodings_.encoding_of(segment.from));
        }
    }
    trace::Row row;
    row.body = trace::SegmentRow{.segment = segment, .seq = segment.seq - *numbers.first};
    const std::string shown = view::payload_shown(payloads_.read(row), segment.payload);
    return segment.payload.size() < segment.length ? shown + ".." : shown;
}

void CommentedCapture::add(const trace::Frame& frame, const trace::Packet& packet) {
    trace::Frame written = frame;
    written.passage = packet.passage;
    file_.write(trace::pcapng_packet(written, comment_of(packet.segment)));
}

Status CommentedCapture::close() {
    if (Status done = file_.flush(); !done) return done;
    return file_.close();
}

}  // namespace earshot::app
