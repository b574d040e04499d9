#include "app/service_log.h"

#include <poll.h>
#include <unistd.h>

#include <cstdlib>

#include "app/journal.h"
#include "base/i18n.h"

namespace earshot::app {

namespace {

view::LogOptions for_standard_error(view::LogOptions options) {
    options.priorities = is_journal(std::getenv("JOURNAL_STREAM"), STDERR_FILENO);
    return options;
}

}  // namespace

ServiceLog::ServiceLog(net::Loop& loop, const view::LogOptions& options, model::EventSink* next, Count& given_up)
    : loop_(loop),
      next_(next),
      given_up_(given_up),
      output_(loop, net::Stdio::output(STDERR_FILENO), {.on_gone = [](const Error*) {}}),  // then lines go nowhere
      view_(for_standard_error(options), [this](std::string_view line) { write(line); }) {}

ServiceLog::~ServiceLog() {
    flush();
    constexpr int kPatience = 1000, kStep = 50;  // ms
    for (int waited = 0; !output_.is_empty() && waited < kPatience; waited += kStep) {
        pollfd ready{STDERR_FILENO, POLLOUT, 0};
        ::poll(&ready, 1, kStep);
        flush();
    }
}

void ServiceLog::take(const model::Event& event) {
    view_.take(event);
    if (next_) next_->take(event);
}

void ServiceLog::say(view::LogLevel level, view::ProgramEvent event, std::string_view message) {
    if (level < view_.options().least) return;
    std::string text;
    view::LogLine line(text, view_.options(), loop_.clock().wall(), level, view::program_event_name(event));
    line.text("message", message);
    line.finish();
    write(text);
}

void ServiceLog::write(std::string_view line) {
    if (untold_ > 0 || output_.is_full()) {
        ++untold_;
        given_up_.add();
        return;
    }
    output_.write(line);
}

void ServiceLog::flush() {
    output_.flush();
    if (untold_ == 0 || !output_.has_room()) return;
    std::string text;
    view::LogLine line(text, view_.options(), loop_.clock().wall(), view::LogLevel::warn,
                       view::program_event_name(view::ProgramEvent::log_dropped));
    line.number("lines", std::exchange(untold_, 0));
    line.text("message", tr("whoever reads this log did not keep up"));
    line.finish();
    output_.write(text);
    output_.flush();
}

}  // namespace earshot::app
