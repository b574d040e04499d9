#include "respond/exec_job.h"

#include <string.h>  // NOLINT(modernize-deprecated-headers): sigdescr_np

#include <algorithm>

#include "base/i18n.h"
#include "text/safe.h"

namespace earshot::respond {

namespace {

constexpr std::size_t kLongestLine = 4096;       // bytes of standard error told as one
constexpr std::size_t kToldASecond = 64 * 1024;  // bytes: a caller may be able to make it complain without end
// A program that has closed its output mostly ends at once, and then it is to be said how.
constexpr Millis kEndsSoon{50};
// From the end of a conversation whose both directions had ended in order, until a program that still runs is told to
// end.
constexpr Millis kFinishesWork{5000};
// What was written to a terminal comes after its writer's end; where somebody else holds it, no end comes.
constexpr Millis kLastWords{500};
constexpr int kLastErrors = 16;  // reads of its standard error once all is over: others may go on writing there

}  // namespace

Exec::Job::Job(Exec& exec, talk::Session& session) : exec_(exec), shard_(session.shard()), id_(session.id()) {}

Exec::Job::~Job() { uncount(); }

void Exec::Job::uncount() {
    if (std::exchange(is_counted_, false)) exec_.limit_.free();
}

Status Exec::Job::start(std::vector<std::string> environment) {
    net::ProcessOptions options;
    options.words = exec_.command_.words;
    options.environment = std::move(environment);
    options.terminal = exec_.command_.terminal;
    options.descriptors = exec_.limit_.descriptors;
    auto started = net::Process::start(exec_.loop_, exec_.spawner_, std::move(options), *this);
    if (!started) return started.error();
    process_ = std::move(*started);
    return Ok{};
}

void Exec::Job::refuse(talk::Session& session, const Error& error) {
    const std::string peer = session.connection()->peer().text();
    session.shard().emit(session.id(), "", model::Fault{error.reason, peer + ": " + error.message});
    session.reset(error.reason, error.message);
}

void Exec::Job::on_not_started(const Error& error) {
    uncount();
    if (talk::Session* const caller = session()) return refuse(*caller, error);
    work_over_.cancel();
    exec_.loop_.timers().set(exec_.sweeping_, exec_.loop_.clock().now());
}

void Exec::Job::hang_up() {
    work_over_.cancel();
    process_->hang_up();
}

void Exec::Job::leave(bool in_order) {
    has_left_ = true;
    output_over_.cancel();
    last_words_.cancel();
    if (!in_order || !output_ended_ || process_->has_exited()) return hang_up();
    exec_.loop_.timers().set(work_over_, exec_.loop_.clock().now() + kFinishesWork);
}

void Exec::Job::take(talk::Session& session, ByteView bytes) {
    if (!process_->write_input(bytes)) session.pause_reading();
    session.note_kept(process_->kept());
}

void Exec::Job::on_room() {
    talk::Session* const caller = session();
    if (!caller) return;
    caller->note_kept(process_->kept());
    caller->resume_reading();
}

// --- its output

// One read a turn, so that one who writes much does not keep the others waiting.
void Exec::Job::on_output() {
    talk::Session* const caller = session();
    if (!caller) return;
    if (process_->has_exited()) return move_the_rest();
    if (move_output(*caller) != Moved::ended) return;
    exec_.loop_.timers().set(output_over_, exec_.loop_.clock().now() + kEndsSoon);
}

Exec::Job::Moved Exec::Job::move_output(talk::Session& session) {
    if (output_ended_) return Moved::ended;
    if (is_held_up_) return Moved::held_up;
    const net::IoResult result = process_->read_output(exec_.buffer_);
    if (result.status == net::IoStatus::would_block) return Moved::nothing;
    if (result.status != net::IoStatus::ok || !session.may_send()) {
        process_->close_output();
        output_ended_ = true;
        return Moved::ended;
    }
    if (session.pass(ByteView(exec_.buffer_).first(result.bytes))) return Moved::some;
    is_held_up_ = true;
    process_->want_output(false);
    return Moved::held_up;
}

void Exec::Job::go_on() {
    if (!std::exchange(is_held_up_, false)) return;
    process_->want_output(true);
    if (process_->has_exited()) move_the_rest();
}

void Exec::Job::half_close() {
    if (talk::Session* const caller = session()) caller->half_close();
}

// --- its end

void Exec::Job::on_exited() {
    uncount();
    output_over_.cancel();
    work_over_.cancel();
    const talk::Session* const caller = session();
    if (caller) return move_the_rest();
    exec_.loop_.timers().set(exec_.sweeping_, exec_.loop_.clock().now());
}

// One read a turn here too: what the program has left behind may write for ever.
void Exec::Job::move_the_rest() {
    talk::Session* const caller = session();
    if (!caller) return;
    const Moved moved = move_output(*caller);
    if (moved == Moved::some || moved == Moved::held_up) return;
    if (moved == Moved::ended || !exec_.command_.terminal || gave_time_) return close();
    if (!last_words_.is_set()) exec_.loop_.timers().set(last_words_, exec_.loop_.clock().now() + kLastWords);
}

void Exec::Job::last_words_over() {
    gave_time_ = true;
    move_the_rest();
}

void Exec::Job::close() {
    last_words_.cancel();
    for (int reads = 0; reads < kLastErrors && move_errors(); ++reads) continue;
    tell_line();
    if (left_out_ > 0) shard_.emit(id_, "", model::Diagnostic{"", std::exchange(left_out_, 0)});
    session()->close(Reason::closed, how_it_ended());
}

std::string Exec::Job::how_it_ended() const {
    const std::string name = text::safe_line(exec_.command_.name);
    std::string how;
    if (const int signal = process_->ending_signal(); signal != 0) {
        const char* const description = ::sigdescr_np(signal);
        how = tr_format("{} was ended by signal {} ({})", name, signal, description ? description : "");
    } else if (process_->exit_status() != 0) {
        how = tr_format("{} ended with status {}", name, process_->exit_status());
    }
    const ByteCount unread = process_->unread();
    if (unread == 0) return how;
    return (how.empty() ? "" : how + "; ") + tr_format("{} did not read {} bytes", name, unread);
}

// --- its standard error

void Exec::Job::on_errors() { move_errors(); }

// False: there is nothing more for now.
bool Exec::Job::move_errors() {
    const net::IoResult result = process_->read_errors(exec_.buffer_);
    if (result.status != net::IoStatus::ok) return false;
    if (session()) take_errors(as_chars(ByteView(exec_.buffer_).first(result.bytes)));
    return true;
}

void Exec::Job::take_errors(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::size_t room = kLongestLine - line_.size();
        line_ += text.substr(0, std::min(end, room));
        if (end > room) left_out_ += end - room;
        const bool has_ended = end < text.size();
        text.remove_prefix(end + (has_ended ? 1 : 0));
        if (has_ended) tell_line();
    }
}

void Exec::Job::tell_line() {
    if (line_.ends_with('\r')) line_.pop_back();
    const std::string line = std::exchange(line_, {});
    if (line.empty()) return;
    const SteadyTime now = exec_.loop_.clock().now();
    if (now >= second_ + std::chrono::seconds(1)) second_ = now, told_ = 0;
    if (told_ + line.size() > kToldASecond) {
        left_out_ += line.size();
        return;
    }
    told_ += line.size();
    shard_.emit(id_, "", model::Diagnostic{text::safe_line(line), std::exchange(left_out_, 0)});
}

}  // namespace earshot::respond
