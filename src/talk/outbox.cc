#include "talk/outbox.h"

#include <algorithm>
#include <array>
#include <deque>

namespace earshot::talk {

namespace {

constexpr std::size_t kPieces = 16;  // of one gathered write
// Bytes that stay with an empty one, so that a question and answer needs no allocation.
constexpr std::size_t kStays = 512;
// Bytes it grows to at once past that: who is given many answers one by one gets room for a read's worth of them.
constexpr std::size_t kRoom = 4096;

struct Piece {
    SharedBlock block;  // null: the bytes are own
    ByteView shared;
    std::vector<std::uint8_t> own;
    ByteView bytes() const { return block ? shared : ByteView(own); }
};

}  // namespace

struct Outbox::Behind {
    std::deque<Piece> pieces;
    std::size_t at = 0;    // bytes of the first that have gone
    std::size_t size = 0;  // bytes that have not
    std::size_t own = 0;   // bytes that are not shared, also if they have gone but their piece has not
};

Outbox::Outbox() = default;
Outbox::~Outbox() = default;

std::size_t Outbox::behind_size() const { return behind_->size; }

std::size_t Outbox::behind_memory() const {
    constexpr std::size_t kEmpty = sizeof(Behind) + 576;  // with what a deque has from the start
    return kEmpty + behind_->own + behind_->pieces.size() * sizeof(Piece);
}

std::size_t Outbox::memory_with_blocks() const {
    std::size_t sum = memory();
    const LogBlock* last = nullptr;
    if (!behind_) return sum;
    for (const Piece& piece : behind_->pieces) {
        if (piece.block && piece.block.get() != last) sum += piece.block->memory();
        if (piece.block) last = piece.block.get();
    }
    return sum;
}

Outbox::GivenUp Outbox::give_up_lines() {
    GivenUp given_up;
    if (!behind_) return given_up;
    std::deque<Piece> left;
    const auto keep = [&](Piece piece) {
        behind_->size += piece.bytes().size();
        behind_->own += piece.own.size();
        left.push_back(std::move(piece));
    };
    std::deque<Piece> all = std::exchange(behind_->pieces, {});
    std::size_t gone = std::exchange(behind_->at, 0);
    behind_->size = behind_->own = 0;
    for (Piece& piece : all) {
        const ByteView bytes = piece.bytes().subspan(std::exchange(gone, 0));
        if (!piece.block) {
            const std::size_t has_gone = piece.own.size() - bytes.size();
            keep(std::move(piece));
            behind_->at += has_gone;  // of the first only
            behind_->size -= has_gone;
            continue;
        }
        const std::size_t begun = piece.block->rest_of_line(bytes);
        const ByteView whole = bytes.subspan(begun);
        given_up.lines += piece.block->lines_in(whole);
        given_up.bytes += whole.size();
        if (begun == 0) continue;
        // What a block is large for is kept in it; else it need not stay for the rest of a line.
        const ByteView rest = bytes.first(begun);
        if (piece.block->is_usual()) {
            keep({nullptr, {}, {rest.begin(), rest.end()}});
        } else {
            keep({std::move(piece.block), rest, {}});
        }
    }
    behind_->pieces = std::move(left);
    if (behind_->size == 0) behind_.reset();
    return given_up;
}

void Outbox::make_room(std::size_t bytes) {
    const std::size_t size = kept_.size() + bytes;
    if (size > kStays) return kept_.reserve(std::max({size, kRoom, 2 * kept_.size()}));
    kept_.reserve(kept_.empty() ? size : kStays);  // one answer as it is; of several nobody knows how many
}

void Outbox::append_behind(ByteView bytes) {
    if (bytes.empty()) return;
    if (behind_->pieces.back().block) behind_->pieces.emplace_back();
    behind_->own += bytes.size();
    std::vector<std::uint8_t>& last = behind_->pieces.back().own;
    last.insert(last.end(), bytes.begin(), bytes.end());
    behind_->size += bytes.size();
}

void Outbox::append(const SharedBlock& block, ByteView bytes) {
    if (bytes.empty()) return;
    if (!behind_) behind_ = std::make_unique<Behind>();
    behind_->size += bytes.size();
    if (!behind_->pieces.empty()) {
        Piece& last = behind_->pieces.back();
        if (last.block == block && last.shared.data() + last.shared.size() == bytes.data()) {
            last.shared = {last.shared.data(), last.shared.size() + bytes.size()};
            return;
        }
    }
    behind_->pieces.push_back({block, bytes, {}});
}

std::size_t Outbox::gather(std::span<ByteView> pieces) const {
    std::size_t count = 0;
    if (!kept_.empty()) pieces[count++] = kept_.view().subspan(at_);
    if (!behind_) return count;
    std::size_t gone = behind_->at;
    for (const Piece& piece : behind_->pieces) {
        if (count == pieces.size()) break;
        pieces[count++] = piece.bytes().subspan(std::exchange(gone, 0));
    }
    return count;
}

std::string Outbox::beginning(std::size_t at_most) const {
    std::array<ByteView, kPieces> pieces;
    const std::size_t count = gather(pieces);
    std::string made;
    for (std::size_t i = 0; i < count; ++i) {
        made += as_chars(pieces[i].first(std::min(pieces[i].size(), at_most - made.size())));
    }
    return made;
}

void Outbox::take(std::size_t bytes) {
    const std::size_t from_kept = std::min(bytes, kept_.size() - at_);
    at_ += from_kept;
    bytes -= from_kept;
    if (at_ == kept_.size()) {
        at_ = 0;
        kept_.clear();
        if (kept_.capacity() > kStays) kept_.release();
    }
    if (!behind_) return;
    behind_->size -= bytes;
    if (behind_->size == 0) return behind_.reset();
    while (bytes > 0) {
        const std::size_t left = behind_->pieces.front().bytes().size() - behind_->at;
        if (bytes < left) {
            behind_->at += bytes;
            return;
        }
        bytes -= left;
        behind_->at = 0;
        behind_->own -= behind_->pieces.front().own.size();
        behind_->pieces.pop_front();
    }
}

// The usual answer: one piece, nothing to gather.
net::IoResult Outbox::write_kept(net::Connection& connection) const {
    const ByteView left = kept_.view().subspan(at_);
    return connection.write_some({&left, 1});
}

net::IoResult Outbox::write_gathered(net::Connection& connection) const {
    std::array<ByteView, kPieces> pieces;
    return connection.write_some(std::span(pieces).first(gather(pieces)));
}

Outbox::Flushed Outbox::flush(net::Connection& connection) {
    Flushed flushed;
    while (!empty()) {
        const net::IoResult result = behind_ ? write_gathered(connection) : write_kept(connection);
        if (result.status != net::IoStatus::ok) {
            flushed.status = result.status;
            // What is gone need not be kept while a slow reader is waited for.
            if (at_ > kept_.size() / 2) {
                kept_.drop(at_);
                at_ = 0;
            }
            return flushed;
        }
        take(result.bytes);
        flushed.bytes += result.bytes;
    }
    return flushed;
}

void Outbox::clear() {
    at_ = 0;
    kept_.release();
    behind_.reset();
}

}  // namespace earshot::talk
