// Which encoding a peer speaks, from what he has sent so far (receive encoding `auto`).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "text/encoding.h"

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

// Judges from the stream's bytes as they come; bounded state (keeps at most kSampleSize non-ASCII context bytes and
// allocates nothing while the stream is ASCII; nothing is kept once the verdict is sticky). Pure; the verdict depends
// on the bytes, not on how they were cut. The rules are in docs/encodings.md.
class Detector {
  public:
    static constexpr std::size_t kSampleSize = 4096;  // bytes judged; beyond them the verdict is sticky

    // Candidates beside UTF-8, best guess first; rows must stay alive. Empty: gbk.
    explicit Detector(std::span<const Encoding* const> candidates);

    Verdict add(ByteView bytes);
    Verdict verdict() const { return verdict_; }

  private:
    bool keep(ByteView bytes);
    void judge();
    const Encoding* best(ByteView sample) const;

    std::span<const Encoding* const> candidates_;
    std::string sample_;  // from the first byte beyond ASCII; long ASCII stretches are left out
    Verdict verdict_;
    std::uint8_t ascii_behind_ = 0;  // ASCII bytes that the sample ends with
    bool at_start_ = true;           // nothing stood before the sample: it may begin with a byte order mark
};

}  // namespace earshot::text
