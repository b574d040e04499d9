#include "talk/inbox.h"

#include <utility>

namespace earshot::talk {

std::size_t Inbox::cut(ByteView bytes, Reader& reader) {
    std::size_t consumed = 0;
    while (consumed < bytes.size()) {
        const frame::Step step = framer_->next(bytes.subspan(consumed));
        if (step.kind == frame::StepKind::need_more) break;
        const Received message{bytes.subspan(consumed, step.consumed), step.payload_at, step.payload_size, step.why,
                               step.lost};
        consumed += step.consumed;
        if (!reader.read(message)) break;
    }
    return consumed;
}

void Inbox::drop(std::size_t consumed) {
    kept_at_ += consumed;
    if (kept_at_ == kept_.size()) {
        kept_ = {};  // an idle conversation holds no buffer
        kept_at_ = 0;
    } else if (kept_at_ > kept_.size() / 2 && kept_at_ >= 4096) {
        kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(kept_at_));
        kept_at_ = 0;
    }
}

void Inbox::take(ByteView bytes, Reader& reader) {
    if (kept_.empty()) {
        const std::size_t consumed = cut(bytes, reader);
        const ByteView rest = bytes.subspan(consumed);
        // The reader may have changed the framing, which cuts anew; only what is still whole is kept.
        if (!rest.empty()) kept_.assign(rest.begin(), rest.end());
        return;
    }
    kept_.insert(kept_.end(), bytes.begin(), bytes.end());
    resume(reader);
}

void Inbox::resume(Reader& reader) {
    if (!kept_.empty()) drop(cut(kept(), reader));
}

void Inbox::finish(Reader& reader) {
    resume(reader);
    while (!kept_.empty()) {
        const frame::Step step = framer_->finish(kept());
        if (step.kind == frame::StepKind::need_more) return;
        const Received message{kept().first(step.consumed), step.payload_at, step.payload_size, step.why, step.lost};
        const bool go_on = reader.read(message);
        drop(step.consumed);
        if (!go_on) return;
    }
}

}  // namespace earshot::talk
