#include "trace/inference.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace earshot::trace {

namespace {

// Of the other end only what follows from ours: it is as far as ours has heard.
std::optional<State> peer_of(State state) {
    switch (state) {
        case State::established:
        case State::fin_wait_1:
            return State::established;
        case State::fin_wait_2:
            return State::close_wait;
        case State::close_wait:
        case State::last_ack:
            return State::fin_wait_2;
        case State::closing:
            return State::fin_wait_1;
        default:
            return std::nullopt;
    }
}

}  // namespace

Segment Inference::segment(End from, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack) const {
    Segment made;
    made.from = from;
    made.flags = flags;
    made.seq = seq;
    made.ack = ack;
    return made;
}

// Numbers here only tie the handshake together; they are shown as unknown.
void Inference::begin(Steps& steps, const std::optional<WallTime>& time, const Segment* saved) {
    if (std::exchange(begun_, true)) return;
    state_ = self_ == End::client ? State::syn_sent : State::syn_received;
    steps.push_back({std::nullopt, NoteRow{NoteRow::Kind::listening, 0, std::nullopt}, false, {}, {}});
    Segment syn = saved ? *saved : segment(End::client, kSyn, 0, 0);
    syn.from = End::client;
    steps.push_back({time, std::move(syn), saved != nullptr, {}, {}});
}

void Inference::establish(Steps& steps, const Fact& fact) {
    if (over_ || std::exchange(established_, true)) return;
    begin(steps, std::nullopt, nullptr);
    state_ = State::established;
    const bool calls = self_ == End::client;
    // connect() comes back with the SYN,ACK, accept() with the ACK that follows it.
    Inferred answer{calls ? fact.time : std::nullopt, segment(End::server, kSyn | kAck, 0, 1), false, {}, {}};
    Inferred ack{calls ? std::nullopt : fact.time, segment(End::client, kAck, 1, 1), false, {}, {}};
    (calls ? answer : ack).self = State::established;
    (calls ? ack : answer).peer = State::established;
    steps.push_back(std::move(answer));
    steps.push_back(std::move(ack));
}

void Inference::find_open(Steps& steps, const Fact& fact, std::optional<State> state) {
    if (begun_) return;
    begun_ = established_ = true;
    Inferred found{fact.time, NoteRow{NoteRow::Kind::begins_in_the_middle, 0, std::nullopt}, false, {}, {}};
    // CLOSED is also what TCP_INFO says in TIME-WAIT: it tells nothing.
    if (const auto peer = state ? peer_of(*state) : std::nullopt) {
        state_ = *state;
        fin_received_ = peer != State::established && peer != State::close_wait;
        found.self = state;
        found.peer = peer;
    }
    steps.push_back(std::move(found));
}

void Inference::end(Steps& steps, const Fact& fact, Inferred step) {
    if (std::exchange(over_, true)) return;
    step.time = fact.time;
    step.self = state_ = State::closed;
    if (std::holds_alternative<Segment>(step.what)) step.peer = State::closed;
    steps.push_back(std::move(step));
}

void Inference::move(Steps& steps, const Fact& fact, End from, std::uint64_t bytes, const std::string& beginning) {
    Segment data = segment(from, kAck, 0, 0);
    data.payload = beginning.substr(0, 64);
    while (bytes > 0) {
        data.length =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, std::numeric_limits<std::uint32_t>::max()));
        data.payload.resize(std::min<std::size_t>(data.payload.size(), data.length));
        bytes -= data.length;
        steps.push_back({fact.time, data, false, {}, {}});
        data.payload.clear();
    }
}

void Inference::send_fin(Steps& steps, const Fact& fact) {
    if (state_ != State::established && state_ != State::close_wait) return;
    state_ = fin_received_ ? State::last_ack : State::fin_wait_1;
    steps.push_back({fact.time, segment(self_, kFin | kAck, 0, 0), false, state_, {}});
}

void Inference::receive_fin(Steps& steps, const std::optional<WallTime>& time) {
    if (std::exchange(fin_received_, true)) return;
    Inferred fin{time, segment(other(self_), kFin | kAck, 0, 0), false, {}, {}};
    if (state_ == State::established) {
        fin.self = state_ = State::close_wait;
        fin.peer = State::fin_wait_1;
    } else if (state_ == State::fin_wait_2) {
        fin.self = state_ = State::time_wait;
        fin.peer = State::last_ack;
    }  // In FIN-WAIT-1 it depends on what this FIN acknowledges: the kernel's state will tell.
    steps.push_back(std::move(fin));
}

