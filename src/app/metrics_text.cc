// The families of /metrics: names and meanings are promises to whoever has dashboards and alarms (docs/operation.md).
#include <initializer_list>

#include "app/process_facts.h"
#include "app/status_page.h"
#include "view/exposition.h"

namespace earshot::app {

namespace {

using Figure = Count talk::Tally::*;

class Page {
  public:
    explicit Page(const StatusPage::Sources& sources) : sources_(sources) {}

    std::string write() {
        conversations();
        traffic();
        service();
        process();
        return out_.text();
    }

  private:
    std::uint64_t sum(Figure figure) const {
        std::uint64_t total = 0;
        for (const talk::Tally* tally : sources_.tallies) total += (tally->*figure).value();
        return total;
    }
    std::uint64_t ended(std::size_t reason) const {
        std::uint64_t total = 0;
        for (const talk::Tally* tally : sources_.tallies) total += tally->ended[reason].value();
        return total;
    }
    // Those that are usual are there from the start, so that a rate begins at nothing.
    template <typename Value>
    void by_reason(std::initializer_list<Reason> usual, Value value) {
        for (std::size_t i = 0; i < kReasonCount; ++i) {
            const auto reason = static_cast<Reason>(i);
            bool is_usual = false;
            for (const Reason each : usual) is_usual |= each == reason;
            if (const std::uint64_t count = value(i); count > 0 || is_usual) {
                out_.sample("reason", reason_name(reason), count);
            }
        }
    }

    void conversations() {
        // Who has ended is counted first: who ends between the two readings must not make the rest negative.
        std::array<std::uint64_t, kReasonCount> over{};
        std::uint64_t gone = 0;
        for (std::size_t i = 0; i < kReasonCount; ++i) gone += over[i] = ended(i);
        const std::uint64_t accepted = sum(&talk::Tally::accepted), called = sum(&talk::Tally::called);
        out_.gauge("earshot_connections", "Conversations that are open.");
        out_.sample(accepted + called - gone);
        out_.counter("earshot_accepted_total", "Callers who were let in.");
        out_.sample(accepted);
        out_.counter("earshot_called_total", "Calls made for the sake of callers (a relay's targets).");
        out_.sample(called);
        out_.counter("earshot_closed_total", "Conversations that are over, by how they ended.");
        by_reason({Reason::closed, Reason::reset, Reason::timeout, Reason::limit, Reason::cancelled, Reason::failed},
                  [&](std::size_t i) { return over[i]; });
        out_.counter("earshot_refused_total", "Callers who were not let in, by why.");
        by_reason({Reason::denied, Reason::limit, Reason::tls},
                  [&](std::size_t i) { return sources_.service->refused[i].value(); });
    }
    void traffic() {
        out_.counter("earshot_received_bytes_total", "Bytes received from peers.");
        out_.sample(sum(&talk::Tally::received));
        out_.counter("earshot_sent_bytes_total", "Bytes the system has taken for peers.");
        out_.sample(sum(&talk::Tally::sent));
        out_.gauge("earshot_queued_bytes", "Bytes waiting for peers to take them.");
        out_.sample(sum(&talk::Tally::queued));
        out_.gauge("earshot_held_bytes", "Memory held by what waits for callers and by unfinished messages.");
        out_.sample(sources_.memory->held());
        out_.gauge("earshot_held_bytes_limit", "What it may be (--max-memory); 0: no bound.");
        out_.sample(sources_.memory->most());
        out_.gauge("earshot_read_paused_connections",
                   "Conversations that are not read, because what they say has no room.");
        out_.sample(sum(&talk::Tally::read_paused));
        out_.counter("earshot_dropped_events_total",
                     "What somebody should have got and did not: messages a slow caller missed, lines of the log.");
        out_.sample("reason", "slow-reader", sum(&talk::Tally::missed));
        out_.sample("reason", "memory", sum(&talk::Tally::given_up));
        out_.sample("reason", "log", sources_.service->unlogged.value());
    }
    void service() {
        out_.counter("earshot_reloads_total", "Readings anew on SIGHUP, by how they went.");
        out_.sample("result", "done", sources_.service->reloads.value());
        out_.sample("result", "refused", sources_.service->failed_reloads.value());
        out_.gauge("earshot_shards", "Shards that hold the conversations: --threads.");
        out_.sample(std::uint64_t{sources_.tallies.size()});
        out_.gauge("earshot_running_threads", "Threads that run the shards: so many of them as get the most done.");
        out_.sample(std::uint64_t{sources_.running_threads ? sources_.running_threads() : 1});
        out_.gauge("earshot_build_info", "1, with the version as its label.");
        out_.sample("version", EARSHOT_VERSION, 1);
    }
    // The names are those of Prometheus's own client libraries.
    void process() {
        const ProcessFacts facts = process_facts();
        out_.counter("process_cpu_seconds_total", "User and system time spent.");
        out_.sample(facts.cpu_seconds);
        out_.gauge("process_open_fds", "Descriptors in use.");
        out_.sample(facts.open_descriptors);
        out_.gauge("process_max_fds", "Descriptors that may be in use.");
        out_.sample(facts.most_descriptors);
        out_.gauge("process_resident_memory_bytes", "Memory in use.");
        out_.sample(facts.resident);
        out_.gauge("process_virtual_memory_bytes", "Address space in use.");
        out_.sample(facts.virtual_size);
        out_.gauge("process_start_time_seconds", "When it was started, in seconds since 1970.");
        out_.sample(facts.start_seconds);
        out_.gauge("process_threads", "Threads of the process.");
        out_.sample(facts.threads);
    }

    const StatusPage::Sources& sources_;
    view::Exposition out_;
};

}  // namespace

std::string metrics_text(const StatusPage::Sources& sources) { return Page(sources).write(); }

}  // namespace earshot::app
