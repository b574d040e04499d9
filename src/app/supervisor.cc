#include "app/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace earshot::app {

namespace {

constexpr int kFirstPassed = 3;              // SD_LISTEN_FDS_START
constexpr std::uint64_t kMostPassed = 1024;  // more is a mistake, not a wish

// The variable's value, which nobody sees any more.
std::string take_variable(const char* name) {
    const char* const value = std::getenv(name);
    std::string taken = value ? value : "";
    ::unsetenv(name);
    return taken;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_us(const std::optional<std::uint64_t>& pid) { return pid == static_cast<std::uint64_t>(::getpid()); }

}  // namespace

Supervisor Supervisor::from_environment() {
    Supervisor made;
    made.take_sockets();
    made.notify_path_ = take_variable("NOTIFY_SOCKET");
    const std::string interval = take_variable("WATCHDOG_USEC"), whose = take_variable("WATCHDOG_PID");
    if (const auto micros = number(interval); micros && *micros > 0 && (whose.empty() || is_us(number(whose)))) {
        made.watchdog_ = std::chrono::microseconds(*micros);
    }
    if (const auto pipe = number(take_variable("EARSHOT_PREDECESSOR")); pipe && *pipe >= kFirstPassed) {
        const int descriptor = static_cast<int>(*pipe);
        if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0) made.predecessor_.reset(descriptor);
    }
    return made;
}

// They are passed to a process by its number: to another one they may be what it has opened itself.
void Supervisor::take_sockets() {
    const auto whose = number(take_variable("LISTEN_PID"));
    const auto count = number(take_variable("LISTEN_FDS"));
    const std::string names = take_variable("LISTEN_FDNAMES");
    if (!is_us(whose) || !count || *count > kMostPassed) return;
    std::string_view rest = names;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const int descriptor = kFirstPassed + static_cast<int>(i);
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        const std::string name(rest.substr(0, colon));
        rest.remove_prefix(std::min(colon + 1, rest.size()));
        if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) continue;
        sockets_.push_back({UniqueFd(descriptor), name});
    }
}

// An earshot before this one marks what it has made itself with a "+".
std::vector<net::PassedSocket> Supervisor::passed(bool for_metrics) const {
    std::vector<net::PassedSocket> found;
    for (const Socket& socket : sockets_) {
        const bool ours = socket.name.starts_with("+");
        const std::string_view bare = std::string_view(socket.name).substr(ours ? 1 : 0);
        if ((bare == "metrics") == for_metrics) found.push_back({socket.descriptor.get(), ours});
    }
    return found;
}

void Supervisor::notify(std::string_view state) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (notify_path_.empty() || notify_path_.size() >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, notify_path_.data(), notify_path_.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // abstract
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + notify_path_.size());
    // Best effort, and never waited for: the conversations do not stop because nobody reads this.
    ::sendto(socket.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), length);
}

void Supervisor::tell_predecessor(std::string_view line) {
    if (!predecessor_) return;
    [[maybe_unused]] const auto written = ::write(predecessor_.get(), line.data(), line.size());
    predecessor_.reset();
}

// Systemd hears the main process only, and that is the predecessor until it has said otherwise.
void Supervisor::ready(std::string_view status) {
    if (predecessor_) return tell_predecessor("ready\n");
    notify(fmt::format("READY=1\nSTATUS={}", status));
}

void Supervisor::reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void Supervisor::stopping() { notify("STOPPING=1"); }

void Supervisor::replaced_by(int pid) {
    notify(fmt::format("MAINPID={}\nWATCHDOG=1", pid));
    notify_path_.clear();
    watchdog_.reset();
}

void Supervisor::failed(std::string_view why) { tell_predecessor(fmt::format("failed {}\n", why)); }

// Twice as often as it must hear, as sd_watchdog_enabled(3) advises.
std::optional<Millis> Supervisor::ping_interval() const {
    if (!watchdog_ || notify_path_.empty()) return std::nullopt;
    return std::max(std::chrono::duration_cast<Millis>(*watchdog_ / 2), Millis(1));
}

std::vector<std::string> Supervisor::inherited_variables() const {
    std::vector<std::string> variables;
    if (!notify_path_.empty()) variables.push_back("NOTIFY_SOCKET=" + notify_path_);
    if (watchdog_) variables.push_back(fmt::format("WATCHDOG_USEC={}", watchdog_->count()));
    return variables;
}

}  // namespace earshot::app
