#include "talk/neighbours.h"

#include <utility>

#include "talk/session.h"
#include "talk/shard.h"

namespace earshot::talk {

namespace {
constexpr std::size_t kMostUnderWay = 1 << 20;  // bytes from one shard to another: as a caller's high-water mark
constexpr std::size_t kLetter = 64;             // bytes that a letter itself counts
}  // namespace

Neighbours::Neighbours(std::size_t count) : places_(count) {
    for (std::size_t from = 0; from < count; ++from) {
        for (std::size_t to = 0; to < count; ++to) {
            const auto on_room = [this, from] { post(from, [&shard = shard(from)] { shard.mail()->caught_up(); }); };
            credits_.push_back(std::make_unique<Credit>(kMostUnderWay, on_room));
        }
    }
}

void Neighbours::settle(std::size_t place, Shard& shard, Post post) { places_[place] = {&shard, std::move(post)}; }

void Neighbours::close() {
    for (Place& place : places_) place.post = nullptr;
}

void Neighbours::post(std::size_t to, std::function<void()> work) const {
    if (places_[to].post) places_[to].post(std::move(work));
}

Mail::Mail(std::shared_ptr<const Neighbours> neighbours, std::size_t place)
    : neighbours_(std::move(neighbours)), place_(place), outgoing_(neighbours_->count()) {}

void Mail::write(std::size_t to, std::size_t bytes, Letter letter) {
    has_letters_ = true;
    Envelope& envelope = outgoing_[to];
    envelope.letters.push_back(std::move(letter));
    envelope.bytes += bytes + kLetter;
    ++envelope.begun;
}

void Mail::write_to_others(std::size_t bytes, const Letter& letter) {
    for (std::size_t to = 0; to < shards(); ++to) {
        if (to != place_) write(to, bytes, letter);
    }
}

void Mail::send() {
    if (!std::exchange(has_letters_, false)) return;
    for (std::size_t to = 0; to < shards(); ++to) {
        Envelope& envelope = outgoing_[to];
        if (envelope.letters.empty()) continue;
        const std::size_t bytes = std::exchange(envelope.bytes, 0);
        ++envelope.begun;
        neighbours_->credit(place_, to).spend(bytes);
        auto receipt = std::make_shared<Receipt>(neighbours_, place_, to, bytes);
        neighbours_->post(to, [&there = neighbours_->shard(to), letters = std::exchange(envelope.letters, {}),
                               receipt = std::move(receipt)] {
            for (const Letter& letter : letters) letter(there, receipt);
        });
    }
}

// True: caught_up() will be called.
bool Mail::must_wait() {
    bool waits = false;
    for (std::size_t to = 0; to < shards(); ++to) waits |= neighbours_->credit(place_, to).must_wait();
    return waits;
}

void Mail::hold_while_ahead(Session& session) {
    if (!must_wait()) return;
    session.pause_reading(Session::Pause::neighbours);
    held_.push_back(session.id());
}

void Mail::hold_while_ahead(const std::shared_ptr<Receipt>& receipt) {
    if (must_wait()) receipts_.push_back(receipt);
}

// One of them has; another may still be behind, and will say so itself.
void Mail::caught_up() {
    if (must_wait()) return;
    receipts_.clear();
    Shard& here = neighbours_->shard(place_);
    for (const SessionId id : std::exchange(held_, {})) {
        if (Session* const session = here.find(id)) session->resume_reading(Session::Pause::neighbours);
    }
}

}  // namespace earshot::talk
