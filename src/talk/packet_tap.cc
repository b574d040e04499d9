#include "talk/packet_tap.h"

#include <algorithm>
#include <utility>

namespace earshot::talk {

PacketTap::PacketTap(net::Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}

PacketTap::~PacketTap() = default;

Status PacketTap::watch_call(const net::Endpoint& peer, const std::optional<net::Endpoint>& source) {
    return watch(net::wish_for_call({&peer, 1}, source));
}

Status PacketTap::watch_listener(std::span<const net::Endpoint> bound) { return watch(net::wish_for_listener(bound)); }

Status PacketTap::watch(const net::CaptureWish& wish) {
    for (const auto& source : sources_) {
        if (!source->lost && source->wish.interface == wish.interface && source->wish.filter == wish.filter)
            return Ok{};
    }
    auto source = std::make_unique<Source>();
    Source& taken = *source;
    taken.wish = wish;
    auto capture =
        net::Capture::open(loop_, wish,
                           {.on_frame = [this, &taken](const net::CapturedFrame& frame) { take(taken, frame); },
                            .on_lost =
                                [this, &taken](const Error& error) {
                                    taken.lost = true;
                                    finish(taken);
                                    handler_.on_lost(error);
                                }});
    if (!capture) return capture.error();
    taken.capture = std::move(*capture);
    if (!taken.capture->shows_arrivals_only(0)) taken.twins.emplace();
    sources_.push_back(std::move(source));
    return Ok{};
}

std::string PacketTap::interfaces() const {
    std::string names;
    for (const auto& source : sources_) {
        const std::string& name = source->capture->interface();
        if (names.find(name) == std::string::npos) names += (names.empty() ? "" : ", ") + name;
    }
    return names;
}

void PacketTap::take(Source& source, const net::CapturedFrame& frame) {
    trace::Packet& packet = source.packet;
    const trace::Frame seen{.time = frame.time,
                            .link_type = frame.link_type,
                            .original_length = frame.original_length,
                            .bytes = frame.bytes};
    if (!trace::parse_packet_into(seen, packet)) return;
    if (handler_.on_frame) handler_.on_frame(packet, {frame, packet, source.capture->interface()});
    if (!source.capture->shows_arrivals_only(packet.interface)) {
        source.twins->add(std::move(packet));
        return give(source);
    }
    if (packet.passage == trace::Passage::unknown) {  // on loopback it is seen where it arrives
        packet.segment.arrived_at = std::exchange(packet.segment.sent_at, std::nullopt);
    }
    giving_ = &source;
    handler_.on_packet(packet);
    giving_ = nullptr;
}

// Segments in a file must all have been seen.
net::FlowCounter* PacketTap::counter() {
    return giving_ == nullptr || handler_.on_frame ? nullptr : giving_->capture->counter();
}

void PacketTap::give(Source& source) {
    for (trace::Packet& packet : source.twins->take()) handler_.on_packet(packet);
}

// No twin is waited for any more.
void PacketTap::finish(Source& source) {
    if (!source.twins) return;
    source.twins->finish();
    give(source);
}

void PacketTap::tick(WallTime now) {
    for (const auto& source : sources_) {
        if (!source->twins) continue;
        source->twins->tick(now);
        give(*source);
    }
}

void PacketTap::flush_all(std::function<void()> done) {
    flushing_ =
        static_cast<int>(std::count_if(sources_.begin(), sources_.end(), [](const auto& s) { return !s->lost; }));
    if (flushing_ == 0) return loop_.post(std::move(done));
    for (const auto& source : sources_) {
        if (source->lost) continue;
        source->capture->flush_all([this, &source = *source, done] {
            finish(source);
            if (--flushing_ == 0) done();
        });
    }
}

std::uint64_t PacketTap::dropped() {
    std::uint64_t all = 0;
    for (const auto& source : sources_) all += source->capture->dropped();
    return all - std::exchange(dropped_told_, all);
}

}  // namespace earshot::talk
