// The part of Host that is about ladders: who traces the conversations, what the console asks of them, and waiting for
// their last rows.
#include <utility>

#include "app/host.h"
#include "base/i18n.h"

namespace earshot::app {

Status Host::open_ladder_files(const Effective& holds) {
    auto files = LadderFiles::make(options_, holds);
    if (!files) return files.error();
    ladder_files_ = std::move(*files);
    return Ok{};
}

void Host::trace_conversations(bool all) {
    talk::Tracer::Options tracing = tracer_options(options_, [this](const Error& error) { no_packets(error); });
    trace_into_files(options_.ladder, ladder_files_, tracing);
    tracer_ = std::make_unique<talk::Tracer>(
        loop_, std::move(tracing), [this](SessionId id, model::Traced rows) { shard_.emit(id, "", std::move(rows)); });
    tracer_->follow_all(all);
    if (reception_)
        tracer_->listening(reception_->addresses());  // first: what the door shows need not be watched twice
    shard_.for_each([&](const talk::Session& session) {
        const trace::End self = session.was_called() ? trace::End::client : trace::End::server;
        if (session.connection()) tracer_->found_open(session.id(), *session.connection(), self);
    });
    shard_.set_tracer(tracer_.get());
}

// Once, and no failure: the ladder goes on by what the kernel says.
void Host::no_packets(const Error& error) {
    loop_.post([this, error] {
        shard_.emit({}, "", model::Fault{error.reason, error.message});
        if (manner_.tells_stderr) tell(error.message);
        if (ladder_files_) ladder_files_->no_packets();
    });
}

std::vector<SessionId> Host::addressees(const model::Command& command) {
    if (command.id) return {command.id};
    std::vector<SessionId> ids;
    shard_.for_each([&](const talk::Session& session) { ids.push_back(session.id()); });
    if (ids.empty() && caller_) ids.push_back(caller_->id());
    if (!command.all && ids.size() > 1) ids.clear();
    return ids;
}

void Host::show_ladder(const model::Command& command, bool follow) {
    if (branches_) return refuse_ladder(command);
    if (!tracer_) trace_conversations(false);
    const std::vector<SessionId> ids = addressees(command);
    bool found = false;
    for (const SessionId id : ids) found |= tracer_->follow(id, follow);
    if (!found) {
        return shard_.emit(command.id, command.ref,
                           model::Fault{Reason::usage, tr("no ladder: name a conversation over TCP that is there")});
    }
    if (!command.ref.empty()) shard_.emit(command.id, command.ref, model::Sent{0, 0});
}

void Host::refuse_ladder(const model::Command& command) {
    shard_.emit(command.id, command.ref,
                model::Fault{Reason::usage, tr("ladders and figures are of one thread: listen without --threads")});
}

void Host::read_accounts(const model::Command& command) {
    if (branches_) return refuse_ladder(command);
    if (!tracer_) trace_conversations(false);
    const std::vector<SessionId> ids = addressees(command);
    std::vector<trace::Account> samples;
    if (ids.size() == 1) samples = tracer_->accounts(ids.front());
    if (samples.empty()) {
        return shard_.emit(command.id, command.ref,
                           model::Fault{Reason::usage, tr("no figures: name a conversation over TCP that is there")});
    }
    shard_.emit(ids.front(), command.ref, model::Accounts{std::move(samples), talk::Tracer::kSample});
}

// The last segments are still to come when the socket is closed: until TIME-WAIT begins, a second at most.
bool Host::waits_for_ladders() {
    constexpr Millis kAtMost{1000};
    if (!tracer_ || hasty_ || tracer_->is_settled()) return false;
    if (!ladders_until_) ladders_until_ = loop_.clock().now() + kAtMost;
    return loop_.clock().now() < *ladders_until_;
}

}  // namespace earshot::app
