// What a conversation holds of the program's memory, and how it gives that up where all hold too much together.
#include "base/i18n.h"
#include "talk/session.h"
#include "talk/shard.h"

namespace earshot::talk {

// Where it is paused there may be whole messages: they wait for others, and need nothing more from him.
void Session::count_held() {
    const bool waits = (paused_ & ~static_cast<unsigned>(Pause::memory)) != 0;
    const std::size_t unfinished = waits ? 0 : inbox_.memory();
    count_held(outbox_.memory() + inbox_.memory() - unfinished, unfinished);
}

void Session::count_held(std::size_t queued, std::size_t unfinished) {
    const std::size_t queued_before = holds_ - holds_unfinished_, unfinished_before = holds_unfinished_;
    const bool held_nothing = holds_ == 0;
    holds_ = queued + unfinished;
    holds_unfinished_ = unfinished;
    if (held_nothing != (holds_ == 0)) held_nothing ? shard_.add_holder(*this) : shard_.remove_holder(*this);
    MemoryBound& memory = *shard_.memory_;
    if (queued > queued_before) memory.take(queued - queued_before);
    if (queued < queued_before) memory.give_back(queued_before - queued);
    if (unfinished > unfinished_before) memory.take_unfinished(unfinished - unfinished_before);
    if (unfinished < unfinished_before) memory.give_back_unfinished(unfinished_before - unfinished);
}

// What was said to many he may miss, as where he is slow; if that is not most of it, he goes.
void Session::give_up_memory() {
    if (ended_) return;
    const std::size_t before = outbox_.memory_with_blocks() + inbox_.memory();
    if (options_->slow == Slow::drop) {
        const Outbox::GivenUp given_up = outbox_.give_up_lines();
        if (given_up.lines > 0) {
            shard_.tally_.queued.subtract(given_up.bytes);
            shard_.tally_.given_up.add(given_up.lines);
            shard_.emit(id_, "",
                        model::Dropped{given_up.lines, given_up.bytes,
                                       tr("all that waits for callers has reached the bound (--max-memory)")});
            account();
            shard_.needs_flush(*this);  // he may have been waited for
        }
        if (outbox_.memory_with_blocks() + inbox_.memory() <= before / 2) return;
    }
    reading_ = true;  // what has come of a message is not given out: others would hold it then
    reset(Reason::limit,
          tr_format("{} bytes were kept for him, and all that waits for callers has reached the bound of "
                    "{} bytes (--max-memory)",
                    before, shard_.memory_->most()));
}

}  // namespace earshot::talk
