#include "app/host.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/system_memory.h"
#include "app/terminal_charset.h"
#include "base/i18n.h"
#include "base/memory_reserve.h"
#include "respond/replies.h"
#include "text/safe.h"

namespace earshot::app {

namespace {

// For those who are here: what they say and are told while newcomers are refused.
constexpr std::size_t kMemoryReserve = 1 << 20;

using Responder = Result<std::unique_ptr<talk::Responder>>;

Responder make_responder(const Options& options, const talk::SessionOptions& session, const respond::Means& means) {
    if (options.verb == Verb::tap) {
        auto target = relay_target(options, options.relay_to, options.relay_tls, session);
        if (!target) return target.error();
        return std::unique_ptr<talk::Responder>(std::make_unique<respond::Relay>(means.loop, std::move(*target)));
    }
    const respond::ReplyChoice choice = respond::parse_reply(options.reply);
    if (!choice.reply) return std::unique_ptr<talk::Responder>();
    return choice.reply->make(choice.argument, means);
}

// What a program of --reply exec may hold: what we could before we asked for more.
std::uint64_t descriptor_limit() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

// A listener may hold as many callers as the system allows, not as many as the shell's soft limit happens to say.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Passes everything on, and tells the files of ladders what the payloads are to be read in.
class EncodingWatch final : public model::EventSink {
  public:
    EncodingWatch(model::EventSink* next, const std::unique_ptr<LadderFiles>& files) : next_(next), files_(files) {}
    void take(const model::Event& event) override {
        const auto* change = std::get_if<model::EncodingChanged>(&event.body);
        if (change && files_) files_->encoding_changed(event.id, *change);
        if (next_) next_->take(event);
    }
    bool wants_messages() const override { return next_ && next_->wants_messages(); }
    bool wants_text() const override { return next_ && next_->wants_text(); }
    bool wants_unfinished() const override { return next_ && next_->wants_unfinished(); }
    bool wants_openings() const override { return next_ && next_->wants_openings(); }

