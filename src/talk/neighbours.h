// The shards of one listener, each on its thread, and the ways between them: who has which conversation, and letters
// that one shard opens for another. A letter is work to be done on the other's thread; those of one batch go together.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/credit.h"
#include "base/ids.h"

namespace earshot::talk {

class Session;
class Shard;

// Made before the threads begin, changed by nobody after that.
class Neighbours {
  public:
    using Post = std::function<void(std::function<void()>)>;  // as net::Loop's

    explicit Neighbours(std::size_t count);

    std::size_t count() const { return places_.size(); }
    // `post` runs work on that shard's thread.
    void settle(std::size_t place, Shard& shard, Post post);
    // The threads have ended: nobody's mailbox is reached any more.
    void close();

    // Where a conversation is: each shard gives out numbers of its own.
    std::size_t home_of(SessionId id) const { return (id.value - 1) % count(); }
    void post(std::size_t to, std::function<void()> work) const;
    Shard& shard(std::size_t place) const { return *places_[place].shard; }
    // Of what `from` has written to `to`.
    Credit& credit(std::size_t from, std::size_t to) const { return *credits_[from * count() + to]; }

  private:
    struct Place {
        Shard* shard = nullptr;
        Post post;
    };
    std::vector<Place> places_;
    std::vector<std::unique_ptr<Credit>> credits_;
};

// That a letter has been dealt with: its bytes count as under way for as long as somebody holds this.
class Receipt {
  public:
    Receipt(std::shared_ptr<const Neighbours> neighbours, std::size_t from, std::size_t to, std::size_t bytes)
        : neighbours_(std::move(neighbours)), from_(from), to_(to), bytes_(bytes) {}
    ~Receipt() { neighbours_->credit(from_, to_).give_back(bytes_); }
    Receipt(const Receipt&) = delete;
    Receipt& operator=(const Receipt&) = delete;

  private:
    const std::shared_ptr<const Neighbours> neighbours_;
    const std::size_t from_, to_, bytes_;
};

// One shard's letters to the others. Its thread's.
class Mail {
  public:
    // Called on the other shard's thread. Who keeps the receipt longer than the call holds up those who write.
    using Letter = std::function<void(Shard& there, const std::shared_ptr<Receipt>& receipt)>;

    Mail(std::shared_ptr<const Neighbours> neighbours, std::size_t place);

    std::size_t place() const { return place_; }
    std::size_t shards() const { return neighbours_->count(); }
    const Neighbours& neighbours() const { return *neighbours_; }

    // Goes with the batch's other letters to the same shard, in the order of these calls. `bytes`: what waits in it.
    void write(std::size_t to, std::size_t bytes, Letter letter);
    void write_to_others(std::size_t bytes, const Letter& letter);
    // So many letters have been begun; another number after they have left: the last one can be added to as long as
    // this says the same.
    std::uint64_t letters_to(std::size_t to) const { return outgoing_[to].begun; }
    // The last letter waits with more bytes.
    void enlarge(std::size_t to, std::size_t bytes) { outgoing_[to].bytes += bytes; }
    // What has been written leaves. The shard calls it after each batch; before it, for who does not want to wait.
    void send();

    // Whoever made us write is not read until the others have caught up, where somebody has more than a high-water mark
    // of our letters unopened.
    void hold_while_ahead(Session& session);
    // The same for who passes on what another shard has written: that one gets no receipt before.
    void hold_while_ahead(const std::shared_ptr<Receipt>& receipt);
    // For the neighbours: one that had been behind is not any more.
    void caught_up();

  private:
    struct Envelope {
        std::vector<Letter> letters;
        std::size_t bytes = 0;
        std::uint64_t begun = 0;  // letters, and one more with every sending
    };
    bool must_wait();

    const std::shared_ptr<const Neighbours> neighbours_;
    const std::size_t place_;
    std::vector<Envelope> outgoing_;  // by place
    bool has_letters_ = false;
    std::vector<SessionId> held_;
    std::vector<std::shared_ptr<Receipt>> receipts_;  // held too
};

}  // namespace earshot::talk
