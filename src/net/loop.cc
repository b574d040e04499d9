#include "net/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace earshot::net {

namespace {
constexpr int kBatch = 256;  // events taken by one epoll_wait; a batch shares its timestamp and one flush of the views
// Of posts among the loops of one thread before all flush: there, back, and as much again.
constexpr int kExchanges = 4;

// Another address in each thread.
const void* this_thread() {
    static thread_local const char place = 0;
    return &place;
}

}  // namespace

// The host sleeps until its own epoll or a guest's has something. It asks with poll(2): an epoll inside another would
// save a call where only the host has something, but the kernel walks all that the inner one watches when it is added,
// which with a million callers takes a tenth of a second. After a turn with as many events as there are loops it does
// not ask but gives all of them their turn. A turn is of all that have something: first their events, then what they
// have posted to each other, then they flush, so that what is said in one of them leaves as if they were one.
struct Loop::Guest {
    Guest(Loop& to, std::function<void()> when_gone) : loop(to), gone(std::move(when_gone)) {}

    Loop& loop;
    std::function<void()> gone;
    bool ready = true;
};

Loop::Loop(const Clock& clock)
    : clock_(clock),
      wheel_(clock.now()),
      now_(clock.now()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    EARSHOT_CHECK(epoll_ >= 0 && wakeup_ >= 0);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;  // stands for the mailbox
    EARSHOT_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &event) == 0);
}

Loop::~Loop() {
    ::close(epoll_);
    ::close(wakeup_);
}

bool Loop::add(int descriptor, std::uint32_t epoll_events, Watcher& watcher) {
    epoll_event event{};
    event.events = epoll_events;
    event.data.ptr = &watcher;
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Loop::modify(int descriptor, std::uint32_t epoll_events, Watcher& watcher) {
    epoll_event event{};
    event.events = epoll_events;
    event.data.ptr = &watcher;
    EARSHOT_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) == 0);
}

void Loop::remove(int descriptor, Watcher& watcher) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    auto* events = static_cast<epoll_event*>(batch_);
    for (int i = batch_at_; i < batch_size_; ++i) {
        if (events[i].data.ptr == &watcher) events[i].events = 0;
    }
}

void Loop::post(std::function<void()> work) {
    const bool is_own = driver_.load(std::memory_order_relaxed) == this_thread();
    if (is_own) has_own_posts_ = true;
    bool is_first = false;
    {
        const std::lock_guard lock(mutex_);
        is_first = posted_.empty();
        posted_.push_back(std::move(work));
    }
    if (is_first && !is_own) wake();  // else somebody has, and what he posted has not been taken yet
}

void Loop::stop_soon() {
    stop_ = true;
    wake();
}

void Loop::wake() {
    const std::uint64_t one = 1;
    // A full counter is a wake-up already under way.
    [[maybe_unused]] const auto written = ::write(wakeup_, &one, sizeof one);
}

void Loop::empty_wakeup() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wakeup_, &count, sizeof count);
}

void Loop::run_posted() {
    has_own_posts_ = false;
    std::vector<std::function<void()>> work;
    {
        const std::lock_guard lock(mutex_);
        work.swap(posted_);
    }
    for (auto& item : work) item();
}

// When a turn is needed even if no descriptor has anything: its own timers', its guests', long ago for one who waits.
std::optional<SteadyTime> Loop::next_due() const {
    if (has_own_posts_) return SteadyTime();
    std::optional<SteadyTime> first = wheel_.next_deadline();
    for (const auto& guest : guests_) {
        const auto due = guest->ready ? std::optional(SteadyTime()) : guest->loop.next_due();
        if (due && (!first || *due < *first)) first = due;
    }
    return first;
}

