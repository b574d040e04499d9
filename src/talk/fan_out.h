// What many callers get, formatted once: a log of lines, each member's place in it, and one write a member of all that
// is missing, after each batch of events. Saying a line costs one copy, however many there are to hear it.
//
// A member's own lines are left out. What a member gets from elsewhere (Session::send) keeps its place among the lines.
// Who reads too slowly has the rest in his queue, which shares the log's blocks, up to his high-water mark; then
// SessionOptions::slow says what becomes of him. Owned by a responder, which outlives the shard; one thread's. Where
// members are in several shards, each has a fan-out, and the others get a batch's lines as a Parcel: by reference.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "talk/neighbours.h"
#include "talk/outbox.h"

namespace earshot::talk {

class Session;
class Shard;

class FanOut {
  public:
    FanOut() = default;
    ~FanOut();  // not from inside a responder's call
    FanOut(const FanOut&) = delete;
    FanOut& operator=(const FanOut&) = delete;

    // He gets what is said from now on, until he leaves or his direction ends. One fan-out a session; in another he
    // leaves the one he was in.
    void join(Session& session);
    // What has been said until now he still gets.
    void leave(Session& session);
    // To all members but `sender`, who need not be one; null: to all.
    void say(Session* sender, ByteView line);
    // To one member alone, in its place among the lines. Under Slow::wait `sender`, who may be null, waits as in say().
    void tell(Session& to, Session* sender, ByteView line);

    // What was said here since the last one, line by line, for the fan-outs of other shards.
    struct Parcel {
        struct Piece {
            SharedBlock block;
            ByteView bytes;
        };
        std::vector<Piece> pieces;
        std::vector<std::size_t> lines;  // bytes of each
        std::size_t size = 0;            // bytes of all
    };
    // Told of it in each batch in which something was said here, before the members get it.
    void set_on_parcel(std::function<void(const std::shared_ptr<const Parcel>&)> on_parcel) {
        on_parcel_ = std::move(on_parcel);
    }
    // To all members, without a copy. Under Slow::wait the receipt is kept while somebody is full.
    void say(const std::shared_ptr<const Parcel>& parcel, const std::shared_ptr<Receipt>& receipt);
    // Slow::wait: the receipt is kept while somebody is full, or so much has been said that somebody may be.
    void hold_while_full(const std::shared_ptr<Receipt>& receipt);
    bool is_empty() const { return members_.empty(); }
    std::size_t size() const { return members_.size(); }

  private:
    friend class Session;
    friend class Shard;

    struct Member {
        Session* session = nullptr;
        std::uint64_t seen = 0;      // his place in the log: all before it has been sent or queued or was dropped
        std::uint32_t spoke_in = 0;  // the last batch in which he said something
        bool lags = false;           // his queue was full: he misses lines until half of it is free
        bool is_full = false;        // Slow::wait: the others wait for him
    };
    struct Line {
        std::uint64_t end = 0;
        const Session* sender = nullptr;
        bool from_elsewhere = false;  // another shard
    };
    // A part of the log that lies in one piece in one block.
    struct Segment {
        std::uint64_t begin = 0;  // place in the log of its first byte
        ByteView bytes;
        SharedBlock block;
    };
    struct Place {
        std::uint64_t begin = 0, end = 0;
    };

    // For the shard, after a batch.
    void deliver();
    // For a session: it gets something for itself, and what was said before comes first.
    void catch_up(Session& session);
    // For a session: some of its queue has left.
    void flushed(Session& session);
    // For a session that has ended.
    void remove(Session& session);

    Member& member_of(const Session& session);
    void fetch_ahead(std::size_t place) const;
    void give(std::size_t place);
    bool give_at_once(std::size_t place, std::size_t& taken);
    void queue(Member& member, std::size_t taken);
    template <typename Each>
    void for_pieces(Place place, Each each) const;
    void pieces_of(Place place, std::vector<ByteView>& pieces) const;
    void note_if_full(Member& member);
    void hold(Session& sender);
    void append_to(Session& session, Place place) const;
    void append(ByteView bytes);
    // For the shard: memory is short.
    void give_up_block();
    template <typename Block>
    void add_segment(const std::shared_ptr<Block>& block, ByteView bytes);
    void hand_on();
    void clear_batch();
    void mark();
    void unmark();
    void resume_senders();

    Shard* shard_ = nullptr;  // of its members; without any it means nothing
    std::vector<Member> members_;
    std::uint32_t batch_ = 1;
    std::uint64_t begin_ = 0, end_ = 0;  // of the batch in the log
    std::vector<Line> lines_;            // of the batch
    std::vector<Segment> segments_;      // the batch lies in them
    std::shared_ptr<LogBlock> block_;    // what is said here is written into it; kept while others have it too
    bool block_is_abroad_ = false;       // other threads read it: bytes of it are written once only
    std::function<void(const std::shared_ptr<const Parcel>&)> on_parcel_;
    std::size_t handed_on_ = 0;                       // lines of the batch that have been
    std::vector<std::shared_ptr<Receipt>> receipts_;  // Slow::wait
    std::vector<ByteView> whole_;                     // the batch's bytes, up to whole_end_
    std::uint64_t whole_end_ = 0;
    std::vector<ByteView> pieces_;   // of one member, while he is given them
    std::vector<SessionId> paused_;  // Slow::wait: senders who are not read
    std::size_t full_ = 0;           // Slow::wait: members who are full
    bool is_marked_ = false;         // in the shard's list
    bool is_listed_ = false;         // in that of those who may keep a block
    bool is_walking_ = false;
};

}  // namespace earshot::talk
