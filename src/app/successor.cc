#include "app/successor.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "base/i18n.h"

namespace earshot::app {

namespace {

constexpr int kFirstPassed = 3;
constexpr std::chrono::seconds kPatience{30};  // for it to be ready
constexpr std::size_t kLongestWord = 4096;     // bytes of what it says

// All that the new process needs between its birth and exec, where it has our memory and may do next to nothing.
struct Birth {
    const char* program;
    std::vector<char*> words, variables;
    std::vector<int> descriptors;  // to become kFirstPassed and those after it; all above these
    char* pid_digits;              // in one of the variables: who is meant by LISTEN_PID
    rlimit limit;                  // of descriptors
    int error = 0;
};

constexpr std::size_t kPidDigits = 10;

int be_born(void* argument) {
    auto& birth = *static_cast<Birth*>(argument);
    auto pid = static_cast<unsigned>(::getpid());
    for (std::size_t i = kPidDigits; i-- > 0; pid /= 10) birth.pid_digits[i] = static_cast<char>('0' + pid % 10);
    for (std::size_t i = 0; i < birth.descriptors.size(); ++i) {
        ::dup2(birth.descriptors[i], kFirstPassed + static_cast<int>(i));
    }
    ::setrlimit(RLIMIT_NOFILE, &birth.limit);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(birth.program, birth.words.data(), birth.variables.data());
    birth.error = errno;
    ::_exit(127);
}

// As a child of our own parent, who watches this process and will watch that one; where we have none, as ours. The
// memory is shared until exec, so that its size costs nothing.
int give_birth(Birth& birth) {
    alignas(16) std::array<char, 64 * 1024> stack;
    constexpr int kFlags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    int pid = ::clone(be_born, stack.data() + stack.size(), kFlags | CLONE_PARENT, &birth);
    if (pid < 0 && errno == EINVAL) pid = ::clone(be_born, stack.data() + stack.size(), kFlags, &birth);
    if (pid < 0) birth.error = errno;
    return pid;
}

std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
    std::vector<std::string> all;
    for (char** each = environ; *each != nullptr; ++each) all.emplace_back(*each);
    all.insert(all.end(), variables.begin(), variables.end());
    return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

// The programs of its --reply exec are to have what ours have, so it must not find the limit raised already.
rlimit limit_as_it_was(const Invocation& invocation) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (invocation.descriptors != 0) limit.rlim_cur = std::min<rlim_t>(invocation.descriptors, limit.rlim_max);
    return limit;
}

Error cannot_start(int error) {
    return {Reason::failed, tr_format("the program cannot be started anew: {}", errno_text(error))};
}

}  // namespace

Invocation Invocation::of_this_process(int argc, char** argv) {
    std::array<char, 4096> path;
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
    rlimit limit{};
    Invocation invocation{.program = std::string(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0),
                          .words = {},
                          .descriptors = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0};
    for (int i = 0; i < argc; ++i) invocation.words.emplace_back(argv[i]);
    return invocation;
}

Result<std::unique_ptr<Successor>> Successor::start(net::Loop& loop, const Invocation& invocation,
                                                    const std::vector<Passed>& passed,
                                                    const std::vector<std::string>& variables, Handler handler) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return cannot_start(errno);
    UniqueFd hears(ends[0]), speaks(ends[1]);
    const int above = kFirstPassed + static_cast<int>(passed.size()) + 1;
    std::vector<UniqueFd> copies;
    std::string names;
    for (const Passed& each : passed) {
        copies.emplace_back(::fcntl(each.descriptor, F_DUPFD_CLOEXEC, above));
        names += (names.empty() ? "" : ":") + each.name;
    }
    copies.emplace_back(::fcntl(speaks.get(), F_DUPFD_CLOEXEC, above));
    for (const UniqueFd& copy : copies) {
        if (!copy) return cannot_start(errno);
    }
    std::vector<std::string> environment = environment_with(variables);
    environment.push_back(fmt::format("LISTEN_FDS={}", passed.size()));
    environment.push_back("LISTEN_FDNAMES=" + names);
    environment.push_back(fmt::format("EARSHOT_PREDECESSOR={}", above - 1));
    environment.push_back("LISTEN_PID=" + std::string(kPidDigits, '0'));
    std::vector<std::string> words = invocation.words;
    Birth birth{invocation.program.c_str(), pointers_to(words), pointers_to(environment), {}, nullptr,
                limit_as_it_was(invocation)};
    birth.pid_digits = environment.back().data() + environment.back().size() - kPidDigits;
    for (const UniqueFd& copy : copies) birth.descriptors.push_back(copy.get());
    const int pid = give_birth(birth);
    if (birth.error != 0) return cannot_start(birth.error);
    return std::unique_ptr<Successor>(new Successor(loop, pid, std::move(hears), std::move(handler)));
}

Successor::Successor(net::Loop& loop, int pid, UniqueFd pipe, Handler handler)
    : loop_(loop), pid_(pid), pipe_(std::move(pipe)), handler_(std::move(handler)) {
    EARSHOT_CHECK(loop_.add(pipe_.get(), EPOLLIN, *this));
    loop_.timers().set(patience_, loop_.clock().now() + kPatience);
}

Successor::~Successor() { loop_.remove(pipe_.get(), *this); }

void Successor::on_events(std::uint32_t) {
    std::array<char, 1024> bytes;
    const ssize_t got = ::read(pipe_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EAGAIN) return;
    if (got > 0) said_.append(bytes.data(), static_cast<std::size_t>(got));
    const bool is_whole = got <= 0 || said_.ends_with('\n') || said_.size() > kLongestWord;
    if (!is_whole) return;
    if (said_ == "ready\n") return std::exchange(handler_.on_ready, {})(pid_);
    constexpr std::string_view kFailed = "failed ";
    if (!said_.starts_with(kFailed)) return failed(tr("it ended before it was ready"));
    failed(said_.substr(kFailed.size(), said_.find('\n') - kFailed.size()));
}

void Successor::give_up() {
    ::kill(pid_, SIGKILL);
    failed(tr("it was not ready within 30 seconds, and has been ended"));
}

void Successor::failed(const std::string& why) {
    std::exchange(handler_.on_failed, {})(
        {Reason::failed, tr_format("the program started anew does not take over, this one goes on: {}", why)});
}

}  // namespace earshot::app
