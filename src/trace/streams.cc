#include "trace/streams.h"

#include <algorithm>

namespace earshot::trace {

End end_of(const Stream& stream, const Packet& packet) {
    // A machine that calls itself from the port it listens on is both ends; its packets count as the client's.
    return packet.from == stream.client ? End::client : End::server;
}

void Streams::open(const Packet& packet, std::pair<Place, Place> pair) {
    Stream stream;
    stream.number = streams_.size();
    stream.client = packet.from;
    stream.server = packet.to;
    stream.first = *packet.segment.seen_at();
    newest_of_[pair] = stream.number;
    streams_.push_back(stream);
    bases_.emplace_back();
}

void Streams::note_ends(Stream& stream, const Packet& packet) {
    if (stream.ends_known) return;
    if (packet.segment.has(kSyn)) {
        const bool answers = packet.segment.has(kAck);
        stream.client = answers ? packet.to : packet.from;
        stream.server = answers ? packet.from : packet.to;
        stream.opening_seen = stream.ends_known = true;
    } else if (stream.packets >= kUndecided) {
        stream.ends_known = true;
    }
}

const Stream& Streams::add(Packet& packet) {
    const std::pair pair(std::min(packet.from, packet.to), std::max(packet.from, packet.to));
    const bool is_lower = packet.from == pair.first;
    const Segment& segment = packet.segment;
    const auto found = newest_of_.find(pair);
    bool is_new = found == newest_of_.end();
    if (!is_new && segment.has(kSyn) && !segment.has(kAck)) {
        const Base& base = bases_[found->second];
        const auto& own = is_lower ? base.lower : base.higher;
        is_new = own && *own != segment.seq;
    }
    if (is_new) open(packet, pair);

    const std::size_t number = newest_of_[pair];
    Base& base = bases_[number];
    auto& own = is_lower ? base.lower : base.higher;
    auto& others = is_lower ? base.higher : base.lower;
    if (!own) own = segment.has(kSyn) ? segment.seq : segment.seq - 1;
    if (!others && segment.has(kAck)) others = segment.ack - 1;

    Stream& stream = streams_[number];
    ++stream.packets;
    stream.bytes += segment.length;
    stream.last = *segment.seen_at();
    note_ends(stream, packet);
    packet.segment.from = end_of(stream, packet);
    return stream;
}

}  // namespace earshot::trace
