// --log: what happens goes to the standard error as lines for a journal, beside whatever else watches. A reader who
// does not keep up delays nobody: lines are given up, counted, and their number is told when there is room again. Where
// the standard error is the journal's, each line has its priority.
#pragma once

#include <string_view>

#include "app/options.h"
#include "app/output.h"
#include "base/count.h"
#include "model/event.h"
#include "view/log_view.h"

namespace earshot::app {

class ServiceLog final : public model::EventSink {
  public:
    // Tells `next` everything too (null: nobody). `given_up` counts lines. All outlive the log.
    ServiceLog(net::Loop& loop, const view::LogOptions& options, model::EventSink* next, Count& given_up);
    // What is left is written, as far as the reader takes it within a second.
    ~ServiceLog() override;

    void take(const model::Event& event) override;
    bool wants_messages() const override { return view_.wants_messages() || (next_ && next_->wants_messages()); }
    bool wants_text() const override { return view_.wants_text() || (next_ && next_->wants_text()); }
    bool wants_unfinished() const override { return next_ && next_->wants_unfinished(); }
    bool wants_openings() const override { return true; }

    // A line about the program itself.
    void say(view::LogLevel level, view::ProgramEvent event, std::string_view message);
    // After each batch of events.
    void flush();

  private:
    void write(std::string_view line);

    net::Loop& loop_;
    model::EventSink* next_;
    Count& given_up_;
    Output output_;
    view::LogView view_;
    std::uint64_t untold_ = 0;  // lines given up since the last that was written
};

}  // namespace earshot::app
