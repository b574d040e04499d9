#include "trace/end_state.h"

#include <utility>

namespace earshot::trace {

std::optional<State> EndState::state() const {
    if (!known_) return std::nullopt;
    if (over_) return State::closed;
    if (!syn_sent_ && !syn_received_) return listening_ ? State::listen : State::closed;
    if (!is_open() && !fin_sent_) return syn_received_ ? State::syn_received : State::syn_sent;
    if (!fin_sent_) return fin_received_ ? State::close_wait : State::established;
    if (!fin_received_) return fin_acked_ ? State::fin_wait_2 : State::fin_wait_1;
    if (!active_close_) return fin_acked_ ? State::closed : State::last_ack;
    return fin_acked_ ? State::time_wait : State::closing;
}

bool EndState::is_synchronized() const {
    const auto now = state();
    return now && *now >= State::established;
}

void EndState::become(State state) {
    *this = EndState{};
    known_ = true;
    listening_ = state == State::listen;
    if (state == State::closed) over_ = true;
    if (state <= State::listen) return;
    syn_sent_ = true;
    if (state == State::syn_sent) return;
    syn_received_ = true;
    if (state == State::syn_received) return;
    syn_acked_ = true;
    fin_sent_ = state != State::established && state != State::close_wait;
    fin_acked_ = state == State::fin_wait_2 || state == State::time_wait;
    fin_received_ = state >= State::close_wait;
    active_close_ = fin_sent_ && state != State::last_ack;
}

void EndState::send_syn(const Segment& segment) {
    if (over_ || !known_ || !syn_sent_ || iss_ != segment.seq) {
        const bool answers = syn_received_ && !syn_sent_;  // SYN-RECEIVED sends its own SYN now
        *this = EndState{};
        syn_received_ = answers;
        iss_ = segment.seq;
    }
    known_ = syn_sent_ = true;
    if (!segment.has(kAck)) return;
    // A second SYN,ACK: the acknowledgement that was thought to have arrived has not.
    if (syn_ack_sent_ && !fin_sent_) syn_acked_ = false;
    syn_received_ = syn_ack_sent_ = true;
}

// In SYN-SENT a reset answers an ACK of something else and leaves the state as it is (RFC 9293, 3.10.7.3).
void EndState::send_reset(const Segment&) {
    if (known_ && state() == State::syn_sent) return;
    become(State::closed);
    has_reset_ = true;
}

void EndState::send(const Segment& segment, const EndState& peer) {
    if (segment.has(kRst)) return send_reset(segment);
    if (segment.has(kSyn)) return send_syn(segment);
    if (over_ || !known_) return;
    // Without SYN it is synchronized; only a bare ACK may come from SYN-RECEIVED too.
    if (!syn_received_ || segment.extent() > 0) syn_sent_ = syn_received_ = syn_acked_ = true;
    if (peer.has_numbered_fin() && covers(segment, peer.fin_end())) fin_received_ = true;
    if (!segment.has(kFin)) return;
    if (!std::exchange(fin_numbered_, true)) fin_end_ = segment.seq + segment.extent();
    if (fin_sent_) {  // once more: it has not been acknowledged after all
        if (!active_close_) fin_acked_ = false;
        return;
    }
    fin_sent_ = true;
    active_close_ =
        !fin_received_ || (peer.has_numbered_fin() && segment.has(kAck) && !covers(segment, peer.fin_end()));
}

void EndState::receive_syn(const Segment& segment) {
    const auto before = state();
    if (segment.has(kAck)) {
        if (before == State::syn_sent && covers(segment, iss_ + 1)) syn_received_ = syn_acked_ = true;
        if (before == State::syn_received && syn_sent_ && covers(segment, iss_ + 1)) syn_acked_ = true;
        return;
    }
    if (before == State::syn_sent) syn_received_ = true;  // both called at once
    if (!before || before == State::closed || before == State::listen || before == State::time_wait) {
        *this = EndState{};
        known_ = syn_received_ = true;
    }
}

void EndState::receive(const Segment& segment, bool with_fin) {
    if (segment.has(kRst)) {
        if (state() != State::listen) become(State::closed);
        return;
    }
    if (segment.has(kSyn)) return receive_syn(segment);
    if (over_ || !known_) return;
    if (syn_sent_ && syn_received_ && covers(segment, iss_ + 1)) syn_acked_ = true;
    if (fin_sent_ && fin_numbered_ && covers(segment, fin_end_)) fin_acked_ = true;
    if (with_fin && segment.has(kFin) && is_open()) fin_received_ = true;
}

void EndState::receive_after(const Segment& segment, const EndState& peer) {
    if ((segment.flags & (kSyn | kRst)) != 0 || !is_open() || over_) return;
    if (peer.has_numbered_fin() && segment.extent() == 0 && segment.seq == peer.fin_end()) fin_received_ = true;
}

}  // namespace earshot::trace