int Loop::turn(int timeout_ms) {
    const bool waits_for_descriptors_only = !has_own_posts_ && wheel_.is_empty() && guests_.empty();
    if (const auto due = waits_for_descriptors_only ? std::nullopt : next_due()) {
        // Rounded up: waking a little late is one turn, waking early is two.
        const auto wait = std::chrono::ceil<Millis>(*due - clock_.now()).count();
        const int until_due = static_cast<int>(std::clamp<std::int64_t>(wait, 0, 3'600'000));
        timeout_ms = timeout_ms < 0 ? until_due : std::min(timeout_ms, until_due);
    }
    if (guests_.empty()) {
        const int count = take_events(timeout_ms);
        finish_batch();
        return count;
    }
    const bool has_events = is_crowded_ || ask_all(timeout_ms);
    const int count = take_events_of_all(has_events ? std::optional(0) : std::nullopt, is_crowded_);
    bool any_posts = true;
    for (int i = 0; i < kExchanges && any_posts; ++i) {
        hand_on_all();
        any_posts = open_posts_of_all();
    }
    is_crowded_ = count > static_cast<int>(guests_.size());
    finish_all();
    let_go();
    return count;
}

inline std::size_t Loop::take_effort() {
    const std::size_t own = std::exchange(effort_, 0);
    return guests_.empty() ? own : own + take_effort_of_guests();
}

std::size_t Loop::take_effort_of_guests() {
    std::size_t effort = 0;
    for (const auto& guest : guests_) effort += guest->loop.take_effort();
    return effort;
}

// `ask` with 0 for as long as that is worth it, then with all the time there is. How many have something.
template <typename Ask>
int Loop::look_and_sleep(int timeout_ms, const Ask& ask) {
    const auto patience = timeout_ms == 0 ? std::chrono::nanoseconds() : lookout_.patience(take_effort());
    if (patience.count() > 0) {
        int found = 0;
        // The time that processors need, whatever the clock of a test says.
        const auto until = std::chrono::steady_clock::now() + patience;
        do found = ask(0);
        while (found == 0 && std::chrono::steady_clock::now() < until);
        lookout_.note(found > 0);
        if (found != 0) return found;
    }
    return ask(timeout_ms);
}

// What has happened, what is posted and what is due; `timeout_ms` empty: nothing has happened.
int Loop::take_events(std::optional<int> timeout_ms) {
    epoll_event events[kBatch];
    const auto ask = [&](int at_most_ms) { return ::epoll_wait(epoll_, events, kBatch, at_most_ms); };
    const int count = timeout_ms ? look_and_sleep(*timeout_ms, ask) : 0;
    EARSHOT_CHECK(count >= 0 || errno == EINTR);
    now_known_ = false;
    in_batch_ = true;
    bool mailbox = has_own_posts_;
    batch_ = events;
    batch_size_ = std::max(count, 0);
    for (batch_at_ = 0; batch_at_ < batch_size_;) {
        const epoll_event& event = events[batch_at_++];
        if (event.data.ptr == nullptr) {
            empty_wakeup();
            mailbox = true;
        } else if (event.events != 0) {
            static_cast<Watcher*>(event.data.ptr)->on_events(event.events);
        }
    }
    batch_ = nullptr;
    batch_size_ = 0;
    if (mailbox) run_posted();
    if (!wheel_.is_empty()) wheel_.advance(now());
    return count;
}

void Loop::finish_batch() {
    in_batch_ = false;
    if (after_batch_) after_batch_();
}

bool Loop::run_once(Millis at_most) { return turn(static_cast<int>(at_most.count())) > 0; }

void Loop::run() {
    set_driver(this_thread());
    if (after_batch_) after_batch_();  // what was made before the first wait must not stay behind it
    while (!moving_ && !stop_.exchange(false)) {
        turn(-1);
        if (on_lapse_ && now() >= next_lapse_) {
            next_lapse_ = now() + lapse_;
            on_lapse_();
        }
    }
    moving_ = false;
    set_driver(nullptr);
}

void Loop::set_on_lapse(Millis every, std::function<void()> on_lapse) {
    lapse_ = every;
    next_lapse_ = clock_.now() + every;
    on_lapse_ = std::move(on_lapse);
}

