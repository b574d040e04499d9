// What the kernel's facts prove of segments that nobody captured. Where a fact leaves a choice, nothing is said.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "trace/fact.h"
#include "trace/row.h"

namespace earshot::trace {

// One thing that must have happened.
struct Inferred {
    std::optional<WallTime> time;  // none: not known
    std::variant<Segment, NoteRow> what;
    bool is_saved = false;            // the segment itself is known, numbers and options included
    std::optional<State> self, peer;  // the ends' states from here on; none: as the segment has it
};

class Inference {
  public:
    explicit Inference(End self) : self_(self) {}
    // In the order in which they happened.
    std::vector<Inferred> conclude(const Fact& fact);

  private:
    using Steps = std::vector<Inferred>;
    Segment segment(End from, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack) const;
    void begin(Steps& steps, const std::optional<WallTime>& time, const Segment* saved);
    void establish(Steps& steps, const Fact& fact);
    void find_open(Steps& steps, const Fact& fact, std::optional<State> state);
    void end(Steps& steps, const Fact& fact, Inferred step);
    void move(Steps& steps, const Fact& fact, End from, std::uint64_t bytes, const std::string& beginning);
    void send_fin(Steps& steps, const Fact& fact);
    void receive_fin(Steps& steps, const std::optional<WallTime>& time);
    void read_state(Steps& steps, const Fact& fact, State state);
    void enter_time_wait(Steps& steps);
    void forget(Steps& steps, const Fact& fact);
    void weigh(Steps& steps, const Fact& fact, const Account& account);

    End self_;
    State state_ = State::closed;  // of our end
    bool begun_ = false, established_ = false, over_ = false;
    bool fin_received_ = false, last_ack_told_ = false;
    std::uint32_t retransmits_ = 0;
};

}  // namespace earshot::trace
