#include "net/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "base/i18n.h"

namespace earshot::net {

namespace {

constexpr Millis kLooksAgain{20};
constexpr std::size_t kPipe = 64 * 1024;  // bytes that a pipe holds
constexpr int kWidePipe = 512 * 1024;
constexpr char kEndOfInput = 4;  // Ctrl-D, a terminal's VEOF

struct SpawnSettings {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};

    // A session of its own, so that neither a key at our terminal reaches it nor it our terminal; no signal of ours
    // blocked or ignored.
    SpawnSettings() {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        sigset_t signals;
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes, &signals);
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes, &signals);
    }
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
};

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));  // exec's old signature
    pointers.push_back(nullptr);
    return pointers;
}

Error failed_to_start(const std::string& program, int error) {
    return {reason_of_errno(error), tr_format("“{}” cannot be started: {}", program, errno_text(error))};
}

bool make_pipe(UniqueFd& read, UniqueFd& write, UniqueFd& ours) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read.reset(ends[0]);
    write.reset(ends[1]);
    return ::fcntl(ours.get(), F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

// What a thread of the spawner needs to start it, and what it finds; held by both.
struct Process::Birth {
    ProcessOptions options;
    UniqueFd in, out, err;  // the program's
    std::string device;     // of its terminal
    // What has come of it; the thread's until `done`.
    pid_t pid = -1;
    UniqueFd end;
    int error = 0;
    std::atomic<bool> done = false;
    Process* process = nullptr;  // the loop's thread only; null: it has it already, or is gone
    std::mutex mutex;
    Loop* loop = nullptr;  // guarded by mutex; null: nobody is there to post to
};

Result<std::unique_ptr<Process>> Process::start(Loop& loop, Spawner& spawner, ProcessOptions options,
                                                ProcessHandler& handler) {
    // Where SIGCHLD is ignored (as a parent may have left it) the kernel forgets how a child ended.
    struct sigaction children {};
    if (::sigaction(SIGCHLD, nullptr, &children) == 0 && children.sa_handler == SIG_IGN) ::signal(SIGCHLD, SIG_DFL);
    std::unique_ptr<Process> made(new Process(loop, options, handler));
    const auto birth = std::make_shared<Birth>();
    const Status opened = made->terminal_ ? made->open_terminal(*birth) : made->open_streams(*birth);
    if (!opened) return failed_to_start(options.words.front(), errno);
    birth->options = std::move(options);
    birth->process = made.get();
    birth->loop = &loop;
    spawner.run([birth] {
        bear(*birth);
        birth->done = true;
        birth->done.notify_all();
        const std::lock_guard lock(birth->mutex);
        if (!birth->loop) return;
        birth->loop->post([birth] {
            if (birth->process) birth->process->born();
        });
    });
    made->birth_ = birth;  // from here on somebody will say that it is done
    return made;
}

Process::Process(Loop& loop, const ProcessOptions& options, ProcessHandler& handler)
    : loop_(loop), handler_(handler), terminal_(options.terminal), grace_(options.grace) {}

Process::~Process() {
    if (birth_) take_from_birth();
    if (pid_ < 0 || is_over()) return;
    signal_group(SIGKILL);
    if (!exited_) reap(true);
}

// --- starting

Status Process::open_streams(Birth& birth) {
    UniqueFd in, out, err;
    if (!make_pipe(birth.in, in, in) || !make_pipe(out, birth.out, out) || !make_pipe(err, birth.err, err)) {
        return Error{};
    }
    input_.reset(std::move(in));
    output_.reset(std::move(out));
    errors_.reset(std::move(err));
    return Ok{};
}

// The descriptor for what is written to it is another one, so that the loop can watch for each by itself.
Status Process::open_terminal(Birth& birth) {
    UniqueFd ours(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    char name[128];
    if (!ours || ::grantpt(ours.get()) != 0 || ::unlockpt(ours.get()) != 0 ||
        ::ptsname_r(ours.get(), name, sizeof name) != 0) {
        return Error{};
    }
    birth.device = name;
    constexpr winsize kUsual{24, 80, 0, 0};
    ::ioctl(ours.get(), TIOCSWINSZ, &kUsual);
    UniqueFd in(::fcntl(ours.get(), F_DUPFD_CLOEXEC, 0));
    if (!in) return Error{};
    input_.reset(std::move(in));
    output_.reset(std::move(ours));
    return Ok{};
}

// posix_spawn(3) shares our memory until the new program runs: it costs the same however much we hold, is safe with
// threads, and gives exec's own error. The thread that calls it stands still for as long.
void Process::run_program(Birth& birth) {
    SpawnSettings settings;
    if (birth.options
            .terminal) {  // opened by the leader of a session that has none yet, it becomes his controlling one
        ::posix_spawn_file_actions_addopen(&settings.actions, 0, birth.device.c_str(), O_RDWR, 0);
        for (const int stream : {1, 2}) ::posix_spawn_file_actions_adddup2(&settings.actions, 0, stream);
    } else {
        ::posix_spawn_file_actions_adddup2(&settings.actions, birth.in.get(), 0);
        ::posix_spawn_file_actions_adddup2(&settings.actions, birth.out.get(), 1);
        ::posix_spawn_file_actions_adddup2(&settings.actions, birth.err.get(), 2);
    }
    ::posix_spawn_file_actions_addclosefrom_np(&settings.actions, 3);
    const std::vector<char*> words = pointers_to(birth.options.words),
                             environment = pointers_to(birth.options.environment);
    birth.error =
        ::posix_spawnp(&birth.pid, words[0], &settings.actions, &settings.attributes, words.data(), environment.data());
    if (birth.error != 0) birth.pid = -1;
}

void Process::bear(Birth& birth) {
    run_program(birth);
    birth.in.reset(), birth.out.reset(), birth.err.reset();
    if (birth.error != 0) return;
    birth.end.reset(static_cast<int>(::syscall(SYS_pidfd_open, birth.pid, 0)));
    if (!birth.end) {
        birth.error = errno;
        ::kill(birth.pid, SIGKILL);
        ::waitpid(birth.pid, nullptr, 0);
        birth.pid = -1;
        return;
    }
    rlimit limit{};
    const std::uint64_t wanted = birth.options.descriptors;
    if (wanted > 0 && ::prlimit(birth.pid, RLIMIT_NOFILE, nullptr, &limit) == 0) {
        limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
        ::prlimit(birth.pid, RLIMIT_NOFILE, &limit, nullptr);
    }
}

// Waits for it where it has not come yet. 0: it runs; else what kept it from that.
int Process::take_from_birth() {
    const std::shared_ptr<Birth> birth = std::exchange(birth_, nullptr);
    {
        const std::lock_guard lock(birth->mutex);
        birth->loop = nullptr;
    }
    birth->done.wait(false);
    birth->process = nullptr;
    pid_ = birth->pid;
    if (birth->end) end_.reset(std::move(birth->end));
    if (birth->error != 0) exited_ = true;
    return birth->error;
}

void Process::born() {
    const std::string program = birth_->options.words.front();
    int error = take_from_birth();
    if (error == 0 && !watch_all()) {
        error = errno;
        signal_group(SIGKILL);
        reap(true);
    }
    if (error != 0) return handler_.on_not_started(failed_to_start(program, error));
    if (hung_up_) end_group();
}

// What has been closed meanwhile is not missed.
bool Process::watch_all() {
    const auto watch = [](WatchedFd<Process>& stream) { return !stream || stream.watch(EPOLLIN); };
    return end_.watch(EPOLLIN) && (!wants_output_ || watch(output_)) && watch(errors_);
}

// --- streams

IoResult Process::read(WatchedFd<Process>& from, MutableByteView into) {
    if (!from) return {IoStatus::end, 0};
    const ssize_t got = ::read(from.get(), into.data(), into.size());
    if (got > 0) {
        if (&from == &output_ && static_cast<std::size_t>(got) >= kPipe) widen(output_, output_is_wide_);
        return {IoStatus::ok, static_cast<std::size_t>(got)};
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {IoStatus::would_block, 0};
    from.reset();  // the end; EIO where nobody has the terminal any more
    return {IoStatus::end, 0};
}

// Whoever has filled a pipe has much to say, and each turn of two programs costs more than what fits into one. Users
// have only so many pages for all their pipes, so it is not done before; where it is refused, the pipe does as it is.
void Process::widen(const WatchedFd<Process>& pipe, bool& is_wide) {
    if (!std::exchange(is_wide, true) && !terminal_) ::fcntl(pipe.get(), F_SETPIPE_SZ, kWidePipe);
}

IoResult Process::read_output(MutableByteView into) { return read(output_, into); }
IoResult Process::read_errors(MutableByteView into) { return read(errors_, into); }

void Process::want_output(bool wanted) {
    wants_output_ = wanted;
    if (output_ && !birth_) output_.watch(wanted ? std::uint32_t{EPOLLIN} : 0U);
}

void Process::close_output() { output_.reset(); }
void Process::close_errors() { errors_.reset(); }

void Process::drop_input() {
    unread_ += kept_.size() - kept_at_;
    kept_ = std::vector<std::uint8_t>();
    kept_at_ = 0;
    input_.reset();
}

bool Process::write_input(ByteView bytes) {
    if (bytes.empty()) return true;
    if (!input_ || input_ends_) {
        unread_ += bytes.size();
        return true;
    }
    last_written_ = bytes.back();
    if (kept_.empty()) {
        const ssize_t done = ::write(input_.get(), bytes.data(), bytes.size());
        if (done < 0 && errno != EAGAIN && errno != EINTR) {
            unread_ += bytes.size();
            drop_input();
            return true;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(done, 0)));
        if (bytes.empty()) return true;
    }
    widen(input_, input_is_wide_);
    kept_.insert(kept_.end(), bytes.begin(), bytes.end());
    input_.watch(EPOLLOUT);
    return false;
}

ByteCount Process::unread() const {
    int in_pipe = 0;
    if (input_ && !terminal_) ::ioctl(input_.get(), FIONREAD, &in_pipe);
    return unread_ + kept_.size() - kept_at_ + static_cast<ByteCount>(in_pipe);
}

void Process::input_ready() {
    while (kept_at_ < kept_.size()) {
        const ssize_t done = ::write(input_.get(), kept_.data() + kept_at_, kept_.size() - kept_at_);
        if (done < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (done < 0) {
            drop_input();
            return handler_.on_room();
        }
        kept_at_ += static_cast<std::size_t>(done);
    }
    kept_ = std::vector<std::uint8_t>();
    kept_at_ = 0;
    input_.watch(0);
    if (input_ends_) input_.reset();
    handler_.on_room();
}

void Process::end_input() {
    if (input_ends_ || !input_) return;
    if (terminal_) {  // it ends a line that has begun, and a second one the input
        const std::uint8_t end[2] = {kEndOfInput, kEndOfInput};
        write_input(ByteView(end).first(last_written_ == '\n' ? 1 : 2));
    }
    input_ends_ = true;
    if (kept_.empty()) input_.reset();
}

// --- its end

// Of a group none of whose members has been waited for, or some of whose members are left: so the number is its own.
void Process::signal_group(int signal) const { ::kill(-pid_, signal); }

bool Process::reap(bool wait) {
    siginfo_t how{};
    while (::waitid(P_PIDFD, static_cast<id_t>(end_.get()), &how, WEXITED | (wait ? 0 : WNOHANG)) != 0) {
        if (errno != EINTR) break;
    }
    if (how.si_pid == 0) return false;
    exited_ = true;
    (how.si_code == CLD_EXITED ? exit_status_ : ending_signal_) = how.si_status;
    end_.reset();
    return true;
}

void Process::ended() {
    if (!reap(false)) return;
    if (group_left_.is_set()) return look_at_group();
    handler_.on_exited();
}

void Process::hang_up() {
    if (std::exchange(hung_up_, true)) return;
    input_.reset(), output_.reset();  // not its standard error: SIGPIPE would keep it from ending in order
    kept_ = std::vector<std::uint8_t>();
    if (!exited_ && !birth_) end_group();
}

void Process::end_group() {
    // One that is stopped gets what it is sent when it goes on.
    for (const int signal : {SIGHUP, SIGTERM, SIGCONT}) signal_group(signal);
    killed_at_ = loop_.clock().now() + grace_;
    loop_.timers().set(group_left_, killed_at_);
}

// What it has started has the rest of the grace as well. Nobody tells of the end of those who are not our children.
void Process::look_at_group() {
    const SteadyTime now = loop_.clock().now();
    const bool all_gone = exited_ && ::kill(-pid_, 0) != 0;
    if (!all_gone && now < killed_at_) return loop_.timers().set(group_left_, std::min(now + kLooksAgain, killed_at_));
    group_left_.cancel();
    if (!all_gone) signal_group(SIGKILL);
    if (exited_) handler_.on_exited();
}

void Process::finish(SteadyTime until) {
    hang_up();
    if (birth_) {
        if (take_from_birth() != 0) return;
        end_group();
    }
    if (group_left_.is_set()) until = std::min(until, killed_at_);
    while (!exited_) {
        const auto left = std::chrono::ceil<Millis>(until - loop_.clock().now());
        pollfd end{end_.get(), POLLIN, 0};
        if (left <= Millis(0) || ::poll(&end, 1, static_cast<int>(left.count())) > 0) break;
    }
    if (!exited_ && !reap(false)) {
        signal_group(SIGKILL);
        reap(true);
    } else if (group_left_.is_set()) {
        signal_group(SIGKILL);
    }
    group_left_.cancel();
}

}  // namespace earshot::net
