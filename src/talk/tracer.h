// The ladders of the program's own conversations: brings together what the kernel says, what the conversations
// themselves know and, where it may be had, what a capture sees, and emits the rows.
//
// A ladder begins before the SYN leaves and goes on after the socket is closed, until the kernel has forgotten the
// connection. It costs an untraced conversation nothing: there is no Tracer then.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/timer_wheel.h"
#include "model/event.h"
#include "net/connection.h"
#include "net/endpoint.h"
#include "net/loop.h"
#include "net/socket_diag.h"
#include "talk/packet_tap.h"
#include "trace/ladder.h"

namespace earshot::talk {

class Tracer final : private Timer {
  public:
    struct Options {
        bool packets = true;         // false: what the kernel says is enough
        bool hides_callers = false;  // TLS: what is on the wire is no text of anybody's
        bool hides_calls = false;    // the same of conversations that we began
        bool counts_bytes = false;   // nobody tells of bytes sent and received (pipes): the kernel's count is taken
        std::optional<net::Endpoint> source;  // that calls are made from
        // For files; both may be empty. Each frame captured of one of the ladders, and all rows of a ladder that has a
        // conversation's number, each once and in order, whoever follows it.
        std::function<void(std::uint32_t ladder, trace::End self, const PacketTap::Seen&)> on_frame;
        std::function<void(SessionId, const model::Traced&, bool established)> on_rows;
        // Once, where packets cannot be had: why. The ladders are then made of what the kernel says.
        std::function<void(const Error&)> on_trouble;
    };
    static constexpr Millis kSample{500};          // between two accounts of accounts()
    static constexpr std::size_t kBeginning = 64;  // bytes of a payload that are kept to be shown
    // How our end of a conversation ended, as far as it knows.
    enum class Ending : std::uint8_t { in_order, reset_sent, reset_received, lost };
    using Emit = std::function<void(SessionId, model::Traced)>;

    // Emits from inside flush(), never from inside the calls that tell it something.
    Tracer(net::Loop& loop, Options options, Emit emit);
    ~Tracer() override;

    // Whoever calls at these is traced from his SYN on. For the very beginning: before any caller is let in.
    void listening(std::span<const net::Endpoint> bound);
    // A SYN is about to leave for `peer`; several may be under way for one call.
    void calling(SessionId id, const net::Endpoint& peer);
    // It is under way, from `local`: known before anything of it has been captured.
    void call_left(SessionId id, const net::Endpoint& peer, const net::Endpoint& local);
    // No conversation came of it. `reason` refused, timeout or anything else (given up).
    void call_failed(SessionId id, const net::Endpoint& peer, Reason reason);
    void call_given_up(SessionId id);  // all that is under way for it
    void opened(SessionId id, const net::Connection& connection, trace::End self);
    // It stood before there was a Tracer: its ladder says that it begins in the middle.
    void found_open(SessionId id, const net::Connection& connection, trace::End self);
    void sent(SessionId id, ByteCount bytes, ByteView beginning);
    void received(SessionId id, ByteView bytes);
    void half_closed(SessionId id, model::Direction direction);
    // The connection is about to be closed and still open.
    void ending(SessionId id, Ending how);

    // Emits what is new. After each batch of events.
    void flush();
    // Tells all rows of a conversation again, and from then on each as it comes, or none any more. False: there is no
    // ladder of it.
    bool follow(SessionId id, bool follow);
    // Whether a ladder is told from its first row on (--ladder) or only once somebody follows it.
    void follow_all(bool all) { follows_all_ = all; }
    // What TCP_INFO said lately, oldest first, the newest of this moment; empty: not a conversation that can be asked.
    std::vector<trace::Account> accounts(SessionId id);
    // Every conversation that has ended is in TIME-WAIT, or forgotten, or will not be told of any more.
    bool is_settled() const;
    // Nothing follows: what is still open is told as it stands.
    void finish();

  private:
    struct Counting;
    struct Trace;

    using Places = std::pair<trace::Place, trace::Place>;  // client, server

    void on_timer() override;
    void give_up(Trace& trace);
    void look_soon(Trace& trace);
    void set_timer();
    static void set_next_look(Trace& trace, SteadyTime now, Millis longest);
    static bool is_led_by_kernel(const Trace& trace);
    void watch_packets(const std::function<Status(PacketTap&)>& watch);
    void take(trace::Packet& packet);
    void consider_counting(Trace& trace, WallTime time);
    void count_in_kernel(Trace& trace);
    void take_counted(Trace& trace, WallTime time, bool whatever_numbers = false);
    void look_at_counted(Trace& trace, WallTime now);
    void stop_counting(Trace& trace);
    static void release_counter(Trace& trace);
    Trace* trace_of(trace::Packet& packet);
    Trace* trace_begun_by(const trace::Packet& syn);
    Trace* find_unnamed(const Places& places);
    bool hides(const Trace& trace) const;
    void set_places(Trace& trace, Places places);
    void after_packets(Trace& trace);
    void flush_packets();
    void packets_are_here(const std::vector<Trace*>& traces);
    bool is_shown_to_its_end(const Trace& trace) const;
    bool waits_for_packets(const Trace* trace) const;
    void record(trace::Packet& packet, const PacketTap::Seen& seen);
    Trace& begin(SessionId id, const net::Endpoint& peer, trace::End self);
    Trace* establish(SessionId id, const net::Connection& connection, trace::End self);
    Trace* find(SessionId id);
    Trace* find_attempt(SessionId id, const net::Endpoint& peer);
    void tell(Trace& trace, trace::FactBody body);
    void tell_saved_syn(Trace& trace);
    void read_account(Trace& trace);
    void count_bytes(Trace& trace);
    void look_after_closed(Trace& trace, SteadyTime now);
    void emit(Trace& trace);
    void touch(Trace& trace);
    void let_go(Trace& trace);
    void look_at(Trace& trace, SteadyTime now);
    void forget_oldest();

    net::Loop& loop_;
    Options options_;
    Emit emit_;
    std::optional<net::SocketDiag> diag_;
    std::unique_ptr<PacketTap> tap_;  // null: not tried yet, or not to be had
    bool tap_failed_ = false;
    std::vector<Trace*> calling_;           // no conversation yet
    std::vector<Trace*> wait_for_packets_;  // their outcome is known, their last packets are not here
    std::vector<Trace*> flushing_;          // the same, and the tap is handing them out
    std::vector<std::uint16_t> doors_;      // ports that callers call at
    std::map<Places, Trace*> by_places_;
    std::deque<std::unique_ptr<Trace>> traces_;  // oldest first; those that are over are kept for a while
    std::unordered_map<SessionId, Trace*> established_;
    std::vector<Trace*> touched_;  // rows may be waiting in them
    std::vector<Trace*> watched_;  // something of theirs is due by time; the others cost no tick
    bool follows_all_ = true;
    SteadyTime next_tick_{};
    std::uint32_t begun_ = 0;  // ladders since the beginning
    std::size_t over_ = 0;     // of traces_, how many
};

}  // namespace earshot::talk
