// The half of Host that is about being a service: figures, who supervises it, and giving the callers to a successor.
#include <algorithm>
#include <utility>

#include "app/host.h"
#include "base/i18n.h"

namespace earshot::app {

void Host::announce(view::LogLevel level, view::ProgramEvent event, const std::string& message) {
    if (log_) return log_->say(level, event, message);
    if (manner_.tells_stderr) tell(message);
}

// It answers before the door is open: not ready.
Status Host::open_status_page() {
    if (!options_.metrics) return Ok{};
    net::ListenOptions listen;
    listen.passed = options_.passed_metrics;
    StatusPage::Sources sources{.tallies = {&shard_.tally()},
                                .service = &service_,
                                .memory = memory_.get(),
                                .loops = {{&loop_, [this] { return not_ready(); }}}};
    if (branches_) {
        sources.running_threads = [this] { return branches_->running_threads(); };
        for (const auto& branch : branches_->all()) {
            sources.tallies.push_back(&branch->shard().tally());
            sources.loops.push_back({&branch->loop(), [&branch = *branch] { return branch.not_ready(); }});
        }
    }
    auto page = StatusPage::open(*options_.metrics, std::move(listen), std::move(sources));
    if (!page) return Error{page.error().reason, "--metrics: " + page.error().message};
    status_page_ = std::move(*page);
    for (const net::Endpoint& address : status_page_->addresses()) {
        const std::string where = tr_format("metrics at http://{}/metrics", address.text());
        options_.json && !log_ ? tell(where) : announce(view::LogLevel::info, view::ProgramEvent::metrics, where);
    }
    return Ok{};
}

// For a load balancer, in words of the protocol and not the user's language.
std::string Host::not_ready() const {
    if (stopping_) return "it is ending";
    if (!reception_) return "it does not listen yet";
    if (held_) return "the reader of its output is slow";
    if (options_.max_clients != 0 && present() >= options_.max_clients) return "as many callers as may be are here";
    if (const char* const obstacle = reception_->obstacle()) return obstacle;
    return {};
}

// --- the supervisor

void Host::tell_supervisor_ready() {
    if (!manner_.supervisor) return;
    std::string where;
    for (const net::Endpoint& address : reception_->addresses()) where += (where.empty() ? "" : ", ") + address.text();
    manner_.supervisor->ready(tr_format("listening on {}", where));
    if (!ping_due_.is_set()) await_ping();
}

// From the loop of the conversations: once it stands still, so do these.
void Host::ping() {
    manner_.supervisor->ping();
    await_ping();
}

void Host::await_ping() {
    const auto interval = manner_.supervisor->ping_interval();
    if (interval) loop_.timers().set(ping_due_, loop_.clock().now() + *interval);
}

// --- a successor

void Host::not_restarted(const char* why) {
    announce(view::LogLevel::warn, view::ProgramEvent::restart, why);
    if (!log_ && !manner_.tells_stderr) shard_.emit({}, "", model::Fault{Reason::usage, why});
}

// Each once, however many threads share it; a path's owner before those who share it.
std::vector<net::PassedSocket> Host::all_sockets() const {
    std::vector<net::PassedSocket> all = reception_->sockets();
    if (!branches_) return all;
    for (const net::PassedSocket& each : branches_->sockets()) {
        const auto is_it = [&](const net::PassedSocket& one) {
            return net::is_same_socket(one.descriptor, each.descriptor);
        };
        if (std::ranges::none_of(all, is_it)) all.push_back(each);
    }
    return all;
}

void Host::restart() {
    if (!manner_.invocation) {
        return not_restarted(
            tr("not started anew: standard input and output stay with this process; a server without "
               "a console and without --json can be (--reply)"));
    }
    if (!reception_ || stopping_ || retiring_ || successor_) {
        return not_restarted(tr("not started anew: it is ending, or being started anew already"));
    }
    std::vector<Successor::Passed> passed;
    for (const net::PassedSocket& each : all_sockets()) {
        passed.push_back({each.descriptor, each.owns_path ? "+callers" : "callers"});
    }
    if (status_page_) {
        for (const net::PassedSocket& each : status_page_->sockets()) passed.push_back({each.descriptor, "metrics"});
    }
    auto successor =
        Successor::start(loop_, *manner_.invocation, passed, manner_.supervisor->inherited_variables(),
                         {.on_ready = [this](int pid) { hand_over(pid); },
                          .on_failed =
                              [this](const Error& error) {
                                  successor_.reset();
                                  announce(view::LogLevel::error, view::ProgramEvent::restart, error.message);
                              }});
    if (!successor) return announce(view::LogLevel::error, view::ProgramEvent::restart, successor.error().message);
    successor_ = std::move(*successor);
}

// Nobody is refused: those who wait in the backlog are the other's, who listens on the same sockets.
void Host::hand_over(int pid) {
    successor_.reset();
    retiring_ = true;
    manner_.supervisor->replaced_by(pid);
    ping_due_.cancel();
    reception_->hand_over();
    if (branches_) branches_->hand_over();
    status_page_.reset();
    const std::uint64_t here = branches_ ? places_.taken() : shard_.size();
    announce(view::LogLevel::info, view::ProgramEvent::restart,
             tr_format("process {} takes the callers from now on; conversations that go on here: {}", pid, here));
    if (options_.restart_grace > Millis(0)) {
        loop_.timers().set(grace_over_, loop_.clock().now() + options_.restart_grace);
    }
    leave_when_empty();
}

}  // namespace earshot::app
