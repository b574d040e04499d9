#include "talk/tracer.h"

#include <algorithm>
#include <utility>

#include "net/tcp_info.h"
#include "talk/tracer_trace.h"
#include "trace/packet.h"

namespace earshot::talk {

namespace {

constexpr Millis kQuickLook{16};  // between two of the next ones
constexpr int kQuickLooks = 40;
constexpr Millis kTick{100};                 // how often open folds and closed connections are looked at
constexpr std::size_t kSamples = 60;         // of them
constexpr std::size_t kRowsKept = 2000;      // of one ladder, for tell_again()
constexpr Millis kLongestLook{1000};         // between two questions about a connection in TIME-WAIT
constexpr Millis kCoolsAfter{1000};          // without news a ladder has nothing open that time would settle
constexpr Millis kNamesEnds{300};            // a call that is not answered by then is shown without its own address
constexpr Millis kForgetsStrangers{10'000};  // callers that were never let in
constexpr std::size_t kOverKept = 64;        // ladders that are over, for tell_again()

std::string beginning_of(ByteView bytes) {
    return std::string(as_chars(bytes.first(std::min(bytes.size(), Tracer::kBeginning))));
}

}  // namespace

Tracer::Tracer(net::Loop& loop, Options options, Emit emit) : loop_(loop), options_(options), emit_(std::move(emit)) {
    if (auto diag = net::SocketDiag::open()) diag_ = std::move(*diag);
}

Tracer::~Tracer() = default;

Tracer::Trace& Tracer::begin(SessionId id, const net::Endpoint& peer, trace::End self) {
    const bool by_packets = tap_ && tap_->is_open();
    traces_.push_back(
        std::make_unique<Trace>(id, peer, self, by_packets ? trace::Source::packets : trace::Source::kernel));
    if (by_packets) traces_.back()->heading.where = tap_->interfaces();
    traces_.back()->followed = follows_all_;
    traces_.back()->number = ++begun_;
    return *traces_.back();
}

Tracer::Trace* Tracer::find(SessionId id) {
    const auto found = established_.find(id);
    return found == established_.end() ? nullptr : found->second;
}

Tracer::Trace* Tracer::find_attempt(SessionId id, const net::Endpoint& peer) {
    const auto found = std::find_if(calling_.begin(), calling_.end(), [&](const Trace* trace) {
        return trace->id == id && trace->peer == peer && !trace->failed;
    });
    return found == calling_.end() ? nullptr : *found;
}

void Tracer::tell(Trace& trace, trace::FactBody body) {
    trace.ladder.add(trace::Fact{loop_.clock().wall(), std::move(body)});
    touch(trace);
}

void Tracer::touch(Trace& trace) {
    trace.last_news = loop_.clock().now();
    if (!std::exchange(trace.touched, true)) touched_.push_back(&trace);
    if (!std::exchange(trace.watched, true)) watched_.push_back(&trace);
    if (is_set()) return;
    next_tick_ = trace.last_news + kTick;
    loop_.timers().set(*this, next_tick_);
}

// Its socket is being closed: what the kernel makes of it is known in a moment, and somebody may wait for that.
void Tracer::look_soon(Trace& trace) {
    trace.looks = 0;
    trace.look_after = Trace::kFirstLook;
    trace.next_look = loop_.clock().now() + Trace::kFirstLook;
    touch(trace);
    set_timer();
}

// Often as long as something is likely to change, then less and less.
void Tracer::set_next_look(Trace& trace, SteadyTime now, Millis longest) {
    trace.next_look = now + trace.look_after;
    trace.look_after = std::min(trace.look_after * 2, ++trace.looks < kQuickLooks ? kQuickLook : longest);
}

void Tracer::set_timer() {
    SteadyTime due = next_tick_;
    for (const Trace* const trace : watched_) {
        if (is_led_by_kernel(*trace)) due = std::min(due, trace->next_look);
    }
    loop_.timers().set(*this, due);
}

// What comes next only the kernel can tell: the socket is closed, or its FIN has left and nothing but the state says
// when that was acknowledged.
bool Tracer::is_led_by_kernel(const Trace& trace) {
    if (!trace.established || trace.over) return false;
    return !trace.is_open() ||
           (trace.heading.source == trace::Source::kernel && trace.last_state == trace::State::fin_wait_1);
}

void Tracer::let_go(Trace& trace) {
    if (std::exchange(trace.over, true)) return;
    ++over_;
    std::erase(calling_, &trace);
    stop_counting(trace);
    trace.ladder.finish(loop_.clock().wall());
    touch(trace);
}

void Tracer::calling(SessionId id, const net::Endpoint& peer) {
    if (!peer.is_ip()) return;
    watch_packets([&](PacketTap& tap) { return tap.watch_call(peer, options_.source); });
    Trace& trace = begin(id, peer, trace::End::client);
    calling_.push_back(&trace);
    tell(trace, trace::CallStarted{});
}

void Tracer::call_failed(SessionId id, const net::Endpoint& peer, Reason reason) {
    Trace* const trace = find_attempt(id, peer);
    if (!trace) return;
    if (reason == Reason::refused) tell(*trace, trace::CallRefused{});
    if (reason == Reason::timeout) tell(*trace, trace::CallTimedOut{});
    give_up(*trace);
}

// What was captured of it is still to come.
void Tracer::give_up(Trace& trace) {
    trace.failed = true;
    touch(trace);
    after_packets(trace);
}

void Tracer::call_left(SessionId id, const net::Endpoint& peer, const net::Endpoint& local) {
    Trace* const trace = find_attempt(id, peer);
    if (!trace || !local.is_ip() || local.port() == 0) return;
    trace->local = local;
    set_places(*trace, {place_of(local), place_of(peer)});
}

void Tracer::call_given_up(SessionId id) {
    for (Trace* const trace : std::vector(calling_)) {
        if (trace->id == id && !trace->failed) give_up(*trace);
    }
}

// Null: no ladder can be made of it.
Tracer::Trace* Tracer::establish(SessionId id, const net::Connection& connection, trace::End self) {
    const int descriptor = connection.socket_descriptor();
    if (descriptor < 0 || !connection.peer().is_ip()) return nullptr;
    Places places(place_of(connection.local()), place_of(connection.peer()));
    if (self == trace::End::server) std::swap(places.first, places.second);
    Trace* trace = self == trace::End::client ? find_attempt(id, connection.peer()) : nullptr;
    if (!trace) trace = find_unnamed(places);
    if (!trace) {
        if (doors_.empty()) {
            watch_packets([&](PacketTap& tap) { return tap.watch_call(connection.peer(), options_.source); });
        }
        trace = &begin(id, connection.peer(), self);
    }
    trace->id = id;
    trace->followed = follows_all_;
    set_places(*trace, places);
    std::erase(calling_, trace);
    if (self == trace::End::client) call_given_up(id);  // the attempts that lost the race
    trace->established = true;
    trace->descriptor = descriptor;
    trace->local = connection.local();
    (self == trace::End::client ? trace->heading.client : trace->heading.server) = trace->local.text();
    established_[id] = trace;
    return trace;
}

void Tracer::opened(SessionId id, const net::Connection& connection, trace::End self) {
    Trace* const trace = establish(id, connection, self);
    if (!trace) return;
    tell_saved_syn(*trace);
    tell(*trace, trace::CallEstablished{});
    options_.counts_bytes ? count_bytes(*trace) : read_account(*trace);
}

void Tracer::found_open(SessionId id, const net::Connection& connection, trace::End self) {
    Trace* const trace = establish(id, connection, self);
    if (!trace) return;
    if (const auto reading = net::read_tcp_info(trace->descriptor)) {
        trace->last_state = reading->state;
        trace->fin_received = reading->state >= trace::State::close_wait;
    }
    tell(*trace, trace::FoundOpen{trace->last_state});
    read_account(*trace);
}

void Tracer::tell_saved_syn(Trace& trace) {
    const std::vector<std::uint8_t> syn = net::take_saved_syn(trace.descriptor);
    if (syn.empty()) return;
    constexpr int kRawIp = 101;  // LINKTYPE_RAW
    auto packet = trace::parse_packet(
        {.link_type = kRawIp, .original_length = static_cast<std::uint32_t>(syn.size()), .bytes = syn});
    if (!packet) return;
    packet->segment.from = trace::End::client;
    packet->segment.sent_at = packet->segment.arrived_at = std::nullopt;
    trace.ladder.add(trace::Fact{std::nullopt, trace::SavedSyn{std::move(packet->segment)}});
}

void Tracer::sent(SessionId id, ByteCount bytes, ByteView beginning) {
    Trace* const trace = find(id);
    if (!trace || bytes == 0 || trace->heading.source == trace::Source::packets) return;
    tell(*trace, trace::BytesSent{bytes, hides(*trace) ? "" : beginning_of(beginning)});
}

void Tracer::received(SessionId id, ByteView bytes) {
    Trace* const trace = find(id);
    if (!trace || bytes.empty() || trace->heading.source == trace::Source::packets) return;
    if (is_led_by_kernel(*trace)) read_account(*trace);
    tell(*trace, trace::BytesReceived{bytes.size(), hides(*trace) ? "" : beginning_of(bytes)});
}

void Tracer::half_closed(SessionId id, model::Direction direction) {
    Trace* const trace = find(id);
    if (!trace) return;
    if (options_.counts_bytes) count_bytes(*trace);
    if (direction == model::Direction::in) {
        trace->fin_received = true;
        return tell(*trace, trace::FinReceived{});
    }
    trace->fin_told = true;
    tell(*trace, trace::FinSent{});
    read_account(*trace);
    if (is_led_by_kernel(*trace)) look_soon(*trace);
}

void Tracer::ending(SessionId id, Ending how) {
    Trace* const trace = find(id);
    if (!trace) return;
    read_account(*trace);
    if (options_.counts_bytes) count_bytes(*trace);
    // Closed with bytes that nobody has read the kernel resets (RFC 1122, 4.2.2.13).
    if (how == Ending::in_order && net::bytes_unread(trace->descriptor) > 0) how = Ending::reset_sent;
    established_.erase(id);
    trace->descriptor = -1;
    switch (how) {
        case Ending::in_order:
            if (!std::exchange(trace->fin_told, true)) tell(*trace, trace::FinSent{});
            break;
        case Ending::reset_sent:
            tell(*trace, trace::ResetSent{});
            break;
        case Ending::reset_received:
            tell(*trace, trace::ResetReceived{});
            break;
        case Ending::lost:
            tell(*trace, trace::ConnectionLost{});
            break;
    }
    look_soon(*trace);
}

// --- what the kernel says

void Tracer::read_account(Trace& trace) {
    const auto reading = net::read_tcp_info(trace.descriptor);
    if (!reading) return;
    trace.last = reading->account;
    if (trace.fin_received && reading->state == trace::State::closed && trace.last.received > 0) --trace.last.received;
    if (reading->state != trace.last_state) {
        trace.last_state = reading->state;
        tell(trace, trace::StateRead{reading->state});
    }
}

void Tracer::count_bytes(Trace& trace) {
    const trace::Account before = trace.last;
    read_account(trace);
    if (trace.last.sent > before.sent) tell(trace, trace::BytesSent{trace.last.sent - before.sent, ""});
    if (trace.last.received > before.received) {
        tell(trace, trace::BytesReceived{trace.last.received - before.received, ""});
    }
}

// The kernel goes on without the socket: FIN-WAIT-2, LAST-ACK, TIME-WAIT are asked for until it has forgotten.
void Tracer::look_after_closed(Trace& trace, SteadyTime now) {
    if (now < trace.next_look) return;
    set_next_look(trace, now, kLongestLook);
    if (!diag_) return let_go(trace);
    const auto state = diag_->state(trace.local, trace.peer);
    if (!state) return let_go(trace);
    if (*state && *state == trace.last_state) return;
    trace.last_state = *state;
    if (*state) look_soon(trace);
    trace.forgotten = !*state;
    if (*state && *state != trace::State::time_wait) return tell(trace, trace::StateRead{*state});
    after_packets(trace);
}

// --- time and rows

void Tracer::look_at(Trace& trace, SteadyTime now) {
    if (trace.over) return;
    if (!trace.id && now - trace.last_news > kForgetsStrangers) return let_go(trace);
    if (trace.is_open() && options_.counts_bytes) count_bytes(trace);
    if (trace.is_open() && trace.sampled && now >= trace.next_sample) {
        read_account(trace);
        trace.samples.push_back(trace.last);
        if (trace.samples.size() > kSamples) trace.samples.pop_front();
        trace.next_sample = now + kSample;
    }
    if (trace.is_open() && is_led_by_kernel(trace) && now >= trace.next_look) {
        read_account(trace);
        set_next_look(trace, now, kTick);
    }
    if (!trace.is_open() && trace.established) look_after_closed(trace, now);
    if (tap_) trace.heading.where = tap_->interfaces();
    look_at_counted(trace, loop_.clock().wall());
    trace.ladder.tick(loop_.clock().wall());
    if (!std::exchange(trace.touched, true)) touched_.push_back(&trace);
}

void Tracer::on_timer() {
    const SteadyTime now = loop_.clock().now();
    const bool is_tick = now >= next_tick_;
    if (is_tick) next_tick_ = now + kTick;
    if (tap_ && is_tick) {
        tap_->tick(loop_.clock().wall());
        const std::uint64_t dropped = tap_->dropped();
        for (const auto& trace : traces_) {
            if (dropped == 0 || trace->over) continue;
            trace->ladder.dropped(loop_.clock().wall(), dropped);
            touch(*trace);
        }
    }
    const std::vector<Trace*> due = std::exchange(watched_, {});
    for (Trace* const trace : due) trace->watched = false;
    for (Trace* const trace : due) {
        if (is_tick || is_led_by_kernel(*trace)) look_at(*trace, now);
        const bool waits =
            !trace->over && (!trace->is_open() || trace->sampled || options_.counts_bytes || is_led_by_kernel(*trace));
        const bool is_hot = now - trace->last_news < kCoolsAfter;
        if ((waits || is_hot) && !std::exchange(trace->watched, true)) watched_.push_back(trace);
    }
    flush();
    if (!watched_.empty()) set_timer();
}

void Tracer::flush() {
    for (Trace* const trace : std::exchange(touched_, {})) {
        trace->touched = false;
        emit(*trace);
    }
    if (over_ > kOverKept) forget_oldest();
}

void Tracer::forget_oldest() {
    std::erase_if(traces_, [&](const auto& trace) {
        if (over_ <= kOverKept || !trace->over || trace->touched || trace->watched || waits_for_packets(trace.get()))
            return false;
        if (trace->places) {
            const auto place = by_places_.find(*trace->places);
            if (place != by_places_.end() && place->second == trace.get()) by_places_.erase(place);
        }
        --over_;
        return true;
    });
}

void Tracer::emit(Trace& trace) {
    if (!trace.id) return;  // a caller who has not been let in yet (TLS): his rows wait for his number
    // The address that a call leaves from is known in a moment, and without packets nothing is to be seen before.
    const bool waits = trace.heading.source == trace::Source::kernel && !trace.established && !trace.over;
    if (waits && loop_.clock().now() - trace.last_news < kNamesEnds) return;
    std::vector<trace::Row> rows = trace.ladder.take();
    trace.kept.insert(trace.kept.end(), rows.begin(), rows.end());
    while (trace.kept.size() > kRowsKept) trace.kept.pop_front();
    const bool is_last = trace.over && !std::exchange(trace.end_told, true);
    if (rows.empty() && !is_last) return;
    model::Traced told{trace.heading, std::move(rows), trace.number, false, is_last};
    if (options_.on_rows && trace.id) options_.on_rows(trace.id, told, trace.established);
    if (trace.followed) emit_(trace.id, std::move(told));
}

bool Tracer::follow(SessionId id, bool follow) {
    bool found = false;
    for (const auto& trace : traces_) {
        if (trace->id != id) continue;
        found = true;
        emit(*trace);  // what is new is not told twice
        trace->followed = follow;
        if (follow)
            emit_(id, model::Traced{
                          trace->heading, {trace->kept.begin(), trace->kept.end()}, trace->number, true, trace->over});
    }
    return found;
}

std::vector<trace::Account> Tracer::accounts(SessionId id) {
    Trace* const trace = find(id);
    if (!trace) return {};
    read_account(*trace);
    trace->sampled = true;
    touch(*trace);
    std::vector<trace::Account> samples(trace->samples.begin(), trace->samples.end());
    samples.push_back(trace->last);
    return samples;
}

bool Tracer::is_settled() const {
    return std::all_of(traces_.begin(), traces_.end(), [](const auto& trace) {
        return trace->over || trace->is_open() || !trace->id || trace->is_complete;
    });
}

void Tracer::finish() {
    for (const auto& trace : traces_) let_go(*trace);
    cancel();
    flush();
}

}  // namespace earshot::talk
