#include "app/terminal.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/i18n.h"

namespace earshot::app {

namespace {

constexpr char kEnter[] = "\x1b[?2004h";  // bracketed paste, so that pasted text is never taken for commands
constexpr char kLeave[] = "\x1b[?2004l";

// What a signal handler needs to put the terminal back; a handler can reach nothing but globals.
int g_device = -1;
termios g_before{};

constexpr int kDeadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

extern "C" void put_back_and_die(int signal) {
    if (g_device >= 0) {
        [[maybe_unused]] const auto written = ::write(g_device, kLeave, sizeof kLeave - 1);
        ::tcsetattr(g_device, TCSANOW, &g_before);
    }
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

void handle_deadly_signals(bool on) {
    for (const int signal : kDeadly) ::signal(signal, on ? put_back_and_die : SIG_DFL);
}

}  // namespace

int terminal_columns(int descriptor) {
    winsize size{};
    const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? int{size.ws_col} : 80;
}

Result<std::unique_ptr<Terminal>> Terminal::open(net::Loop& loop, Handler handler) {
    UniqueFd device(::open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!device || ::tcgetattr(device.get(), &g_before) != 0) {
        return Error{
            Reason::failed,
            tr_format("cannot use the terminal /dev/tty: {}; run it in a terminal, or with --json", errno_text(errno))};
    }
    std::unique_ptr<Terminal> terminal(new Terminal(loop, std::move(device), std::move(handler)));
    terminal->waits_ = loop.add(terminal->device_.get(), EPOLLIN, *terminal);
    if (!terminal->waits_) {
        return Error{Reason::failed, tr_format("cannot wait for the terminal: {}", errno_text(errno))};
    }
    terminal->enter();
    return terminal;
}

Terminal::Terminal(net::Loop& loop, UniqueFd device, Handler handler)
    : loop_(loop), device_(std::move(device)), handler_(std::move(handler)) {}

Terminal::~Terminal() {
    if (waits_) loop_.remove(device_.get(), *this);
    leave();
}

void Terminal::enter() {
    termios raw = g_before;
    ::cfmakeraw(&raw);
    raw.c_oflag |= OPOST | ONLCR;  // what others print to this terminal (a shell's background job) stays readable
    ::tcsetattr(device_.get(), TCSADRAIN, &raw);
    g_device = device_.get();
    handle_deadly_signals(true);
    write(kEnter);
}

void Terminal::leave() {
    if (g_device < 0) return;
    write(kLeave);
    // The last words are worth a moment to a slow terminal, not more.
    for (int tries = 0; tries < 20 && !waiting_.empty() && !gone_; ++tries) {
        ::usleep(10'000);
        flush();
    }
    handle_deadly_signals(false);
    ::tcsetattr(device_.get(), TCSANOW, &g_before);
    g_device = -1;
}

void Terminal::suspend() {
    leave();
    ::raise(SIGSTOP);
    enter();
    if (handler_.on_resumed) handler_.on_resumed();
}

int Terminal::columns() const { return terminal_columns(device_.get()); }

void Terminal::write(std::string_view bytes) {
    if (gone_) return;
    waiting_ += bytes;
    flush();
}

void Terminal::flush() {
    std::size_t done = 0;
    while (done < waiting_.size()) {
        const ssize_t written = ::write(device_.get(), waiting_.data() + done, waiting_.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno != EAGAIN) gone_ = true;
        if (written < 0) break;
        done += static_cast<std::size_t>(written);
    }
    waiting_.erase(0, gone_ ? waiting_.size() : done);
    watch();
}

void Terminal::watch() {
    const bool wanted = !waiting_.empty();
    if (!waits_ || wanted == watching_output_) return;
    watching_output_ = wanted;
    loop_.modify(device_.get(), wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
}

void Terminal::on_events(std::uint32_t epoll_events) {
    if (epoll_events & EPOLLOUT) flush();
    if (!(epoll_events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    char keys[16 * 1024];
    const ssize_t got = ::read(device_.get(), keys, sizeof keys);
    if (got > 0) {
        if (got == 1 && keys[0] == '\x1a') return suspend();  // Ctrl-Z
        return handler_.on_keys({keys, static_cast<std::size_t>(got)});
    }
    const bool later = got < 0 && (errno == EINTR || (errno == EAGAIN && !(epoll_events & (EPOLLHUP | EPOLLERR))));
    if (!later) hang_up();
}

// A terminal that is gone is ready for ever: waited for any longer, it would keep the loop turning.
void Terminal::hang_up() {
    gone_ = true;
    waiting_.clear();
    loop_.remove(device_.get(), *this);
    waits_ = false;
    handler_.on_gone();
}

}  // namespace earshot::app
