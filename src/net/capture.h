// Live capture: the frames of a conversation, or of all at a listener's port, as they pass this machine's interfaces.
// Opened before the SYN leaves, so that nothing of the handshake is missed. Needs libpcap and CAP_NET_RAW.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/captured_frame.h"
#include "net/endpoint.h"
#include "net/flow_counter.h"
#include "net/loop.h"

namespace earshot::net {

// Bytes of each frame that are kept. The longest headers that matter (cooked 2, IPv6, TCP with all options) are 120;
// the usual ones leave 74 to 94 for the beginning of the payload, which a row shows. More costs bulk data.
inline constexpr int kCaptureSnaplen = 160;
// For how long frames gather in the ring from the first on. To be woken for each costs a third of all round trips; ten
// milliseconds nobody sees. And the bytes themselves have been read by then, so that their encoding is known.
inline constexpr Millis kCaptureDelay{10};

struct CaptureWish {
    std::string interface;             // "eth0", "lo", "any"
    std::string filter;                // pcap-filter(7), for the kernel: what does not match costs us nothing
    std::vector<Endpoint> peers = {};  // the same for FlowCounter; none: it is not to be had
};

// What to capture for a call to any of these endpoints, before the port that it leaves from is known: on the interface
// that the way there leads through (where they differ, or none is known: on all), the packets from and to them.
CaptureWish wish_for_call(std::span<const Endpoint> peers, const std::optional<Endpoint>& source);
// For a listener: on loopback where it listens there only, else on all interfaces.
CaptureWish wish_for_listener(std::span<const Endpoint> bound);
// The interface that packets to this address leave by: "lo" for this machine's own; none where there is no way.
std::optional<std::string> interface_towards(const Endpoint& peer, const std::optional<Endpoint>& source);

class Capture {
  public:
    // Neither may destroy the capture; both may close() it.
    struct Handler {
        std::function<void(const CapturedFrame&)> on_frame;
        // Nothing more will come: the interface has gone. Called once, after what came before.
        std::function<void(const Error&)> on_lost;
    };

    // Running when it returns: a SYN sent from then on is seen. Errors: no libpcap; no privilege (reason `permission`;
    // the message says what to do); no such interface.
    static Result<std::unique_ptr<Capture>> open(Loop& loop, const CaptureWish& wish, Handler handler);
    ~Capture();
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    const std::string& interface() const;  // for the ladder's heading
    int link_type() const;
    // Whether frames that passed this interface (0: not named by the frame) all passed it inwards: on loopback each
    // would be seen leaving and arriving, and only the latter is captured.
    bool shows_arrivals_only(std::uint32_t interface) const;

    // Counts in the kernel what is not worth handing out. Null where that cannot be had; asked for the first time it
    // takes the place of the filter.
    FlowCounter* counter();

    // Hands out what the kernel is ready to give.
    void flush();
    // Hands out all that has been seen up to now, then calls `done`, from the loop, after some 2 ms. For the end of a
    // conversation, whose last FIN and ACK have just passed. `done` may destroy the capture; asked again before it was
    // called, the later one counts.
    void flush_all(std::function<void()> done);
    // Frames that were lost for want of room since the beginning.
    std::uint64_t dropped() const;
    // No frame is handed out any more. Also from inside on_frame.
    void close();

  private:
    class Tap;
    explicit Capture(std::unique_ptr<Tap> tap);
    std::unique_ptr<Tap> tap_;
};

}  // namespace earshot::net
