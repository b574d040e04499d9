// Drives a Framer as a session does: bytes come in pieces, what is consumed is taken off the front. Used by the unit
// tests, the properties and the fuzz target.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "frame/framer.h"

namespace earshot::frame {

struct Piece {
    StepKind kind = StepKind::need_more;
    std::string raw;      // what was consumed
    std::string payload;  // of a message
    bool lost = false;

    friend bool operator==(const Piece&, const Piece&) = default;
};

class Drive {
  public:
    explicit Drive(Framer& framer) : framer_(framer) {}

    void show(std::string_view bytes) {
        kept_ += bytes;
        while (take(framer_.next(as_bytes(kept_)))) {
        }
    }
    void finish() {
        while (take(framer_.finish(as_bytes(kept_)))) {
        }
        EARSHOT_CHECK(kept_.empty());  // finish() leaves nothing
    }
    const std::vector<Piece>& pieces() const { return pieces_; }
    std::size_t kept() const { return kept_.size(); }
    std::size_t given_up() const { return given_up_; }  // messages, however many pieces they were given up in

  private:
    bool take(const Step& step) {
        if (step.kind == StepKind::need_more) {
            EARSHOT_CHECK(step == Step());
            return false;
        }
        EARSHOT_CHECK(step.consumed > 0 && step.consumed <= kept_.size());
        EARSHOT_CHECK(step.payload_at <= step.consumed && step.payload_size <= step.consumed - step.payload_at);
        const bool message = step.kind == StepKind::message;
        EARSHOT_CHECK(message == (step.why == nullptr) && !(message && step.lost));
        EARSHOT_CHECK(!step.continued || (!message && !pieces_.empty() && pieces_.back().kind == StepKind::malformed));
        EARSHOT_CHECK(step.most == 0 || !message);
        EARSHOT_CHECK(message || (step.payload_at == 0 && step.payload_size == step.consumed));
        if (!message && !step.continued) ++given_up_;
        Piece piece{step.kind, kept_.substr(0, step.consumed), {}, step.lost};
        if (message) piece.payload = kept_.substr(step.payload_at, step.payload_size);
        const bool joins = step.lost && !pieces_.empty() && pieces_.back().lost;
        if (joins) {
            pieces_.back().raw += piece.raw;  // a lost framing has no pieces of its own
        } else {
            pieces_.push_back(std::move(piece));
        }
        kept_.erase(0, step.consumed);
        return true;
    }

    Framer& framer_;
    std::string kept_;
    std::vector<Piece> pieces_;
    std::size_t given_up_ = 0;
};

inline std::unique_ptr<Framer> framer_of(std::string_view name, ByteCount max_message) {
    auto made = make_framer(name, max_message);
    EARSHOT_CHECK(static_cast<bool>(made));
    return std::move(*made);
}

// What `stream` becomes, cut before each of the (rising) places in `cuts`.
inline std::vector<Piece> pieces_of(std::string_view name, ByteCount max_message, std::string_view stream,
                                    const std::vector<std::size_t>& cuts = {}, const LineCodes& codes = {}) {
    const std::unique_ptr<Framer> framer = framer_of(name, max_message);
    framer->set_line_codes(codes);
    Drive drive(*framer);
    std::size_t from = 0;
    for (const std::size_t cut : cuts) {
        drive.show(stream.substr(from, cut - from));
        from = cut;
    }
    drive.show(stream.substr(from));
    drive.finish();
    return drive.pieces();
}

inline std::string joined(const std::vector<Piece>& pieces) {
    std::string out;
    for (const Piece& piece : pieces) out += piece.raw;
    return out;
}

// For EXPECT_EQ in one line: messages as their payload, malformed pieces as "!raw", lost ones as "?raw".
inline std::vector<std::string> brief(const std::vector<Piece>& pieces) {
    std::vector<std::string> out;
    out.reserve(pieces.size());
    for (const Piece& piece : pieces) {
        out.push_back(piece.kind == StepKind::message ? piece.payload : (piece.lost ? "?" : "!") + piece.raw);
    }
    return out;
}

}  // namespace earshot::frame
