// What a conversation holds of the program's memory, and how it gives that up where all hold too much together.
#include <algorithm>
#include <limits>

#include "base/i18n.h"
#include "talk/responder.h"
#include "talk/session.h"
#include "talk/shard.h"

namespace earshot::talk {

// Where it is paused there may be whole messages: they wait for others, and need nothing more from him.
void Session::count_held() {
    const bool waits = (paused_ & ~static_cast<unsigned>(Pause::memory)) != 0;
    const std::size_t unfinished = waits ? 0 : inbox_.memory();
    count_held(outbox_.memory() + kept_for_him_ + inbox_.memory() - unfinished, unfinished);
}

// Counted with the rest of him at the end of the turn, so that a message costs nothing for it.
void Session::note_kept(std::size_t bytes) {
    const auto kept =
        static_cast<std::uint32_t>(std::min<std::size_t>(bytes, std::numeric_limits<std::uint32_t>::max()));
    if (kept == kept_for_him_ || ended_) return;
    kept_for_him_ = kept;
    if (!in_handler_) shard_.needs_flush(*this);
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

// True: there were some, and an event has told of it.
bool Session::give_up_messages() {
    const Outbox::GivenUp lines = outbox_.give_up_lines();
    const Responder::GivenUp kept = responder_ ? responder_->give_up(*this) : Responder::GivenUp{};
    const std::uint64_t messages = lines.lines + kept.messages;
    if (messages == 0) return false;
    shard_.tally_.queued.subtract(lines.bytes);
    shard_.tally_.given_up.add(messages);
    shard_.emit(id_, "",
                model::Dropped{messages, lines.bytes + kept.bytes,
                               tr("all that waits for callers has reached the bound (--max-memory)")});
    return true;
}

// What was said to many, and what his responder lets him miss, he may miss, as where he is slow; if that is not most of
// it, he goes.
void Session::give_up_memory() {
    if (ended_) return;
    const std::size_t before = memory();
    if (options_->slow == Slow::drop) {
        if (give_up_messages()) {
            account();
            shard_.needs_flush(*this);  // he may have been waited for
        }
        if (memory() <= before / 2) return;
    }
    reading_ = true;  // what has come of a message is not given out: others would hold it then
    reset(Reason::limit,
          tr_format("{} bytes were kept for him, and all that waits for callers has reached the bound of "
                    "{} bytes (--max-memory)",
                    before, shard_.memory_->most()));
}

}  // namespace earshot::talk