// --- guests

void Loop::take_in(Loop& guest, std::function<void()> gone) {
    guest.set_driver(this_thread());
    guests_.push_back(std::make_unique<Guest>(guest, std::move(gone)));
}

void Loop::forget_guests() {
    for (const auto& guest : guests_) guest->loop.set_driver(nullptr);
    guests_.clear();
}

void Loop::set_driver(const void* thread) {
    driver_ = thread;
    for (const auto& guest : guests_) guest->loop.set_driver(thread);
}

// Waits until one of the loops that are on this thread has something. True: this one itself has.
bool Loop::ask_all(int timeout_ms) {
    asked_.clear();
    list_all(asked_);
    const auto ask = [this](int at_most_ms) { return ::poll(asked_.data(), asked_.size(), at_most_ms); };
    if (look_and_sleep(timeout_ms, ask) < 0) {
        for (pollfd& each : asked_) each.revents = POLLIN;  // nobody knows: all are given their turn
    }
    const pollfd* at = asked_.data();
    hear_all(at);
    return asked_.front().revents != 0;
}

void Loop::list_all(std::vector<pollfd>& all) const {
    all.push_back({epoll_, POLLIN, 0});
    for (const auto& guest : guests_) guest->loop.list_all(all);
}

// Goes through them in the same order.
bool Loop::hear_all(const pollfd*& at) {
    bool any = (at++)->revents != 0;
    for (const auto& guest : guests_) {
        if (!guest->loop.hear_all(at)) continue;
        guest->ready = any = true;
    }
    return any;
}

// Who begins is drawn by lot: of what several watch, as of callers at a door they share, the first takes most.
int Loop::take_events_of_all(std::optional<int> timeout_ms, bool crowded) {
    now_known_ = false;
    lot_ = lot_ * 1'664'525 + 1'013'904'223;
    const std::size_t guests = guests_.size(), begins = (lot_ >> 16) % (guests + 1);
    int count = 0;
    for (std::size_t i = 0; i <= guests; ++i) {
        const std::size_t place = (begins + i) % (guests + 1);
        count += place < guests ? take_events_of(*guests_[place], crowded) : take_events(timeout_ms);
    }
    return count;
}

int Loop::take_events_of(Guest& guest, bool crowded) {
    if (!guest.ready && !crowded) {
        const auto due = guest.loop.next_due();
        if (!due || *due > now()) return 0;
    }
    guest.ready = false;
    return guest.loop.take_events_of_all(0, crowded);
}

// By number: somebody may be taken in meanwhile.
void Loop::hand_on_all() {
    if (in_batch_ && hand_on_) hand_on_();
    for (std::size_t i = 0; i < guests_.size(); ++i) guests_[i]->loop.hand_on_all();
}

// A turn of posts only is a batch too. True: somebody had any.
bool Loop::open_posts_of_all() {
    bool any = has_own_posts_;
    if (any) {
        if (!std::exchange(in_batch_, true)) now_known_ = false;
        run_posted();
    }
    for (std::size_t i = 0; i < guests_.size(); ++i) any |= guests_[i]->loop.open_posts_of_all();
    return any;
}

void Loop::finish_all() {
    if (in_batch_) finish_batch();
    for (std::size_t i = 0; i < guests_.size(); ++i) guests_[i]->loop.finish_all();
}

void Loop::let_go() {
    for (std::size_t i = 0; i < guests_.size();) {
        Guest& guest = *guests_[i];
        guest.loop.let_go();
        if (!std::exchange(guest.loop.moving_, false)) {
            ++i;
            continue;
        }
        const std::unique_ptr<Guest> leaving = std::move(guests_[i]);
        guests_.erase(guests_.begin() + static_cast<std::ptrdiff_t>(i));
        leaving->loop.set_driver(nullptr);
        leaving->gone();
    }
}

}  // namespace earshot::net
