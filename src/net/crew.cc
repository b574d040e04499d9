#include "net/crew.h"

#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/i18n.h"

namespace earshot::net {

namespace {

constexpr Millis kLook{50};     // how often a thread that has anything to do asks whether the program is busy
constexpr double kBusy = 0.25;  // of a processor: on a full machine even all threads together do not get a whole one

// Of all threads: the more there are, the less each has.
double processor_seconds() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace

Crew::Crew(Loop& first, std::function<std::uint64_t()> work_done) : first_(first), work_done_(std::move(work_done)) {}

Crew::~Crew() { end(); }

void Crew::add(Loop& loop) { members_.push_back(std::make_unique<Member>(loop, members_.size() + 1)); }

Status Crew::begin() {
    const std::size_t all = members_.size() + 1;
    running_ = all;
    size_ = CrewSize(all);
    watch(first_);
    for (const auto& member : members_) {
        watch(member->loop);
        try {
            member->thread = std::thread([this, &member = *member] { serve(member); });
        } catch (const std::system_error& refused) {
            return Error{Reason::limit, tr_format("the system has no thread for --threads {}, only {}: {}", all,
                                                  member->place, refused.code().message())};
        }
    }
    return Ok{};
}

void Crew::end() {
    if (!std::exchange(lasts_, nullptr)) return;
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    for (const auto& member : members_) {
        member->returned.notify_one();
        member->loop.stop_soon();
    }
    for (const auto& member : members_) {
        if (member->thread.joinable()) member->thread.join();
    }
    due_.cancel();
    first_.set_on_lapse({}, {});
    first_.forget_guests();
}

void Crew::serve(Member& member) {
    std::unique_lock lock(mutex_);
    for (;;) {
        member.returned.wait(lock, [&] { return member.at_home || ends_; });
        if (ends_) return;
        lock.unlock();
        member.loop.run();
        lock.lock();
        if (ends_) return;
        member.at_home = false;
        lock.unlock();
        settle(member);
        lock.lock();
    }
}

// Nobody makes the loop's turns at this moment: it is handed to who shall. What it is sent meanwhile waits in its
// mailbox.
void Crew::settle(Member& member) {
    if (member.host == member.place) {
        const std::lock_guard lock(mutex_);
        member.at_home = true;
        member.returned.notify_one();
        return;
    }
    Loop& host = loop_at(member.host);
    host.post([this, &host, &member, lasts = lasting_] {
        if (!lasts.expired()) host.take_in(member.loop, [this, &member] { settle(member); });
    });
}

void Crew::run_on(std::size_t threads) {
    running_ = threads;
    for (const auto& member : members_) {
        const std::size_t host = member->place < threads ? member->place : member->place % threads;
        member->loop.post([&member = *member, host] {
            if (std::exchange(member.host, host) != host) member.loop.move_on();
        });
    }
}

// --- the number

void Crew::watch(Loop& loop) {
    loop.set_on_lapse(kLook, [this, &loop, lasts = lasting_, used = 0.0, at = SteadyTime()]() mutable {
        const double now_used = processor_seconds();
        const double took = std::chrono::duration<double>(loop.now() - std::exchange(at, loop.now())).count();
        const double share = (now_used - std::exchange(used, now_used)) / took;
        if (share < kBusy || tries_) return;
        first_.post([this, lasts] {
            if (!lasts.expired()) busy();
        });
    });
}

void Crew::busy() {
    size_.busy(first_.now(), work_done_());
    follow_size();
}

void Crew::advance() {
    size_.advance(first_.now(), work_done_());
    follow_size();
}

void Crew::follow_size() {
    if (size_.threads() != running_) run_on(size_.threads());
    tries_ = size_.due().has_value();
    if (tries_) first_.timers().set(due_, *size_.due());
}

}  // namespace earshot::net