void Inference::enter_time_wait(Steps& steps) {
    if (std::exchange(last_ack_told_, true)) return;
    receive_fin(steps, std::nullopt);
    state_ = State::time_wait;
    steps.push_back({std::nullopt, segment(self_, kAck, 0, 0), false, state_, State::closed});
}

void Inference::read_state(Steps& steps, const Fact& fact, State state) {
    switch (state) {
        case State::established:
            if (self_ == End::client && begun_) establish(steps, fact);
            break;
        case State::close_wait:
            if (state_ == State::established) receive_fin(steps, std::nullopt);
            break;
        case State::fin_wait_2:
            if (state_ != State::fin_wait_1) break;
            state_ = state;
            steps.push_back({std::nullopt, segment(other(self_), kAck, 0, 0), false, state_, State::close_wait});
            break;
        case State::time_wait:
            if (state_ >= State::fin_wait_1 && state_ != State::close_wait && state_ != State::last_ack)
                enter_time_wait(steps);
            break;
        default:
            break;  // nothing that calls have not told; CLOSED is also what TCP_INFO says in TIME-WAIT
    }
}

// The kernel has no such connection any more.
void Inference::forget(Steps& steps, const Fact& fact) {
    if (state_ == State::time_wait) {
        enter_time_wait(steps);
        steps.push_back({fact.time, NoteRow{NoteRow::Kind::time_wait_over, 0, std::nullopt}, false, State::closed, {}});
    } else if (state_ == State::last_ack) {
        steps.push_back({std::nullopt, segment(other(self_), kAck, 0, 0), false, State::closed, State::time_wait});
    } else {
        return;
    }
    state_ = State::closed;
    over_ = true;
}

void Inference::weigh(Steps& steps, const Fact& fact, const Account& account) {
    if (account.retransmits <= retransmits_) return;
    retransmits_ = account.retransmits;
    steps.push_back({fact.time, NoteRow{NoteRow::Kind::account, 0, account}, false, {}, {}});
}

std::vector<Inferred> Inference::conclude(const Fact& fact) {
    Steps steps;
    const auto reset_by = [&](End from) {
        return Inferred{{}, segment(from, established_ ? kRst : kRst | kAck, 0, established_ ? 0 : 1), false, {}, {}};
    };
    const Inferred gave_up{{}, NoteRow{NoteRow::Kind::gave_up, 0, std::nullopt}, false, {}, {}};
    const auto read = [&](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, CallStarted>) begin(steps, fact.time, nullptr);
        if constexpr (std::is_same_v<Body, SavedSyn>) begin(steps, std::nullopt, &body.segment);
        if constexpr (std::is_same_v<Body, CallEstablished>) establish(steps, fact);
        if constexpr (std::is_same_v<Body, FoundOpen>) find_open(steps, fact, body.state);
        if constexpr (std::is_same_v<Body, CallRefused>) end(steps, fact, reset_by(other(self_)));
        if constexpr (std::is_same_v<Body, CallTimedOut>) end(steps, fact, gave_up);
        if constexpr (std::is_same_v<Body, BytesSent>) move(steps, fact, self_, body.bytes, body.beginning);
        if constexpr (std::is_same_v<Body, BytesReceived>) move(steps, fact, other(self_), body.bytes, body.beginning);
        if constexpr (std::is_same_v<Body, FinSent>) send_fin(steps, fact);
        if constexpr (std::is_same_v<Body, FinReceived>) receive_fin(steps, fact.time);
        if constexpr (std::is_same_v<Body, ResetSent>) end(steps, fact, reset_by(self_));
        if constexpr (std::is_same_v<Body, ResetReceived>) end(steps, fact, reset_by(other(self_)));
        if constexpr (std::is_same_v<Body, ConnectionLost>) end(steps, fact, gave_up);
        if constexpr (std::is_same_v<Body, StateRead>)
            body.state ? read_state(steps, fact, *body.state) : forget(steps, fact);
        if constexpr (std::is_same_v<Body, Account>) weigh(steps, fact, body);
    };
    std::visit(read, fact.body);
    return steps;
}

}  // namespace earshot::trace
