// What a Ladder is inside: numbers (SequenceAnalysis), states (Course), folds and facts brought together, row by row.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "trace/course.h"
#include "trace/fold.h"
#include "trace/inference.h"
#include "trace/ladder.h"
#include "trace/sequence.h"

namespace earshot::trace {

class Ladder::Machine {
  public:
    explicit Machine(LadderOptions options)
        : options_(options),
          course_(options.self),
          fold_(options.fold_after),
          inference_(options.self.value_or(End::client)) {}

    void add(const Segment& segment);
    void add(const Fact& fact);
    void add(const Stretch& stretch);
    void dropped(std::optional<WallTime> time, std::uint64_t packets);
    void tick(WallTime now);
    void finish(std::optional<WallTime> time);
    std::vector<Row> take() { return course_.line().take(); }
    std::optional<StateChange> state_of(End end) const { return course_.shown(end); }
    bool is_folding() const;
    std::optional<std::uint32_t> next_number(End end) const { return analysis_.next_number(end); }
    bool is_over() const;

  private:
    void begin(const Segment& segment);
    void find_open(const Inferred& found);
    void remark_on_states(const Segment& segment, bool believable, Finding& finding) const;
    void place(const Segment& segment, const Finding& finding, Sight sight, bool changed);
    void infer(const Inferred& step, std::optional<WallTime> now);
    void complete(const Fact& fact);
    void forget(std::optional<WallTime> time);
    void draw_missed(std::optional<WallTime> now);
    void infer_arrow(std::optional<WallTime> time, End from, std::uint8_t flags);
    void give_up(std::optional<WallTime> time);

    void settle_fold();
    void end_quiet_run(std::optional<WallTime> now);
    void note(std::optional<WallTime> time, NoteRow note);
    void watch_time_wait(const Segment* segment, std::optional<WallTime> time);
    void end_time_wait(End end, std::optional<WallTime> time);
    void expire_time_wait(std::optional<WallTime> now);

    LadderOptions options_;
    SequenceAnalysis analysis_;
    Course course_;
    Fold fold_;
    Inference inference_;
    bool begun_ = false, finished_ = false, gave_up_ = false, refused_ = false;
    bool gone_ = false;                // the kernel has forgotten our end
    std::optional<End> reset_by_;      // a fact has told of a reset
    std::optional<WallTime> told_at_;  // when the last of the two was told
    bool lossy_ = false;               // the capture has lost packets
    std::uint64_t dropped_ = 0, calls_ = 0;
    std::array<std::optional<WallTime>, 2> time_wait_since_;
    std::optional<Account> account_;
    std::optional<WallTime> account_time_;
};

}  // namespace earshot::trace
