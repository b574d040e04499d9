// Which encoding a peer speaks, from what he has sent so far (receive encoding `auto`).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "text/encoding.h"
#include "text/reading.h"

namespace earshot::text {

enum class Certainty : std::uint8_t {
    undecided,  // only ASCII so far, or no whole unit beyond it: any candidate would read it alike
    tentative,  // decided, but more bytes may turn it over
    sticky,     // stays
};

struct Verdict {
    const Encoding* encoding = nullptr;  // UTF-8 while undecided
    Certainty certainty = Certainty::undecided;

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

// Judges from the stream's bytes as they come; bounded state (keeps at most kSampleSize bytes, allocates nothing while
// the stream is ASCII, and lets all go with the first call after the verdict has become sticky). Pure; the verdict
// depends on the bytes and the ends of messages, not on how they were cut. The rules are in docs/encodings.md.
class Detector {
  public:
    static constexpr std::size_t kSampleSize = 4096;  // bytes judged; beyond them the verdict is sticky

    // Candidates beside UTF-8, best guess first; rows must stay alive. Empty: default_candidates().
    explicit Detector(std::span<const Encoding* const> candidates);

    // `message_ends`: the text of a message ends behind `bytes`, so a character cut off there is malformed.
    Verdict add(ByteView bytes, bool message_ends = false);
    Verdict verdict() const { return verdict_; }
    // Something beyond ASCII was seen, or an escape where ISO-2022-JP is a candidate.
    bool has_begun() const { return !readings_.empty(); }
    // A byte order mark of UTF-16 opens the stream where `next` comes next.
    bool is_mark_of_utf16(ByteView next) const;
    // A decoder of the verdict's encoding that takes over before the last `held` bytes of what came before the latest
    // add(); bytes of a unit that began earlier are in it.
    Decoder taking_over(std::size_t held) const;

  private:
    bool begins_sample(std::uint8_t byte) const { return byte >= 0x80 || (knows_escapes_ && byte == 0x1B); }
    void open(ByteView bytes);
    void keep(ByteView bytes);
    void judge();
    const Reading& best() const;
    bool is_chance(const Reading& as_utf8, const Reading& found) const;

    std::span<const Encoding* const> candidates_;
    std::vector<Reading> readings_;  // of UTF-8 and the candidates, from the first byte beyond ASCII on
    std::string sample_;             // what they have read; long ASCII stretches are left out
    Verdict verdict_;
    std::uint16_t message_at_ = 0;   // in the sample: where the message that was under way at `latest_at_` begins
    std::uint16_t latest_at_ = 0;    // in the sample: where the latest add() began
    std::uint8_t ascii_behind_ = 0;  // ASCII bytes that the sample ends with
    char left_out_ = '\0';           // the last ASCII byte left out of the sample; 0: none
    bool at_start_ = true;           // nothing stood before the sample: it may begin with a byte order mark
    bool message_ended_ = false;     // the latest add() ended a message
    bool knows_escapes_ = false;     // ISO-2022-JP is a candidate: ESC begins the sample
    bool has_escape_ = false;        // ... and was seen: no ASCII is left out any more
};

}  // namespace earshot::text
