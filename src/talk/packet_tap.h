// What captures see of the program's own conversations: opens them where they are needed, each once, and gives every
// packet once, in order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/capture.h"
#include "net/endpoint.h"
#include "net/loop.h"
#include "trace/packet.h"
#include "trace/twin.h"

namespace earshot::talk {

class PacketTap {
  public:
    // A frame as it was captured, and what stands in it.
    struct Seen {
        const net::CapturedFrame& frame;
        const trace::Packet& packet;
        const std::string& interface;
    };
    // All from the loop. A frame is given before its packet, as it was captured, twins and all; a packet may be changed
    // by who gets it, and is gone when he returns.
    struct Handler {
        std::function<void(trace::Packet&)> on_packet;
        std::function<void(trace::Packet&, const Seen&)> on_frame;  // may be empty
        std::function<void(const Error&)> on_lost;                  // an interface has gone
    };
    PacketTap(net::Loop& loop, Handler handler);
    ~PacketTap();

    // From when they return what passes is seen. Errors: no privilege, no libpcap.
    Status watch_call(const net::Endpoint& peer, const std::optional<net::Endpoint>& source);
    Status watch_listener(std::span<const net::Endpoint> bound);
    bool is_open() const { return !sources_.empty(); }
    std::string interfaces() const;  // "eth0, lo"

    // Of the capture that the packet being given was seen by, while it is given; null where none can be had. Lives as
    // long as this.
    net::FlowCounter* counter();

    void tick(WallTime now);
    // Hands out all that has passed up to now, then calls `done`, from the loop, within some tens of milliseconds.
    void flush_all(std::function<void()> done);
    // Frames lost for want of room since the last call.
    std::uint64_t dropped();

  private:
    struct Source {
        net::CaptureWish wish;
        std::unique_ptr<net::Capture> capture;
        std::optional<trace::TwinFinder> twins;  // none: each packet is seen once
        trace::Packet packet;                    // the latest; kept for its buffers
        bool lost = false;
    };
    Status watch(const net::CaptureWish& wish);
    void take(Source& source, const net::CapturedFrame& frame);
    void give(Source& source);
    void finish(Source& source);

    net::Loop& loop_;
    Handler handler_;
    std::vector<std::unique_ptr<Source>> sources_;
    Source* giving_ = nullptr;  // whose packet, seen once only, is just being given
    std::uint64_t dropped_told_ = 0;
    int flushing_ = 0;
};

}  // namespace earshot::talk
