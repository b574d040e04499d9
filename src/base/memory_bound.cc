#include "base/memory_bound.h"

#include <algorithm>
#include <utility>

namespace earshot {

std::size_t smallest_victim(const std::vector<std::vector<std::size_t>>& holdings, ByteCount need) {
    std::vector<std::size_t> all;
    for (const std::vector<std::size_t>& each : holdings) all.insert(all.end(), each.begin(), each.end());
    std::sort(all.begin(), all.end(), std::greater<>());
    ByteCount sum = 0;
    std::size_t smallest = 0;
    for (const std::size_t size : all) {
        if (sum >= need || size == 0) break;
        sum += size;
        smallest = size;
    }
    return smallest;
}

std::size_t MemoryBound::join(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    places_.push_back({std::move(wake), {}, false, 0});
    return places_.size() - 1;
}

void MemoryBound::close() {
    const std::lock_guard lock(mutex_);
    for (Place& place : places_) place.wake = nullptr;
}

void MemoryBound::wake_all(std::size_t but) {
    for (std::size_t place = 0; place < places_.size(); ++place) {
        if (place != but && places_[place].wake) places_[place].wake();
    }
}

// Whoever takes or gives back in between may see the other's answer: each looks again after it has said so, and the
// next one to take or to give back does.
void MemoryBound::became_short() {
    is_short_.store(true);
    if (held_.load() <= enough()) is_short_.store(false);
}

void MemoryBound::has_room() {
    is_short_.store(false);
    if (held_.load() >= most_) {
        is_short_.store(true);
        return;
    }
    const std::lock_guard lock(mutex_);
    for (Place& place : places_) {
        place.holdings.clear();
        place.has_reported = false;
        place.victim = 0;
    }
    if (places_.size() > 1) wake_all(places_.size());  // those who have let somebody wait
}

// A round is over when everybody has reported since the last one: what comes of it is from what all have now.
std::size_t MemoryBound::report(std::size_t place, Report report) {
    const std::lock_guard lock(mutex_);
    Place& here = places_[place];
    if (here.victim != 0) return std::exchange(here.victim, 0);
    const bool is_first = !here.has_reported;
    const bool has_any = !report.holdings.empty();
    here.holdings = std::move(report.holdings);
    here.has_reported = true;
    if (!std::all_of(places_.begin(), places_.end(), [](const Place& each) { return each.has_reported; })) {
        if (is_first && has_any) wake_all(place);
        return 0;
    }
    std::vector<std::vector<std::size_t>> all;
    ByteCount sum = 0;
    for (Place& each : places_) {
        for (const std::size_t size : each.holdings) sum += size;
        all.push_back(std::move(each.holdings));
        each.holdings.clear();
        each.has_reported = false;
    }
    const std::size_t victim = smallest_victim(all, beyond(report.need, beyond(report.held, sum)));
    if (victim == 0) return 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const bool concerned =
            std::any_of(all[i].begin(), all[i].end(), [=](std::size_t size) { return size >= victim; });
        if (!concerned || i == place) continue;
        places_[i].victim = victim;
        if (places_[i].wake) places_[i].wake();
    }
    return victim;
}

}  // namespace earshot
