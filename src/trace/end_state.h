// One end of a connection as RFC 9293, figure 5, has it: told what the end sends and receives, it knows its state. It
// keeps the few facts that make up the state (which SYN and FIN went which way and were acknowledged), so that a
// segment which proves more than was known (a capture has holes) puts it right.
#pragma once

#include <cstdint>
#include <optional>

#include "trace/segment.h"
#include "trace/state.h"

namespace earshot::trace {

class EndState {
  public:
    // None: nothing is known of this end yet.
    std::optional<State> state() const;

    void send(const Segment& segment, const EndState& peer);
    // `with_fin`: its FIN counts as well (it is not known to be missing something before it).
    void receive(const Segment& segment, bool with_fin);
    // What came before `segment` came as well: also the FIN of `peer`, where this is behind it.
    void receive_after(const Segment& segment, const EndState& peer);
    // The end is in `state`, whatever led there.
    void become(State state);

    // Its three-way handshake is behind it, and it has not gone yet.
    bool is_synchronized() const;
    bool has_sent_fin() const { return known_ && fin_sent_; }
    // Also where that FIN stands is known: fin_end().
    bool has_numbered_fin() const { return has_sent_fin() && fin_numbered_; }
    std::uint32_t fin_end() const { return fin_end_; }  // one past the FIN that it sent
    std::optional<std::uint32_t> first_sequence() const { return syn_sent_ ? std::optional(iss_) : std::nullopt; }
    // It has reset the connection itself: nothing but resets can come from it any more.
    bool has_reset() const { return has_reset_; }

  private:
    bool is_open() const { return syn_received_ && syn_acked_; }
    void send_syn(const Segment& segment);
    void send_reset(const Segment& segment);
    void receive_syn(const Segment& segment);

    bool known_ = false, listening_ = false, over_ = false, has_reset_ = false;
    bool syn_sent_ = false, syn_ack_sent_ = false, syn_received_ = false, syn_acked_ = false;
    bool fin_sent_ = false, fin_acked_ = false, fin_received_ = false;
    bool active_close_ = false;  // sent its FIN before it had received the other one
    bool fin_numbered_ = false;  // its FIN itself was seen, not only that it was sent
    std::uint32_t iss_ = 0, fin_end_ = 0;
};

// Whether an acknowledgement number covers everything before `end`.
inline bool covers(const Segment& segment, std::uint32_t end) {
    return segment.has(kAck) && seq_not_after(end, segment.ack);
}

}  // namespace earshot::trace
