// The JSON lines view, outward: every Event becomes one line for a program to read (docs/json.md). Its other half,
// which makes Commands of lines, is view/json_command.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "model/event.h"
#include "view/json_ladder.h"

namespace earshot::view {

// Takes one line with its LF; the view of it ends with the call.
using WriteLine = std::function<void(std::string_view line)>;

// One buffer, used again for every event: after the first few an event allocates nothing. One shard's.
class JsonView final : public model::EventSink {
  public:
    explicit JsonView(WriteLine write_line) : write_line_(std::move(write_line)) {}

    void take(const model::Event& event) override;

  private:
    void append_time(WallTime time);
    void give();  // line_, which may be several

    WriteLine write_line_;
    JsonLadders ladders_;
    std::string line_;
    std::string second_text_;  // "2024-05-01T12:00:00." of second_: events come in bursts within one second
    std::int64_t second_ = -1;
};

}  // namespace earshot::view
