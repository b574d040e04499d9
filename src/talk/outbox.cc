#include "talk/outbox.h"

#include <algorithm>
#include <array>
#include <deque>

namespace earshot::talk {

namespace {

constexpr std::size_t kPieces = 16;  // of one gathered write

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
};

Outbox::Outbox() = default;
Outbox::~Outbox() = default;

std::size_t Outbox::behind_size() const { return behind_ ? behind_->size : 0; }

void Outbox::append(ByteView bytes) {
    if (!behind_) {
        kept_.insert(kept_.end(), bytes.begin(), bytes.end());
        return;
    }
    if (bytes.empty()) return;
    if (behind_->pieces.back().block) behind_->pieces.emplace_back();
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
    if (!kept_.empty()) pieces[count++] = ByteView(kept_).subspan(at_);
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
        kept_ = {};
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
        behind_->pieces.pop_front();
    }
}

Outbox::Flushed Outbox::flush(net::Connection& connection) {
    Flushed flushed;
    std::array<ByteView, kPieces> pieces;
    while (!empty()) {
        const std::size_t count = gather(pieces);
        const net::IoResult result = connection.write_some(std::span(pieces).first(count));
        if (result.status != net::IoStatus::ok) {
            flushed.status = result.status;
            // What is gone need not be kept while a slow reader is waited for.
            if (at_ > kept_.size() / 2) {
                kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(at_));
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
    kept_ = {};
    behind_.reset();
}

}  // namespace earshot::talk
