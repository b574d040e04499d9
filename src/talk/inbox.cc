#include "talk/inbox.h"

#include <utility>

namespace earshot::talk {

namespace {

Received received(ByteView bytes, const frame::Step& step) {
    return {.bytes = bytes.first(step.consumed),
            .payload_at = step.payload_at,
            .payload_size = step.payload_size,
            .why = step.why,
            .lost = step.lost,
            .most = step.most,
            .continued = step.continued};
}

}  // namespace

std::size_t Inbox::cut(ByteView bytes, Reader& reader) {
    std::size_t consumed = 0;
    while (consumed < bytes.size()) {
        const frame::Step step = framer_->next(bytes.subspan(consumed));
        if (step.kind == frame::StepKind::need_more) break;
        Received message = received(bytes.subspan(consumed), step);
        message.is_alone = step.consumed == bytes.size();
        consumed += step.consumed;
        if (!reader.read(message)) break;
    }
    return consumed;
}

void Inbox::drop(std::size_t consumed) {
    kept_at_ += consumed;
    if (kept_at_ == kept_.size()) {
        kept_ = std::vector<std::uint8_t>();  // an idle conversation holds no buffer
        kept_at_ = 0;
    } else if (kept_at_ > kept_.size() / 2 && kept_at_ >= 4096) {
        const auto rest = kept_.begin() + static_cast<std::ptrdiff_t>(kept_at_);
        if (kept_.size() - kept_at_ < kept_.capacity() / 4) {
            kept_ = std::vector<std::uint8_t>(rest, kept_.end());  // a read's worth of room is not kept for a few bytes
        } else {
            kept_.erase(kept_.begin(), rest);
        }
        kept_at_ = 0;
        if (kept_.size() < kept_.capacity() / 4) kept_.shrink_to_fit();
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
        const bool go_on = reader.read(received(kept(), step));
        drop(step.consumed);
        if (!go_on) return;
    }
}

}  // namespace earshot::talk
