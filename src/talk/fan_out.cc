#include "talk/fan_out.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"
#include "talk/session.h"
#include "talk/shard.h"

namespace earshot::talk {

FanOut::~FanOut() {
    EARSHOT_CHECK(!is_walking_);
    for (const Member& member : members_) member.session->fan_out_ = nullptr;
    unmark();
    if (is_listed_) std::erase(shard_->fan_outs_, this);
}

FanOut::Member& FanOut::member_of(const Session& session) { return members_[session.fan_place_]; }

void FanOut::mark() {
    if (!std::exchange(is_marked_, true)) shard_->to_deliver_.push_back(this);
}

void FanOut::unmark() {
    if (std::exchange(is_marked_, false)) std::erase(shard_->to_deliver_, this);
}

void FanOut::join(Session& session) {
    if (session.fan_out_ == this || !session.may_send() || session.has_ended()) return;
    if (session.fan_out_) session.fan_out_->leave(session);
    EARSHOT_CHECK(members_.empty() || shard_ == &session.shard());
    shard_ = &session.shard();
    session.fan_out_ = this;
    session.fan_place_ = static_cast<std::uint32_t>(members_.size());
    members_.push_back({&session, end_, 0, false, false});
}

void FanOut::leave(Session& session) {
    if (session.fan_out_ != this) return;
    catch_up(session);
    remove(session);
    shard_->needs_flush(session);
}

// The last takes the place of who leaves; a walk goes from the last to the first and so misses nobody.
void FanOut::remove(Session& session) {
    if (member_of(session).is_full) --full_;
    const std::uint32_t place = session.fan_place_;
    session.fan_out_ = nullptr;
    members_[place] = members_.back();
    members_[place].session->fan_place_ = place;
    members_.pop_back();
    if (!paused_.empty() || !receipts_.empty()) mark();
}

void FanOut::say(Session* sender, ByteView line) {
    if (sender) shard_ = &sender->shard();
    if ((members_.empty() && !on_parcel_) || line.empty() || !shard_) return;
    append(line);
    lines_.push_back({end_, sender, false});
    mark();
    if (!sender) return;
    if (sender->fan_out_ == this) member_of(*sender).spoke_in = batch_;
    const SessionOptions& options = *sender->options_;
    if (options.slow == Slow::wait && (full_ > 0 || end_ - begin_ >= options.high_water)) hold(*sender);
}

void FanOut::say(const std::shared_ptr<const Parcel>& parcel, const std::shared_ptr<Receipt>& receipt) {
    if (members_.empty()) return;
    for (const Parcel::Piece& piece : parcel->pieces) add_segment(piece.block, piece.bytes);
    std::uint64_t end = end_ - parcel->size;
    for (const std::size_t size : parcel->lines) lines_.push_back({end += size, nullptr, true});
    if (shard_->options().slow == Slow::wait) receipts_.push_back(receipt);
    mark();
}

void FanOut::hold_while_full(const std::shared_ptr<Receipt>& receipt) {
    if (full_ == 0 && lines_.empty()) return;
    if (receipts_.empty() || receipts_.back() != receipt) receipts_.push_back(receipt);
    mark();
}

void FanOut::append(ByteView bytes) {
    if (!block_ || block_->room() < bytes.size()) {
        if (!std::exchange(is_listed_, true)) shard_->fan_outs_.push_back(this);
        block_ = shard_->block_for(bytes.size());
        block_is_abroad_ = false;
    }
    add_segment(block_, block_->append(bytes));
}

void FanOut::give_up_block() {
    if (segments_.empty()) block_.reset();
}

template <typename Block>
void FanOut::add_segment(const std::shared_ptr<Block>& block, ByteView bytes) {
    if (!segments_.empty()) {
        Segment& last = segments_.back();
        if (last.block == block && last.bytes.data() + last.bytes.size() == bytes.data()) {
            last.bytes = {last.bytes.data(), last.bytes.size() + bytes.size()};
            end_ += bytes.size();
            return;
        }
    }
    segments_.push_back({end_, bytes, block});
    end_ += bytes.size();
}

template <typename Each>
void FanOut::for_pieces(Place place, Each each) const {
    for (const Segment& segment : segments_) {
        const std::uint64_t from = std::max(place.begin, segment.begin);
        const std::uint64_t to = std::min(place.end, segment.begin + segment.bytes.size());
        if (from < to) each(segment, segment.bytes.subspan(from - segment.begin, to - from));
    }
}

void FanOut::pieces_of(Place place, std::vector<ByteView>& pieces) const {
    for_pieces(place, [&](const Segment&, ByteView bytes) { pieces.push_back(bytes); });
}

void FanOut::append_to(Session& session, Place place) const {
    for_pieces(place, [&](const Segment& segment, ByteView bytes) {
        session.outbox_.append(segment.block, bytes);
        session.shard_.tally_.queued.add(bytes.size());
    });
}

// What has been said here and the other shards do not have yet.
void FanOut::hand_on() {
    if (!on_parcel_ || handed_on_ == lines_.size()) return;
    auto parcel = std::make_shared<Parcel>();
    std::uint64_t begin = handed_on_ == 0 ? begin_ : lines_[handed_on_ - 1].end;
    Place next;
    const auto add = [&](Place place) {
        for_pieces(place, [&](const Segment& segment, ByteView bytes) {
            parcel->pieces.push_back({segment.block, bytes});
        });
    };
    for (; handed_on_ < lines_.size(); ++handed_on_) {
        const Line& line = lines_[handed_on_];
        const Place at{std::exchange(begin, line.end), line.end};
        if (line.from_elsewhere) continue;
        parcel->lines.push_back(at.end - at.begin);
        parcel->size += at.end - at.begin;
        if (next.end == at.begin) {
            next.end = at.end;
        } else {
            add(std::exchange(next, at));
        }
    }
    add(next);
    if (parcel->lines.empty()) return;
    block_is_abroad_ = true;
    on_parcel_(parcel);
}

// Of thousands each one's session and connection lie in memory nobody has touched since the last line: they come into
// the cache while others are being served.
void FanOut::fetch_ahead(std::size_t place) const {
    constexpr std::size_t kSessionsAhead = 8, kConnectionsAhead = 4;
    if (place < kSessionsAhead) return;
    const Session& session = *members_[place - kSessionsAhead].session;
    __builtin_prefetch(&session.connection_);
    __builtin_prefetch(&session.outbox_);
    __builtin_prefetch(&session.sent_);
    __builtin_prefetch(&session.flush_pending_);
    __builtin_prefetch(members_[place - kConnectionsAhead].session->connection_.get());
}

void FanOut::deliver() {
    is_marked_ = false;
    is_walking_ = true;
    // Whoever is lost on the way may make a responder say more: until everybody has all.
    for (std::uint64_t end = begin_; end != end_;) {
        end = end_;
        hand_on();  // first, so that the other shards are at work at the same time
        for (std::size_t place = members_.size(); place-- > 0;) {
            if (place >= members_.size()) continue;
            fetch_ahead(place);
            give(place);
        }
    }
    is_walking_ = false;
    clear_batch();
    if (full_ > 0) return;
    resume_senders();
    receipts_.clear();
}

void FanOut::clear_batch() {
    begin_ = end_;
    whole_end_ = end_;
    handed_on_ = 0;
    ++batch_;
    lines_.clear();
    whole_.clear();
    segments_.clear();
    if (!block_) return;
    if (!block_->is_usual()) {
        block_.reset();
    } else if (!block_is_abroad_ && block_.use_count() == 1) {
        shard_->take_back(std::move(block_));  // nobody has it in his queue: written anew, while it is in the cache
    }
}

void FanOut::resume_senders() {
    for (const SessionId id : std::exchange(paused_, {})) {
        if (Session* session = shard_->find(id)) session->resume_reading();
    }
}

// True: he has everything, or is gone. Else `taken` bytes have left.
bool FanOut::give_at_once(std::size_t place, std::size_t& taken) {
    Member& member = members_[place];
    std::span<const ByteView> pieces = pieces_;
    std::size_t total = end_ - begin_;
    if (member.seen == begin_ && member.spoke_in != batch_) {
        if (whole_end_ != end_) {
            whole_.clear();
            pieces_of({begin_, end_}, whole_);
            whole_end_ = end_;
        }
        pieces = whole_;
    } else {
        pieces_.clear();
        total = 0;
        std::uint64_t begin = begin_;
        Place next;
        for (const Line& line : lines_) {
            const Place at{std::exchange(begin, line.end), line.end};
            if (at.begin < member.seen || line.sender == member.session) continue;
            total += at.end - at.begin;
            if (next.end == at.begin) {
                next.end = at.end;
            } else {
                pieces_of(std::exchange(next, at), pieces_);
            }
        }
        pieces_of(next, pieces_);
        pieces = pieces_;
    }
    Session& session = *member.session;
    if (total > 0 && !session.send_at_once(pieces, taken)) return true;
    if (taken < total) return false;
    member.seen = end_;
    return true;
}

void FanOut::give(std::size_t place) {
    Session& session = *members_[place].session;
    std::size_t taken = 0;
    if (members_[place].seen != end_) {
        if (session.flush_pending_) session.flush();  // what he is to get before
        if (session.fan_out_ != this) return;
        if (session.outbox_.empty() && !members_[session.fan_place_].lags && give_at_once(session.fan_place_, taken)) {
            return;
        }
        queue(member_of(session), taken);
        session.update_interest();
        session.account();
    }
    Member& member = member_of(session);
    if (member.lags && session.options_->slow == Slow::disconnect) {
        session.reset(Reason::limit, tr_format("he did not read fast enough (--slow disconnect); {} bytes that waited "
                                               "for him were not delivered",
                                               session.queued()));
    }
}

// What is left of his lines goes into his queue, whole lines, as far as there is room. Of them `taken` bytes have left.
void FanOut::queue(Member& member, std::size_t taken) {
    Session& session = *member.session;
    const std::size_t room = session.options_->high_water;
    const bool waits = session.options_->slow == Slow::wait;
    if (member.lags && session.queued() < room / 2 && !waits) member.lags = false;
    std::uint64_t begin = begin_;
    Place next;  // to be queued in one piece
    for (const Line& line : lines_) {
        Place at{std::exchange(begin, line.end), line.end};
        if (at.begin < member.seen || line.sender == &session) continue;
        const std::size_t gone = std::min<std::uint64_t>(taken, at.end - at.begin);
        taken -= gone;
        if (gone == at.end - at.begin) continue;
        const auto is_full = [&] { return session.queued() + (next.end - next.begin) >= room; };
        if (!waits && !member.lags && is_full()) {
            append_to(session, std::exchange(next, {}));
            session.make_room();
        }
        if (gone == 0 && !waits && (member.lags || is_full())) {
            member.lags = true;
            session.note_dropped(at.end - at.begin);
            continue;
        }
        at.begin += gone;
        if (next.end == at.begin) {
            next.end = at.end;
        } else {
            append_to(session, std::exchange(next, at));
        }
    }
    append_to(session, next);
    member.seen = end_;
    note_if_full(member);
}

void FanOut::tell(Session& to, Session* sender, ByteView line) {
    if (!to.send(line) || to.fan_out_ != this) return;
    note_if_full(member_of(to));
    if (sender && full_ > 0) hold(*sender);
}

void FanOut::note_if_full(Member& member) {
    const SessionOptions& options = *member.session->options_;
    if (options.slow != Slow::wait || member.is_full || member.session->queued() < options.high_water) return;
    member.is_full = true;
    ++full_;
}

void FanOut::hold(Session& sender) {
    sender.pause_reading();
    paused_.push_back(sender.id());
}

void FanOut::catch_up(Session& session) {
    Member& member = member_of(session);
    if (member.seen != end_) queue(member, 0);
}

void FanOut::flushed(Session& session) {
    Member& member = member_of(session);
    if (!member.is_full || session.queued() >= session.options_->high_water / 2) return;
    member.is_full = false;
    --full_;
    mark();
}

}  // namespace earshot::talk