  private:
    model::EventSink* next_;
    const std::unique_ptr<LadderFiles>& files_;
};

std::unique_ptr<model::EventSink> make_watch(const Options& options, model::EventSink* next,
                                             const std::unique_ptr<LadderFiles>& files) {
    return options.ladder.names_files() ? std::make_unique<EncodingWatch>(next, files) : nullptr;
}

}  // namespace

void tell(std::string_view message) {
    const std::string line = for_people("earshot: " + text::safe_line(message) + "\n");
    std::fwrite(line.data(), 1, line.size(), stderr);
}

Host::Host(net::Loop& loop, const Options& options, talk::SessionOptions session, Manner manner, model::EventSink* sink)
    : loop_(loop),
      options_(options),
      manner_(manner),
      programs_{options.max_processes, 0, descriptor_limit()},
      means_{loop, programs_,
             [&options, session](std::string_view target) { return relay_target(options, target, session); }},
      responder_(make_responder(options, session, means_)),
      replies_(means_, options.reply, responder_ ? std::move(*responder_) : nullptr),
      log_(options.logs ? std::make_unique<ServiceLog>(loop, options.log, sink, service_.unlogged) : nullptr),
      watch_(make_watch(options, log_ ? log_.get() : sink, ladder_files_)),
      memory_(std::make_shared<MemoryBound>(most_memory(options))),
      shard_(loop.timers(), loop.clock(), std::move(session),
             watch_ ? watch_.get()
             : log_ ? log_.get()
                    : sink,
             replies_.for_all()),
      places_(options.max_clients) {
    shard_.share(memory_, [&loop] { loop.post([] {}); });
    if (log_) manner_.tells_stderr = false;  // the log does
    shard_.set_on_ended([this](SessionId id, Reason reason) { session_ended(id, reason); });
    if (options.traces()) trace_conversations(true);
}

Host::~Host() {
    if (branches_) branches_->end();
    if (!ladder_files_) return;
    if (tracer_) tracer_->finish();  // where the end was not waited for
    ladder_files_->finish();
}

Status Host::start(const Effective& holds) {
    if (!responder_) return responder_.error();
    if (Status possible = open_ladder_files(holds); !possible) return possible;
    make_branches();
    if (const Status open = open_status_page(); !open) return open;
    if (options_.verb != Verb::connect) return open_reception(holds);
    auto call = call_options(options_, holds);
    if (!call) return call.error();
    caller_ = std::make_unique<talk::Caller>(loop_, shard_, std::move(*call), options_.retry);
    caller_->set_on_over([this](Reason reason) { call_over(reason); });
    caller_->call();
    return Ok{};
}

Status Host::open_reception(const Effective& holds) {
    raise_descriptor_limit();
    keep_memory_back(kMemoryReserve);
    auto door = reception_options(options_, holds);
    if (!door) return door.error();
    if (tracer_) {
        door->listen.before_listening = [this](const net::Endpoint& bound) { tracer_->listening({&bound, 1}); };
    }
    door->listen.reuse_port = branches_ != nullptr;
    const auto shares = net::share_out(door->listen.passed, options_.shards());
    door->listen.passed = shares.front();
    door->memory = memory_;
    auto reception = net::Reception::open(loop_, *door, *this);
    if (!reception) return reception.error();
    reception_ = std::move(*reception);
    if (branches_) {
        const auto doors = doors_beside(door->listen, shares);
        if (const Status open = branches_->open(std::move(*door), doors); !open) return open;
    }
    const bool answers = options_.verb == Verb::listen && replies_.reply_for_all() != "none";
    const std::string pin = reception_->tls() ? reception_->tls()->made_sha256() : "";
    std::vector<net::Endpoint> addresses = reception_->addresses();
    // More sockets than threads: one before this one had more of them.
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    for (const net::Endpoint& address : addresses) {
        shard_.emit({}, "",
                    model::Listening{address.address_text(), address.port(), pin,
                                     answers ? replies_.reply_for_all() : std::string()});
        if (manner_.tells_stderr) {
            const std::string line = for_people(tr_format("listening on {}", address.text()) + "\n");
            std::fwrite(line.data(), 1, line.size(), stderr);
        }
    }
    if (manner_.tells_stderr && !pin.empty()) {
        tell(tr_format("certificate made for this run; callers can pin it with --tls-pin {}", pin));
    }
    if (manner_.supervisor) manner_.supervisor->let_go();
    tell_supervisor_ready();
    return Ok{};
}

// Of the other shards: what has been passed to them, the one socket of a Unix path, or one of their own at the same
// port.
std::vector<net::ListenOptions> Host::doors_beside(const net::ListenOptions& own,
                                                   const std::vector<std::vector<net::PassedSocket>>& shares) const {
    std::vector<net::ListenOptions> doors;
    for (std::size_t place = 1; place < shares.size(); ++place) {
        net::ListenOptions& door = doors.emplace_back(own);
        door.passed = shares[place];
        if (!door.passed.empty()) continue;
        for (const net::PassedSocket& first : reception_->sockets()) {
            if (first.shared) door.passed.push_back({first.descriptor, false, true});
        }
        if (door.passed.empty()) door.beside = reception_->addresses();
    }
    return doors;
}

void Host::make_branches() {
    if (options_.shards() == 1) return;
    Branches::Making making;
    making.threads = options_.shards();
    making.memory = memory_;
    making.responder = [this](net::Loop& loop) {
        Responder made = make_responder(options_, shard_.options(), {loop, programs_, means_.aim});
        if (made && *made && replies_.for_all()) {
            if (const auto same = replies_.for_all()->making()) same(**made);
        }
        return made;
    };
    making.sink = shard_.sink();
    making.on_turned_away = [this](const net::Endpoint& peer, const Error& error, std::uint64_t callers) {
        on_turned_away(peer, error, callers);
    };
    making.on_left = [this] { leave_when_empty(); };
    making.on_answered = [this] { give_later(); };
    branches_ = std::make_unique<Branches>(loop_, shard_, places_, std::move(making));
}

void Host::give(model::Command command) {
    // In their order, also where one has to wait for other threads.
    if (branches_ && branches_->is_answering()) return later_.push_back(std::move(command));
    carry_out(std::move(command));
}

void Host::give_later() {
    while (!later_.empty() && !branches_->is_answering()) {
        model::Command command = std::move(later_.front());
        later_.pop_front();
        carry_out(std::move(command));
    }
}

void Host::carry_out(model::Command command) {
    if (const auto* quit = std::get_if<model::Quit>(&command.body)) {
        if (!command.ref.empty()) shard_.emit({}, command.ref, model::Sent{0, 0});
        if (quit->interrupted) status_ = 130;
        return stop();
    }
    if (std::holds_alternative<model::Reconnect>(command.body)) return reconnect(command);
    if (const auto* reply = std::get_if<model::SetReply>(&command.body)) {
        if (const Status set = set_reply(command.id, reply->reply); !set) {
            return shard_.emit(command.id, command.ref, model::Fault{set.error().reason, set.error().message});
        }
        if (!command.ref.empty()) shard_.emit(command.id, command.ref, model::Sent{0, command.id ? 1U : 0U});
        return;
    }
    if (const auto* ladder = std::get_if<model::ShowLadder>(&command.body)) return show_ladder(command, ladder->follow);
    if (std::holds_alternative<model::ReadAccounts>(command.body)) return read_accounts(command);
    if (caller_ && ends_call(command)) return;
    branches_ ? branches_->carry_out(std::move(command)) : shard_.carry_out(command);
}

void Host::reconnect(const model::Command& command) {
    if (caller_ && !caller_->is_busy() && !stopping_) {
        if (!command.ref.empty()) shard_.emit({}, command.ref, model::Sent{0, 0});
        return caller_->call();
    }
    shard_.emit({}, command.ref,
                model::Fault{Reason::usage, !caller_    ? tr("a listener does not call: it waits for callers")
                                            : stopping_ ? tr("the program is ending: it does not call any more")
                                                        : tr("a call is under way already; /close ends it")});
}

// Whoever ends a call or a conversation does not want it called again. True: there was no conversation, only a call or
// the wait for one, and that is over now.
bool Host::ends_call(const model::Command& command) {
    const bool ends =
        std::holds_alternative<model::Close>(command.body) || std::holds_alternative<model::Reset>(command.body);
    if (!ends || (command.id && command.id != caller_->id())) return false;
    if (!caller_->hang_up()) return false;
    if (!command.ref.empty()) shard_.emit(caller_->id(), command.ref, model::Sent{0, 1});
    return true;
}

Status Host::on_caller(std::unique_ptr<net::Connection>& connection) {
    if (manner_.one_caller) {
        if (std::exchange(had_caller_, true)) return Ok{};
        reception_->close();
    }
    return own_places_.adopt(connection);
}

void Host::on_turned_away(const net::Endpoint&, const Error& error, std::uint64_t callers) {
    service_.refused[static_cast<std::size_t>(error.reason)].add(callers);
    shard_.emit({}, "", model::Fault{error.reason, error.message});
    if (manner_.tells_stderr) tell(error.message);
    if (retiring_) leave_when_empty();
}

void Host::session_ended(SessionId, Reason reason) {
    if (!caller_) own_places_.recount();
    if (stopping_ || retiring_) leave_when_empty();
    if (caller_) return caller_->ended(reason);
    if (manner_.one_caller && !stopping_) {
        if (reason != Reason::closed) status_ = 1;
        if (shard_.present() == 0) stop();
    }
}

void Host::call_over(Reason reason) {
    if (manner_.stays_after_end || stopping_) return;
    if (reason != Reason::closed && reason != Reason::cancelled) status_ = 1;
    stop();
}

void Host::fail(const Error& error) {
    if (std::exchange(failed_, true)) return;
    status_ = 1;
    tell_failure(error);
    if (!stopping_) stop();
}

void Host::tell_failure(const Error& error) {
    if (manner_.supervisor) manner_.supervisor->failed(error.message);
    log_ ? log_->say(view::LogLevel::error, view::ProgramEvent::failed, error.message) : tell(error.message);
}

void Host::reader_gone(const Error* error) {
    hasty_ = true;
    if (branches_) branches_->hurry();
    if (error) return fail(*error);
    if (!stopping_) stop();
}

void Host::finish_batch() {
    shard_.finish_batch();
    if (tracer_) tracer_->flush();
    if (ladder_files_) ladder_files_->flush();
    if (log_) log_->flush();
    if (!hasty_ || (branches_ && !branches_->have_left())) return;
    bool queued = false;
    shard_.for_each([&](const talk::Session& session) { queued |= session.queued() > 0; });
    if (!queued) loop_.stop_soon();
}

void Host::settle(Output& output) {
    finish_batch();
    output.flush();
    if (left_ && output.is_empty()) return loop_.stop_soon();
    if (held_ ? !output.has_room() : !output.is_full()) return;
    hold(!held_);
    if (!held_) loop_.post([] {});  // what they had kept back is written after another batch
}

void Host::hold(bool hold) {
    held_ = hold;
    shard_.hold_reading(hold);
    if (branches_) branches_->hold(hold);
    if (reception_) hold ? reception_->pause() : reception_->resume();
    if (caller_) caller_->hold(hold);
}

void Host::reload() {
    if (!reception_ || left_) return;
    if (manner_.supervisor) manner_.supervisor->reloading();
    bool all_read = true;
    for (const Status& read : {reload_access(), reload_tls(), reread_replies(false)}) {
        if (read) continue;
        all_read = false;
        shard_.emit({}, "", model::Fault{read.error().reason, read.error().message});
        if (manner_.tells_stderr) tell(read.error().message);
    }
    (all_read ? service_.reloads : service_.failed_reloads).add();
    tell_supervisor_ready();
}

namespace {

std::string in_words(const net::AccessList& access) {
    const auto allowed = access.allowed(), denied = access.denied();
    if (!denied) return tr_format("callers must be in --allow from now on (entries: {})", allowed.value_or(0));
    if (!allowed) return tr_format("callers must not be in --deny from now on (entries: {})", *denied);
    return tr_format("callers must be in --allow (entries: {}) and not in --deny (entries: {}) from now on", *allowed,
                     *denied);
}

}  // namespace

Status Host::reload_access() {
    if (const Status read = reception_->reload(); !read) return read;
    const net::AccessList& access = reception_->access();
    if (access.has_files()) announce(view::LogLevel::info, view::ProgramEvent::access, in_words(access));
    if (branches_) {
        branches_->for_each([access](Branch& branch) { branch.reception().set_access(access); });
    }
    return Ok{};
}

// Callers who are here go on as they are, handshakes under way too.
Status Host::reload_tls() {
    const std::shared_ptr<const net::TlsContext> before = reception_->tls();
    if (!before) return Ok{};
    auto read = before->read_anew(callers_tls(options_));
    if (!read) return read.error();
    reception_->set_tls(*read);
    if (branches_) branches_->for_each([tls = *read](Branch& branch) { branch.reception().set_tls(tls); });
    if ((*read)->own_sha256() != before->own_sha256()) {
        announce(view::LogLevel::info, view::ProgramEvent::certificate,
                 tr_format("callers are shown another certificate from now on, of SHA-256 {}", (*read)->own_sha256()));
    }
    return Ok{};
}

Status Host::set_reply(SessionId caller, std::string_view reply) {
    if (options_.verb != Verb::listen)
        return Error{Reason::usage, tr("a reply answers callers, and this program calls")};
    if (reply.empty()) return reread_replies(true);
    if (branches_) {
        const respond::Reply* const wanted = respond::parse_reply(reply).reply;
        const bool is_anew =
            wanted && wanted->is_file && !caller && wanted == respond::parse_reply(replies_.reply_for_all()).reply;
        if (!is_anew) {
            return Error{Reason::usage, tr_format("with --threads the reply stays {}: only its file can be another one",
                                                  replies_.reply_for_all())};
        }
    }
    if (const Status set = replies_.answer(shard_, caller, reply); !set) return set;
    if (branches_) branches_->make_anew(*replies_.for_all());
    reply_changed(caller, {std::string(reply)});
    return Ok{};
}

// `asked`: by a command, whose giver wants to know what is in force.
Status Host::reread_replies(bool asked) {
    const auto read = replies_.reload();
    if (!read) return read.error();
    if (branches_ && replies_.for_all()) branches_->make_anew(*replies_.for_all());
    if (*read || asked) reply_changed({}, {replies_.reply_for_all(), true});
    return Ok{};
}

void Host::reply_changed(SessionId caller, const model::ReplyChanged& change) {
    shard_.emit(caller, "", change);
    if (manner_.tells_stderr && !caller) tell(tr_format("answering by {}", change.reply));
}

void Host::stop() {
    if (left_) return loop_.stop_soon();
    if (manner_.supervisor && !stopping_ && !retiring_) manner_.supervisor->stopping();
    successor_.reset();
    if (caller_) caller_->stop();
    if (reception_) reception_->close();
    if (branches_) branches_->leave(stopping_);
    if (std::exchange(stopping_, true)) {
        ladders_until_ = loop_.clock().now();
        shard_.reset_all(Reason::cancelled, tr("ended at once"));
    } else {
        shard_.close_all(Reason::closed, "");
    }
    leave_when_empty();
}

// Looked at after the batch, in which those who have ended are buried.
void Host::leave_when_empty() {
    loop_.post([this] {
        shard_.finish_batch();
        if (!shard_.is_empty() || left_ || (retiring_ && reception_->has_handshakes())) return;
        if (branches_ && !branches_->have_left()) return;
        if (waits_for_ladders()) return loop_.timers().set(ladders_due_, loop_.clock().now() + Millis(5));
        if (!std::exchange(left_, true)) {
            if (tracer_) tracer_->finish();
            if (ladder_files_) ladder_files_->finish();
            shard_.emit({}, "", model::Stopped{});
            if (!manner_.drains_output) loop_.stop_soon();
        }
    });
}

}  // namespace earshot::app
