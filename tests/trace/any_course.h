// Any course of things, valid or not, from any bytes: what the property tests and the fuzzer put into a ladder, and
// what must hold for whatever comes out.
#pragma once

#include <cstdint>
#include <span>

#include "base/check.h"
#include "trace/ladder.h"

namespace earshot::trace {

// Reads choices from bytes; past their end all are 0.
class Choices {
  public:
    explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    bool done() const { return at_ >= bytes_.size(); }
    std::uint32_t below(std::uint32_t bound) { return bound == 0 ? 0 : next() % bound; }
    std::uint8_t next() { return done() ? std::uint8_t{0} : bytes_[at_++]; }

  private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

// Mostly numbers that hang together, so that the states are reached.
class AnyCourse {
  public:
    explicit AnyCourse(std::span<const std::uint8_t> bytes) : choices_(bytes) {}

    // Plays all of it, checking each row.
    void play() {
        LadderOptions options;
        options.source = static_cast<Source>(choices_.below(3));
        if (const auto self = choices_.below(3)) options.self = self == 1 ? End::client : End::server;
        options.fold_after = choices_.below(4);
        Ladder ladder(options);
        while (!choices_.done()) {
            step(ladder);
            check(ladder);
        }
        ladder.finish(time());
        check(ladder);
        EARSHOT_CHECK(rows_segments_ == segments_ && rows_bytes_ == bytes_);
    }

  private:
    std::optional<WallTime> time() {
        now_ += std::chrono::microseconds(choices_.next()) * (choices_.below(8) == 0 ? 1'000'000 : 100);
        return choices_.below(32) == 31 ? std::nullopt : std::optional(now_);
    }
    Segment segment() {
        static constexpr std::uint8_t kUsual[] = {kAck,        kAck,        kAck | kPsh, kSyn,
                                                  kSyn | kAck, kFin | kAck, kRst | kAck, kRst};
        Segment made;
        made.from = choices_.below(2) == 0 ? End::client : End::server;
        auto& mine = next_[made.from == End::client ? 0 : 1];
        const auto theirs = next_[made.from == End::client ? 1 : 0];
        const auto kind = choices_.below(10);
        made.flags = kind < 8 ? kUsual[kind] : choices_.next();
        made.length = choices_.below(3) == 0 ? 0 : choices_.below(4) == 0 ? 1 : choices_.next() * 16U;
        if ((made.flags & (kSyn | kRst)) != 0 && choices_.below(4) != 0) made.length = 0;
        made.seq = mine;
        made.ack = theirs;
        const auto twist = choices_.below(12);
        if (twist == 0) made.seq -= choices_.next() * 8U;
        if (twist == 1) made.seq += choices_.next() * 8U;
        if (twist == 2) made.ack -= choices_.next() * 8U;
        if (twist == 3) made.ack += choices_.next() * 8U;
        if (twist == 4) made.seq = 0x01010101U * choices_.next();
        if (twist >= 4) mine = made.seq + made.extent();
        made.window = choices_.below(6) == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(choices_.next() * 16U);
        if (choices_.below(4) == 0) made.options.window_scale = choices_.next();
        made.sent_at = time();
        if (choices_.below(3) == 0 || !made.sent_at) made.arrived_at = now_ + std::chrono::microseconds(50);
        segments_ += 1;
        bytes_ += made.length;
        return made;
    }
    Fact fact() {
        const auto bytes = choices_.below(2) == 0 ? choices_.next() * 100U : 5'000'000'000ULL;
        Account account;
        account.retransmits = choices_.below(4);
        const auto state = choices_.below(12);
        Segment saved;
        saved.flags = kSyn;
        saved.seq = next_[0];
        const FactBody bodies[] = {CallStarted{},
                                   CallEstablished{},
                                   SavedSyn{saved},
                                   CallRefused{},
                                   CallTimedOut{},
                                   BytesSent{bytes, "sent"},
                                   BytesReceived{bytes, "received"},
                                   FinSent{},
                                   FinReceived{},
                                   ResetSent{},
                                   ResetReceived{},
                                   ConnectionLost{},
                                   account,
                                   FoundOpen{static_cast<State>(state % 11)},
                                   StateRead{state < 11 ? std::optional(static_cast<State>(state)) : std::nullopt}};
        return {time(), bodies[choices_.below(std::size(bodies))]};
    }
    void step(Ladder& ladder) {
        switch (choices_.below(12)) {
            case 0:
            case 1:
                return ladder.add(fact());
            case 2:
                return ladder.tick(now_ + std::chrono::milliseconds(choices_.next()));
            case 3:
                if (choices_.below(4) != 0) return;
                return ladder.dropped(time(), choices_.next());
            default:
                return ladder.add(segment());
        }
    }
    void check(Ladder& ladder) {
        for (const Row& row : ladder.take()) {
            EARSHOT_CHECK(row.index == rows_++);
            if (row.delta) EARSHOT_CHECK(row.time && last_time_ && *last_time_ + *row.delta == *row.time);
            if (row.time) last_time_ = row.time;
            if (const auto* drawn = std::get_if<SegmentRow>(&row.body)) {
                // What was captured has a time or was given none; what was inferred never counts.
                if (drawn->sight == Sight::inferred) continue;
                EARSHOT_CHECK(drawn->numbers_known);
                ++rows_segments_;
                rows_bytes_ += drawn->segment.length;
            } else if (const auto* fold = std::get_if<FoldRow>(&row.body)) {
                if (fold->sight == Sight::inferred) {
                    EARSHOT_CHECK(fold->from_client.segments == 0 && fold->from_server.segments == 0);
                    continue;
                }
                for (const auto* half : {&fold->from_client, &fold->from_server}) {
                    rows_segments_ += half->segments + half->pure_acks;
                    rows_bytes_ += half->bytes;
                }
            }
        }
    }

    Choices choices_;
    WallTime now_{};
    std::uint32_t next_[2] = {0xffffff00U, 1000};
    std::uint64_t segments_ = 0, bytes_ = 0, rows_ = 0, rows_segments_ = 0, rows_bytes_ = 0;
    std::optional<WallTime> last_time_;
};

}  // namespace earshot::trace
