#include "app/packet_comments.h"

#include <utility>

#include "trace/row.h"

namespace earshot::app {

namespace {

view::Encodings at_first(const view::PayloadEncodings& encodings) {
    return {encodings.encoding_of(trace::End::client), encodings.encoding_of(trace::End::server)};
}

}  // namespace

PacketComments::PacketComments(view::PayloadEncodings encodings)
    : encodings_(std::move(encodings)), payloads_(at_first(encodings_)) {}

std::string PacketComments::comment_of(const trace::Segment& segment) {
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

void PacketComments::decode_as(trace::End from, const text::Encoding* encoding) {
    encodings_.name(from, encoding);
    payloads_.decode_as(from, encoding);
}

}  // namespace earshot::app
