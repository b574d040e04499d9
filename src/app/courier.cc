#include "app/courier.h"

#include <utility>

namespace earshot::app {

namespace {

constexpr std::size_t kMostUnderWay = 1 << 20;  // bytes

std::size_t size_of(const model::Event& event) {
    const auto* message = std::get_if<model::Message>(&event.body);
    return sizeof event + (message ? message->bytes.size() + message->text.size() : 0);
}

}  // namespace

Courier::Courier(net::Loop& shard, net::Loop& first, model::EventSink& sink, std::function<void(bool)> on_full)
    : first_(first),
      sink_(sink),
      on_full_(std::move(on_full)),
      credit_(std::make_shared<Credit>(kMostUnderWay, [this, &shard] { shard.post([this] { on_full_(false); }); })),
      wants_messages_(sink.wants_messages()),
      wants_text_(sink.wants_text()),
      wants_openings_(sink.wants_openings()),
      wants_unfinished_(sink.wants_unfinished()) {}

void Courier::take(const model::Event& event) {
    bytes_ += size_of(event);
    batch_.push_back(event);
}

void Courier::flush() {
    if (batch_.empty()) return;
    const std::size_t bytes = std::exchange(bytes_, 0);
    credit_->spend(bytes);
    first_.post([&sink = sink_, credit = credit_, events = std::exchange(batch_, {}), bytes] {
        for (const model::Event& event : events) sink.take(event);
        credit->give_back(bytes);
    });
    if (credit_->must_wait()) on_full_(true);
}

}  // namespace earshot::app
