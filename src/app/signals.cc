#include "app/signals.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "base/check.h"

namespace earshot::app {

Signals::Signals(net::Loop& loop, std::initializer_list<int> signals, std::function<void(int)> on_signal)
    : loop_(loop), on_signal_(std::move(on_signal)) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : signals) ::sigaddset(&set, signal);
    EARSHOT_CHECK(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
    descriptor_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    EARSHOT_CHECK(static_cast<bool>(descriptor_));
    EARSHOT_CHECK(loop_.add(descriptor_.get(), EPOLLIN, *this));
}

Signals::~Signals() { loop_.remove(descriptor_.get(), *this); }

void Signals::on_events(std::uint32_t) {
    signalfd_siginfo facts{};
    while (::read(descriptor_.get(), &facts, sizeof facts) == static_cast<ssize_t>(sizeof facts)) {
        on_signal_(static_cast<int>(facts.ssi_signo));
    }
}

}  // namespace earshot::app
