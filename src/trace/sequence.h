// What the numbers of a segment say, seen against all before it: retransmission, duplicate ACK, gap, windows,
// keepalives. The verdicts are those of Wireshark's TCP analysis, so that both can be laid side by side. Memory is
// bounded, and a segment in order costs a few comparisons.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "trace/row.h"
#include "trace/segment.h"
#include "trace/stretch.h"

namespace earshot::trace {

// The remarks on one segment, without an allocation for the many that have none.
class Remarks {
  public:
    void add(Remark remark, std::uint32_t count = 0) {
        if (size_ < marks_.size()) marks_[size_++] = {remark, count};
    }
    const Marked* find(Remark remark) const;
    bool has(Remark remark) const { return find(remark) != nullptr; }
    bool empty() const { return size_ == 0; }
    std::span<const Marked> all() const { return {marks_.data(), size_}; }

  private:
    std::array<Marked, 8> marks_{};
    std::size_t size_ = 0;
};

struct Finding {
    Remarks marks;
    std::uint32_t seq = 0, ack = 0;  // relative
    std::uint64_t window = 0;        // scaled where the scale is known
    bool reopens_window = false;     // its sender's window was zero before
    bool is_known = true;            // false: the numbers stand for nothing
};

class SequenceAnalysis {
  public:
    // `believable`: whether its receiver takes it for the other end's. What nobody believes changes nothing.
    Finding look_at(const Segment& segment, bool believable = true);

    // What `from` sent in order, unremarkable all of it.
    void pass_over(End from, const Stretch::Way& way);
    // Nothing that either end has sent is missing, or is not known yet to have been received in spite of it.
    bool is_whole() const;
    // One past the highest number sent.
    std::optional<std::uint32_t> next_number(End from) const { return flow(from).next; }

    // Whether the receiver of this reset believes it: its number is the next one expected (RFC 5961, 3.2), as far as a
    // capture can tell.
    bool is_acceptable_reset(const Segment& segment) const;
    // A SYN that opens another connection on the same pair of addresses and ports.
    bool is_another_call(const Segment& segment) const;
    // Segments from this end are seen where they leave and where they arrive: one that is not has been lost.
    bool sees_both_ends(End from) const { return flow(from).seen_twice; }
    // Forgets everything: another connection begins.
    void restart() { *this = SequenceAnalysis{}; }

  private:
    struct Resent {  // a stretch that was sent more than once
        std::uint32_t begin = 0, end = 0, count = 0;
    };
    enum class Scale : std::uint8_t { unknown, none, known };
    struct Flow {
        std::optional<std::uint32_t> base;        // what relative numbers count from
        std::optional<std::uint32_t> syn;         // the SYN's number, where it was seen
        std::optional<std::uint32_t> next;        // one past the highest number sent
        std::optional<std::uint32_t> contiguous;  // one past the highest number before which nothing is missing
        WallTime next_time{};                     // when `next` was reached
        std::uint32_t advance = 0;                // payload of the segment that did
        std::optional<std::uint32_t> ack;         // last one sent
        WallTime time{};                          // of the last segment
        int duplicate_acks = 0;                   // -1: an ACK for something unseen was told already
        std::optional<std::uint32_t> window;      // as in the header
        Scale scale = Scale::unknown;
        std::uint8_t shift = 0;
        bool was_keepalive = false;  // the last segment
        bool seen_twice = false;     // some were seen at both ends
        std::array<Resent, 32> resent{};
        std::size_t resent_next = 0;
    };
    struct Look;  // one segment under examination

    Flow& flow(End end) { return flows_[static_cast<std::size_t>(end)]; }
    const Flow& flow(End end) const { return flows_[static_cast<std::size_t>(end)]; }
    void set_bases(const Look& look);
    void learn_scale(const Segment& segment);
    std::uint64_t scaled_window(const Flow& flow, std::uint32_t window) const;
    bool is_window_probe(const Look& look) const;
    void mark_windows(Look& look);
    void mark_repeats(Look& look);
    void mark_unseen_acknowledged(Look& look);
    void mark_order(Look& look);
    static std::uint32_t count_resent(Flow& flow, std::uint32_t begin, std::uint32_t end);
    void remember(const Look& look, bool is_probe);

    std::array<Flow, 2> flows_;
    std::optional<WallTime> syn_time_;
    std::chrono::nanoseconds
        first_round_trip_{};  // from the last SYN to the ACK that completes the handshake; 0: unknown
};

}  // namespace earshot::trace
