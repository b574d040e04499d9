#include "respond/exec.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/i18n.h"
#include "base/shell_words.h"
#include "respond/exec_job.h"

namespace earshot::respond {

namespace {

constexpr std::size_t kBuffer = 256 * 1024;  // bytes: what is sent in one write
constexpr Millis kEndOfAll{2000};            // how long the program's own end waits for those that it ends
constexpr Millis kLeastWait{100};            // of it for those of another thread
constexpr std::string_view kOurs = "EARSHOT_";

bool is_program(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// As posix_spawnp(3) will look for it.
bool is_found(const std::string& program) {
    if (program.find('/') != std::string::npos) return is_program(program);
    const char* const named = std::getenv("PATH");
    std::string_view folders = named ? named : "/bin:/usr/bin";
    for (;;) {
        const std::size_t end = std::min(folders.find(':'), folders.size());
        const std::string folder(folders.substr(0, end));
        if (is_program((folder.empty() ? "." : folder) + "/" + program)) return true;
        if (end == folders.size()) return false;
        folders.remove_prefix(end + 1);
    }
}

}  // namespace

// --- commands

Result<Exec::Command> Exec::parse(std::string_view command) {
    auto words = split_words(command);
    if (!words) {
        return Error{Reason::usage, words.error().message + tr_format("; exec-shell:{} has one", command)};
    }
    if (words->empty() || words->front().empty()) return Error{Reason::usage, tr("the command is empty")};
    if (!is_found(words->front())) {
        const std::string& program = words->front();
        if (program.find('/') != std::string::npos && ::access(program.c_str(), F_OK) == 0) {
            return Error{Reason::usage, tr_format("“{}” is no program that may be run here (chmod +x?)", program)};
        }
        return Error{Reason::usage,
                     tr_format("there is no program “{}”: write its path, or one that is in PATH", program)};
    }
    return Command{*words, words->front().substr(words->front().rfind('/') + 1)};
}

Result<Exec::Command> Exec::parse_for_shell(std::string_view command) {
    return Command{{"/bin/sh", "-c", std::string(command)}, "sh"};
}

Result<Exec::Command> Exec::parse_for_terminal(std::string_view command) {
    auto parsed = parse(command);
    if (parsed) parsed->terminal = true;
    return parsed;
}

// --- callers

Exec::Exec(net::Loop& loop, ProgramLimit& limit, Command command)
    : loop_(loop), limit_(limit), command_(std::move(command)), buffer_(kBuffer) {
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (!std::string_view(*variable).starts_with(kOurs)) environment_.emplace_back(*variable);
    }
}

Exec::~Exec() {
    for (auto& [id, job] : jobs_) leaving_.push_back(std::move(job));
    for (const auto& job : leaving_) job->hang_up();
    if (leaving_.empty()) return;
    const SteadyTime now = loop_.clock().now();
    if (!limit_.waits_until) limit_.waits_until = now + kEndOfAll;
    const SteadyTime until = std::max(*limit_.waits_until, now + kLeastWait);
    for (const auto& job : leaving_) job->finish(until);
}

Exec::Job* Exec::job_of(const talk::Session& session) {
    const auto job = jobs_.find(session.id());
    return job == jobs_.end() ? nullptr : job->second.get();
}

Status Exec::room_for(std::size_t callers) const {
    const std::size_t running = limit_.running.load();
    if (limit_.most == 0 || running + callers <= limit_.most) return Ok{};
    return Error{Reason::limit, tr_format("{} callers would need a program each, {} are running already, and {} may "
                                          "(--max-processes)",
                                          callers, running, limit_.most)};
}

void Exec::opened(talk::Session& session) {
    if (!limit_.take()) return turn_away(session);
    std::unique_ptr<Job> job;
    try {
        job = std::make_unique<Job>(*this, session);
    } catch (...) {
        limit_.free();
        throw;
    }
    if (const Status started = job->start(environment_for(session)); !started) {
        return Job::refuse(session, started.error());
    }
    jobs_.emplace(session.id(), std::move(job));
}

// In the words in which the door says it.
void Exec::turn_away(talk::Session& session) {
    static constexpr std::string_view kFull = "earshot: too many callers, try later\n";
    const std::string why =
        tr_format("as many programs as may run are running: {} (--max-processes)", limit_.running.load());
    session.shard().emit(
        session.id(), "",
        model::Fault{Reason::limit, tr_format("{} is turned away: {}", session.connection()->peer().text(), why)});
    session.send(as_bytes(kFull));
    session.close(Reason::limit, why);
}

std::vector<std::string> Exec::environment_for(const talk::Session& session) const {
    std::vector<std::string> made = environment_;
    const auto add = [&](std::string_view name, std::string_view value) {
        made.push_back(std::string(kOurs).append(name).append("=").append(value));
    };
    add("CONNECTION", std::to_string(session.id().value));
    const net::Connection& connection = *session.connection();
    const auto add_end = [&](const std::string& name, const net::Endpoint& end) {
        add(name + "_ADDRESS", end.address_text());
        if (end.is_ip()) add(name + "_PORT", std::to_string(end.port()));
    };
    add("PROTOCOL", connection.local().is_ip() ? "tcp" : "unix");
    add_end("PEER", connection.peer());
    add_end("LOCAL", connection.local());
    const net::TlsFacts* const tls = connection.tls();
    if (!tls) return made;
    add("TLS", tls->version);
    add("TLS_CIPHER", tls->cipher);
    if (!tls->alpn.empty()) add("TLS_ALPN", tls->alpn);
    if (tls->peer_sha256.empty()) return made;
    add("TLS_PEER_NAME", tls->peer_name);
    add("TLS_PEER_SHA256", tls->peer_sha256);
    add("TLS_PEER_VERIFIED", tls->verified ? "yes" : "no");
    return made;
}

void Exec::received(talk::Session& session, ByteView bytes) {
    Job* const job = job_of(session);
    if (job) job->take(session, bytes);
}

void Exec::half_closed(talk::Session& session) {
    if (Job* const job = job_of(session)) job->end_input();
}

void Exec::drained(talk::Session& session) {
    if (Job* const job = job_of(session)) job->go_on();
}

// It may be one of the program's own calls that has ended the conversation, so that it is taken down later.
void Exec::closed(talk::Session& session) {
    const auto job = jobs_.find(session.id());
    if (job == jobs_.end()) return;
    job->second->leave(session.peer_has_ended() && !session.was_broken());
    leaving_.push_back(std::move(job->second));
    jobs_.erase(job);
    loop_.timers().set(sweeping_, loop_.clock().now());
}

void Exec::left(talk::Session& session) { closed(session); }

void Exec::sweep() {
    std::erase_if(leaving_, [](const std::unique_ptr<Job>& job) { return job->is_over(); });
}

}  // namespace earshot::respond
