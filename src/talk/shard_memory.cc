// The half of Shard that is about memory: what its conversations hold is bounded together with all others of the
// program, and who holds most gives it up first.
#include <algorithm>
#include <utility>

#include "talk/fan_out.h"
#include "talk/shard.h"

namespace earshot::talk {

namespace {
constexpr std::size_t kSpareBlocks = 16;  // kept for the next batch: 1 MiB, as much as waits for one caller
constexpr Millis kLooksAgain{50};         // where memory is short and nothing could be had
}  // namespace

void Shard::share(std::shared_ptr<MemoryBound> memory, std::function<void()> wake) {
    memory_ = std::move(memory);
    memory_place_ = memory_->join(std::move(wake));
}

Shard::~Shard() {
    sessions_.clear();
    for (FanOut* fan_out : to_deliver_) fan_out->is_marked_ = false;  // they outlive their shard
    for (FanOut* fan_out : fan_outs_) fan_out->is_listed_ = false;
}

void Shard::look_again() { timers_.set(memory_due_, clock_.now() + kLooksAgain); }

std::shared_ptr<LogBlock> Shard::block_for(std::size_t bytes) {
    if (bytes > LogBlock::kUsual || spare_blocks_.empty()) {
        return std::make_shared<LogBlock>(std::max(bytes, LogBlock::kUsual), memory_);
    }
    std::shared_ptr<LogBlock> block = std::move(spare_blocks_.back());
    spare_blocks_.pop_back();
    return block;
}

void Shard::take_back(std::shared_ptr<LogBlock> block) {
    if (spare_blocks_.size() >= kSpareBlocks) return;
    block->rewind();
    spare_blocks_.push_back(std::move(block));
}

void Shard::add_holder(Session& session) {
    session.holder_place_ = static_cast<std::uint32_t>(holders_.size());
    holders_.push_back(&session);
}

void Shard::remove_holder(Session& session) {
    holders_[session.holder_place_] = holders_.back();
    holders_[session.holder_place_]->holder_place_ = session.holder_place_;
    holders_.pop_back();
}

void Shard::hold_for_memory(Session& session) {
    session.pause_reading(Session::Pause::memory);
    held_for_memory_.push_back(session.id());
}

// True: somebody was waiting for it.
bool Shard::read_again() {
    if (held_for_memory_.empty()) return false;
    for (const SessionId id : std::exchange(held_for_memory_, {})) {
        if (Session* const session = find(id)) session->resume_reading(Session::Pause::memory);
    }
    return true;
}

std::vector<Shard::Holding> Shard::holdings(bool unfinished_only) const {
    std::vector<Holding> all;
    for (Session* const session : holders_) {
        std::size_t size = session->holds_unfinished_;
        if (!unfinished_only) size = session->memory();
        if (size > 0) all.emplace_back(size, session);
    }
    std::sort(all.begin(), all.end(), [](const Holding& a, const Holding& b) { return a.first > b.first; });
    return all;
}

// True: somebody has given up what he held, or there is room again. Where nothing may be lost what waits to be sent
// stays, and it is those who speak who wait; but what has come of a message does not become less by waiting.
bool Shard::make_room() {
    spare_blocks_.clear();
    for (FanOut* const fan_out : fan_outs_) fan_out->give_up_block();
    if (gives_way_first_) gives_way_first_();
    if (!memory_->is_short()) return true;
    const bool unfinished_only = options_.slow == Slow::wait;
    const auto need = [&] { return unfinished_only ? memory_->unfinished_excess() : memory_->excess(); };
    if (need() == 0) return false;
    const std::vector<Holding> here = holdings(unfinished_only);
    MemoryBound::Report report{{}, need(), unfinished_only ? memory_->unfinished() : memory_->held()};
    for (const auto& [size, session] : here) report.holdings.push_back(size);
    const std::size_t smallest = memory_->report(memory_place_, std::move(report));
    if (smallest == 0) return false;
    bool any = false;
    for (const auto& [size, session] : here) {
        if (size < smallest || need() == 0) break;
        session->give_up_memory();
        any = true;
    }
    return any;
}

}  // namespace earshot::talk
