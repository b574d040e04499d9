// Brings the Events of another shard to the sink on the first one's thread, those of a batch together. Where the sink
// falls behind, the shard is told to wait: nothing is lost, and no more than a mebibyte is ever under way.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/credit.h"
#include "model/event.h"
#include "net/loop.h"

namespace earshot::app {

class Courier final : public model::EventSink {
  public:
    // `on_full` is called on the shard's thread: true, it is to wait; false, no longer. The sink and the first loop
    // outlive it, and what the sink wants is asked once.
    Courier(net::Loop& shard, net::Loop& first, model::EventSink& sink, std::function<void(bool)> on_full);

    void take(const model::Event& event) override;
    bool wants_messages() const override { return wants_messages_; }
    bool wants_text() const override { return wants_text_; }
    bool wants_openings() const override { return wants_openings_; }
    bool wants_unfinished() const override { return wants_unfinished_; }

    // What has been taken is on its way. After each batch.
    void flush();

  private:
    net::Loop& first_;
    model::EventSink& sink_;
    const std::function<void(bool)> on_full_;
    const std::shared_ptr<Credit> credit_;
    const bool wants_messages_, wants_text_, wants_openings_, wants_unfinished_;
    std::vector<model::Event> batch_;
    std::size_t bytes_ = 0;  // of the batch
};

}  // namespace earshot::app
